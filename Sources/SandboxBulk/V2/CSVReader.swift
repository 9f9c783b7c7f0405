import SandboxData
import SandboxStore

/// Why an upload cannot be read as CSV.
struct CSVError: Error, Sendable, Equatable {
    let message: String
}

/// Reads uploaded CSV row by row: RFC 4180 with the job's delimiter and line end, and nothing trimmed.
struct CSVReader {
    private let bytes: [UInt8]
    private let delimiter: UInt8
    private let isCRLF: Bool
    private var position = 0

    init(bytes: [UInt8], dialect: CSVDialect) {
        self.bytes = bytes
        self.delimiter = dialect.delimiter
        self.isCRLF = dialect.lineEnding == "CRLF"
        // Some editors write a byte order mark; Salesforce reads past it.
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    }

    /// The next row, or nil at the end. A line with nothing in it is no row.
    mutating func next() throws(CSVError) -> [String]? {
        while position < bytes.count, isLineEnd(position) { skipLineEnd() }
        guard position < bytes.count else { return nil }
        var row: [String] = []
        while true {
            row.append(try field())
            guard position < bytes.count, bytes[position] == delimiter else { break }
            position += 1
        }
        skipLineEnd()
        return row
    }

    private func isLineEnd(_ index: Int) -> Bool {
        guard isCRLF else { return bytes[index] == 0x0A }
        return bytes[index] == 0x0D && index + 1 < bytes.count && bytes[index + 1] == 0x0A
    }

    private mutating func skipLineEnd() {
        guard position < bytes.count, isLineEnd(position) else { return }
        position += isCRLF ? 2 : 1
    }

    private mutating func field() throws(CSVError) -> String {
        guard position < bytes.count, bytes[position] == 0x22 else { return try plainField() }
        position += 1
        var text: [UInt8] = []
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            guard byte == 0x22 else {
                text.append(byte)
                continue
            }
            guard position < bytes.count, bytes[position] == 0x22 else {
                guard position == bytes.count || bytes[position] == delimiter || isLineEnd(position) else {
                    throw CSVError(message: "a quoted field must be followed by the delimiter or the line ending of the job")
                }
                return String(decoding: text, as: UTF8.self)
            }
            text.append(0x22)
            position += 1
        }
        throw CSVError(message: "a quoted field is not closed")
    }

    private mutating func plainField() throws(CSVError) -> String {
        let start = position
        while position < bytes.count, bytes[position] != delimiter, !isLineEnd(position) {
            guard bytes[position] != 0x22 else { throw CSVError(message: "a quote must be the first character of its field") }
            guard bytes[position] != 0x0A, bytes[position] != 0x0D else {
                throw CSVError(message: "LineEnding is invalid on user data. Current LineEnding setting is \(isCRLF ? "CRLF" : "LF")")
            }
            position += 1
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }
}
