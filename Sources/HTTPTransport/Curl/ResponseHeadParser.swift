/// Gathers header lines as curl hands them out and says when a final answer's head is complete. Interim answers (1xx) are
/// skipped, and so are trailers.
struct ResponseHeadParser {
    private var status = 0
    private var headers = HTTPHeaders()
    private var isComplete = false

    /// Takes one line; returns the head with the empty line that ends it.
    mutating func take(line bytes: UnsafeRawBufferPointer) -> HTTPResponseHead? {
        guard !isComplete else { return nil }
        var line = bytes[...]
        while let last = line.last, last == 0x0D || last == 0x0A { line = line.dropLast() }
        if line.isEmpty {
            guard status >= 200 else { return nil }
            isComplete = true
            return HTTPResponseHead(status: status, headers: headers)
        }
        if line.starts(with: "HTTP/".utf8) {
            let fields = line.split(separator: 0x20, maxSplits: 2)
            status = fields.count > 1 ? Int(String(decoding: fields[1], as: UTF8.self)) ?? 0 : 0
            headers = HTTPHeaders()
        } else if let colon = line.firstIndex(of: UInt8(ascii: ":")) {
            headers.add(name: Self.trimmed(line[..<colon]), value: Self.trimmed(line[(colon + 1)...]))
        }
        return nil
    }

    private static func trimmed(_ bytes: Slice<UnsafeRawBufferPointer>) -> String {
        var bytes = bytes
        while let first = bytes.first, first == 0x20 || first == 0x09 { bytes = bytes.dropFirst() }
        while let last = bytes.last, last == 0x20 || last == 0x09 { bytes = bytes.dropLast() }
        return String(decoding: bytes, as: UTF8.self)
    }
}
