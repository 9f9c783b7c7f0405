internal import HTTPTypes

/// Gathers header lines as curl hands them out and says when a final answer's head is complete. Interim answers (1xx) are
/// skipped, and so are trailers.
struct ResponseHeadParser {
    private var status = 0
    private var headers: HTTPFields = [:]
    private var isComplete = false

    /// Takes one line; returns the head with the empty line that ends it.
    mutating func take(line bytes: UnsafeRawBufferPointer) throws(OverlongHead) -> TransferResponseHead? {
        guard !isComplete else { return nil }
        var line = bytes[...]
        while let last = line.last, last == 0x0D || last == 0x0A { line = line.dropLast() }
        if line.isEmpty {
            guard status >= 200 else { return nil }
            isComplete = true
            return TransferResponseHead(status: status, headers: headers)
        }
        if line.starts(with: "HTTP/".utf8) {
            let fields = line.split(separator: 0x20, maxSplits: 2)
            status = fields.count > 1 ? Int(String(decoding: fields[1], as: UTF8.self)) ?? 0 : 0
            headers = [:]
        } else if let colon = line.firstIndex(of: UInt8(ascii: ":")),
            let name = HTTPField.Name(String(decoding: line[..<colon], as: UTF8.self))
        {
            guard headers.count < OverlongHead.limit else { throw OverlongHead() }
            headers.append(HTTPField(name: name, value: line[(colon + 1)...]))
        }
        return nil
    }
}

/// A head of more fields than any honest server sends. `HTTPFields` ends the process at 65,535 of them.
struct OverlongHead: Error, CustomStringConvertible {
    static let limit = 1000

    var description: String { "the answer's head has more than \(Self.limit) fields" }
}
