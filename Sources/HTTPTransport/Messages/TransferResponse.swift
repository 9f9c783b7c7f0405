public import HTTPTypes

/// An answer whose head has arrived; the body follows as it is read.
public struct TransferResponse: Sendable {
    /// Status and header fields.
    public let head: TransferResponseHead
    /// The body, decoded from gzip or deflate. Read it once; dropping it ends the transfer.
    public let body: TransferResponseBody

    /// The status code, such as 200.
    public var status: Int { head.status }
    /// The header fields.
    public var headers: HTTPFields { head.headers }

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
