/// Reads CSV of RFC 4180 as Bulk 2.0 answers it with commas: the header's row is the first. A value without I/O.
struct CSVRows: Sequence, IteratorProtocol {
    private let bytes: [UInt8]
    private var index = 0
    private var cell: [UInt8] = []

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { index = 3 }
    }

    /// The next row; nil after the last.
    mutating func next() -> [String]? {
        guard index < bytes.count else { return nil }
        var row: [String] = []
        var isQuoted = false
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            switch byte {
            case UInt8(ascii: "\"") where isQuoted && index < bytes.count && bytes[index] == byte:
                cell.append(byte)
                index += 1
            case UInt8(ascii: "\""): isQuoted.toggle()
            case _ where isQuoted: cell.append(byte)
            case UInt8(ascii: ","): row.append(endCell())
            case UInt8(ascii: "\n"):
                row.append(endCell())
                return row
            case UInt8(ascii: "\r") where index < bytes.count && bytes[index] == UInt8(ascii: "\n"): continue
            default: cell.append(byte)
            }
        }
        row.append(endCell())
        return row
    }

    private mutating func endCell() -> String {
        defer { cell.removeAll(keepingCapacity: true) }
        return String(decoding: cell, as: UTF8.self)
    }
}
