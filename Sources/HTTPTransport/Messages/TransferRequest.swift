public import HTTPTypes

/// A request to be sent by `HTTPClient` or `BlockingTransfer`.
public struct TransferRequest: Sendable {
    /// What a request carries.
    public enum Body: Sendable {
        /// No body.
        case none
        /// A body that is at hand whole.
        case bytes([UInt8])
        /// A body that is produced while it is sent. With a length it goes out with Content-Length, without one chunked.
        case stream(length: Int?, HTTPBodyStream)
    }

    /// The method.
    public var method: HTTPRequest.Method
    /// An absolute http or https URL, percent-encoded.
    public var url: String
    /// Header fields; Host, Content-Length, Transfer-Encoding and Accept-Encoding are set by the transport.
    public var headers: HTTPFields
    /// The body.
    public var body: Body
    /// The clocks that run on this request.
    public var timeouts: HTTPTimeouts

    /// Makes a request.
    public init(
        method: HTTPRequest.Method = .get,
        url: String,
        headers: HTTPFields = [:],
        body: Body = .none,
        timeouts: HTTPTimeouts = HTTPTimeouts()
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeouts = timeouts
    }
}

/// A request body produced piece by piece, from any asynchronous sequence of byte chunks.
public struct HTTPBodyStream: Sendable {
    let drain: @Sendable (_ offer: ([UInt8]) async throws -> Void) async throws -> Void

    /// Streams the chunks of a sequence; the sequence is asked for the next chunk only when there is room for it.
    public init<Chunks: AsyncSequence & Sendable>(_ chunks: Chunks) where Chunks.Element == [UInt8] {
        drain = { offer in
            for try await chunk in chunks { try await offer(chunk) }
        }
    }
}

/// An address may carry a token in its query, header fields and body carry credentials: what is told of a request is where it goes.
extension TransferRequest: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The method, and the address without query and credentials.
    public var description: String { "\(method.rawValue) \((try? RequestURL(url))?.redacted ?? "?")" }

    /// The same as the description.
    public var debugDescription: String { description }

    /// Hides header fields and body from reflection.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}

extension TransferRequest.Body: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// How long the body is, without a byte of it.
    public var description: String {
        switch self {
        case .none: "no body"
        case .bytes(let bytes): "\(bytes.count) bytes"
        case .stream(let length, _): length.map { "a stream of \($0) bytes" } ?? "a stream"
        }
    }

    /// The same as the description.
    public var debugDescription: String { description }

    /// Hides the bytes from reflection.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
