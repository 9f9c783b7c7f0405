/// An answer as it came, taken apart.
struct WireAnswer: Sendable {
    /// How the connection ended.
    enum End: Sendable {
        /// By TLS's own notice.
        case notified
        case closed, reset
    }

    var status: Int?
    var headers: [String: String] = [:]
    /// Without the framing of chunks.
    var body: [UInt8] = []
    /// Whether as much came as the framing said.
    var isWhole = false
    var end: End
    var version = ""
    var chosenProtocol = ""

    var text: String { String(decoding: body, as: UTF8.self) }

    init(_ bytes: [UInt8], end: End) {
        self.end = end
        guard let split = bytes.indices.first(where: { bytes[$0...].starts(with: [13, 10, 13, 10]) }) else { return }
        let lines = String(decoding: bytes[..<split], as: UTF8.self).split(separator: "\r\n")
        status = lines.first.flatMap { $0.split(separator: " ").dropFirst().first }.flatMap { Int($0) }
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].drop { $0 == " " }.description
        }
        let rest = bytes[(split + 4)...]
        if headers["transfer-encoding"] == "chunked" {
            (body, isWhole) = Self.joined(rest)
        } else {
            body = Array(rest)
            isWhole = body.count == headers["content-length"].flatMap { Int($0) } ?? 0
        }
    }

    private static func joined(_ bytes: ArraySlice<UInt8>) -> (body: [UInt8], isWhole: Bool) {
        var rest = bytes
        var body: [UInt8] = []
        while let end = rest.firstIndex(of: 13), let size = Int(String(decoding: rest[..<end], as: UTF8.self), radix: 16) {
            guard size > 0 else { return (body, true) }
            body += rest.dropFirst(end + 2 - rest.startIndex).prefix(size)
            rest = rest.dropFirst(end + 2 - rest.startIndex + size + 2)
        }
        return (body, false)
    }
}
