import Foundation
import NIOHTTP1

/// What the head of a request says about its message, checked before anything else looks at it (RFC 9112).
struct RequestHead {
    /// Bytes of the body, when the head tells.
    let contentLength: Int?
    /// The most that this path takes.
    let bodyLimit: Int
    /// Whether the connection ends with this request's answer.
    let isLast: Bool
    /// Whether the client has to be told that the connection stays open.
    let wantsKeepAlive: Bool
    /// Whether the client sends its body once it is told to (RFC 9110, 10.1.1).
    let asksWhetherToGoOn: Bool
    /// The head with a target that begins with a slash.
    let head: HTTPRequestHead

    init(_ head: HTTPRequestHead) throws(Refusal) {
        var head = head
        head.uri = try Self.originForm(head)
        self.head = head
        let isCurrent = head.version.minor >= 1
        if isCurrent {
            // RFC 9112, 3.2: no request is served that leaves in doubt whom it is for.
            guard head.headers["Host"].count == 1 else { throw .malformed("Host: expected this header field once") }
        }
        bodyLimit = RequestLimits.bodyBytes(path: String(head.uri.prefix { $0 != "?" }))
        contentLength = try Self.length(head)
        if let contentLength, contentLength > bodyLimit { throw .tooLarge(bodyLimit) }
        // After a request to switch protocols the parser understands nothing that follows.
        isLast = !head.isKeepAlive || head.method == .CONNECT || head.headers.contains(name: "Upgrade")
        wantsKeepAlive = !isLast && !isCurrent
        asksWhetherToGoOn =
            isCurrent && contentLength != 0 && head.headers[canonicalForm: "Expect"].contains { $0.lowercased() == "100-continue" }
    }

    /// RFC 9112, 6.1 to 6.3: how long the body is, or nil for chunks.
    private static func length(_ head: HTTPRequestHead) throws(Refusal) -> Int? {
        let codings = head.headers[canonicalForm: "Transfer-Encoding"].map { $0.lowercased() }
        let lengths = Set(head.headers[canonicalForm: "Content-Length"])
        if !head.headers.contains(name: "Transfer-Encoding") {
            guard !lengths.isEmpty else { return 0 }
            guard lengths.count == 1, let text = lengths.first, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let length = Int(text)
            else {
                throw .malformed("Content-Length: expected one number")
            }
            return length
        }
        guard lengths.isEmpty else { throw .malformed("Content-Length: expected none beside Transfer-Encoding") }
        guard head.version.minor >= 1 else { throw .malformed("Transfer-Encoding: expected none in HTTP/1.0") }
        guard codings.last == "chunked" else { throw .malformed("Transfer-Encoding: expected chunked as the last coding") }
        guard codings.count == 1 else {
            throw codings.dropLast().contains("chunked") ? .malformed("Transfer-Encoding: expected chunked once") : .unknownCoding
        }
        return nil
    }

    /// RFC 9112, 3.2: a path and a query; what proxies are sent is cut to that.
    private static func originForm(_ head: HTTPRequestHead) throws(Refusal) -> String {
        let target = head.uri
        // No client sends these, and what does not decode must not reach a route, a query or a log.
        guard !target.utf8.contains(0), target.removingPercentEncoding != nil else {
            throw .malformed("the request line: expected a path whose percent-encoding is UTF-8")
        }
        if target.hasPrefix("/") { return target }
        if target == "*", head.method == .OPTIONS { return "/" }
        guard let authority = target.range(of: "://"), ["http", "https"].contains(target[..<authority.lowerBound].lowercased()) else {
            throw .malformed("the request line: expected a path")
        }
        let rest = target[authority.upperBound...].drop { $0 != "/" && $0 != "?" }
        return rest.hasPrefix("/") ? String(rest) : "/\(rest)"
    }
}
