/// A request as it came.
public struct RawRequest: Sendable {
    /// The method.
    public let method: String
    /// Path and query, percent-encoded.
    public let target: String
    /// Header fields in order.
    public let headers: [(String, String)]
    /// Which connection it came on, from 1.
    public let connection: Int
    /// The body, without its transfer coding.
    public var body: [UInt8] = []

    init(method: String, target: String, headers: [(String, String)], connection: Int) {
        self.method = method
        self.target = target
        self.headers = headers
        self.connection = connection
    }

    /// The first value of a header field.
    public func header(_ name: String) -> String? {
        headers.first { $0.0.lowercased() == name.lowercased() }?.1
    }

    /// The body as text.
    public var text: String { String(decoding: body, as: UTF8.self) }

    /// The target's path alone.
    public var path: String { String(target.prefix { $0 != "?" }) }
}

/// An answer with Content-Length.
public struct RawAnswer: Sendable {
    /// The whole answer as it goes on the wire.
    public let bytes: [UInt8]

    /// Makes an answer of a text body.
    public init(_ status: Int = 200, headers: [(String, String)] = [], _ body: String = "") {
        self.init(status, headers: headers, bytes: Array(body.utf8))
    }

    /// Makes an answer of a body of bytes.
    public init(_ status: Int, headers: [(String, String)], bytes body: [UInt8]) {
        var head = "HTTP/1.1 \(status) Status\r\n"
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        if status != 204 { head += "Content-Length: \(body.count)\r\n" }
        bytes = Array((head + "\r\n").utf8) + body
    }
}
