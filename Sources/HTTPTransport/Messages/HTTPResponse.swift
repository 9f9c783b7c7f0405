/// The status line and header fields of an answer.
public struct HTTPResponseHead: Sendable, Hashable {
    /// The status code, such as 200.
    public let status: Int
    /// The header fields.
    public let headers: HTTPHeaders

    /// Makes a head.
    public init(status: Int, headers: HTTPHeaders) {
        self.status = status
        self.headers = headers
    }
}

/// An answer whose head has arrived; the body follows as it is read.
public struct HTTPResponse: Sendable {
    /// Status and header fields.
    public let head: HTTPResponseHead
    /// The body, decoded from gzip or deflate. Read it once; dropping it ends the transfer.
    public let body: HTTPResponseBody

    /// The status code, such as 200.
    public var status: Int { head.status }
    /// The header fields.
    public var headers: HTTPHeaders { head.headers }

    /// Reads the whole body into memory; a body above the limit ends the transfer with `bodyTooLarge`.
    public func collect(upTo maxBytes: Int) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for try await chunk in body {
            guard bytes.count + chunk.count <= maxBytes else {
                body.cancel()
                throw HTTPTransportError(
                    code: .bodyTooLarge,
                    message: "the answer's body is larger than \(maxBytes) bytes",
                    url: body.channel.url,
                    mayHaveReachedServer: true
                )
            }
            if bytes.isEmpty { bytes = chunk } else { bytes.append(contentsOf: chunk) }
        }
        return bytes
    }
}
