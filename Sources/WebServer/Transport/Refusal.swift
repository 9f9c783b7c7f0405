import Catalog
import HTTPTypes
import NIOCore
import NIOHTTP1

/// Why a connection's client is not listened to any further: answered once, and then the connection closes.
struct Refusal: Error, Hashable {
    let status: HTTPResponseStatus
    let code: String
    let message: String

    static func malformed(_ message: String) -> Refusal { Refusal(status: .badRequest, code: "bad_request", message: message) }

    static func tooLarge(_ limit: Int) -> Refusal {
        let size = limit >= 1 << 20 ? "\(limit >> 20) MB" : "\(limit >> 10) KB"
        return Refusal(status: .payloadTooLarge, code: "too_large", message: "the request body is larger than \(size)")
    }

    static let headTooLarge = Refusal(
        status: .requestHeaderFieldsTooLarge, code: "header_too_large", message: "the request line and its header fields are too large")
    static let unknownCoding = Refusal(
        status: .notImplemented, code: "not_implemented", message: "Transfer-Encoding: expected chunked, and no other coding with it")
    static let slow = Refusal(status: .requestTimeout, code: "request_timeout", message: "the request took too long to arrive")

    /// What the parser found.
    init(_ error: HTTPParserError) {
        switch error {
        case .headerOverflow: self = .headTooLarge
        case .invalidChunkSize: self = .malformed("the body: expected a chunk's size in hexadecimal digits")
        case .invalidVersion: self = .malformed("the request line: expected HTTP/1.0 or HTTP/1.1")
        case .invalidMethod: self = .malformed("the request line: expected a known method")
        case .invalidURL: self = .malformed("the request line: expected a path")
        case .invalidContentLength, .unexpectedContentLength:
            self = .malformed("Content-Length: expected one number, and no Transfer-Encoding with it")
        case .invalidHeaderToken: self = .malformed("the header: expected fields of the form Name: value")
        case .invalidEOFState: self = .malformed("the request ended too early")
        default: self = .malformed("the request is not HTTP/1.1")
        }
    }

    init(status: HTTPResponseStatus, code: String, message: String) {
        self.status = status
        self.code = code
        self.message = message
    }

    /// The status as the routes know it.
    var httpStatus: HTTPResponse.Status { HTTPResponse.Status(code: Int(status.code), reasonPhrase: status.reasonPhrase) }

    /// The whole answer.
    var parts: [HTTPServerResponsePart] {
        let body = ByteBuffer(string: (["code": .string(code), "message": .string(message)] as JSONValue).text)
        let headers: HTTPHeaders = [
            "Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store", "Content-Length": "\(body.readableBytes)",
            "Connection": "close",
        ]
        return [
            .head(HTTPResponseHead(version: .http1_1, status: status, headers: headers)), .body(.byteBuffer(body)), .end(nil),
        ]
    }
}
