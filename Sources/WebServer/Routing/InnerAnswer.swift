package import Catalog
package import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import Synchronization

/// What a route of the API answered to a page.
package struct InnerAnswer: Sendable {
    package let status: HTTPResponse.Status
    package let headers: HTTPFields
    /// The document; null where the body is empty.
    package let body: JSONValue

    /// Reads an answer to its end; a refusal that was not thrown is.
    init(_ response: Response) async throws {
        let collector = BodyCollector()
        try await response.body.write(collector)
        let text = collector.text.withLock { String(buffer: $0) }
        status = response.status
        headers = response.headers
        body = text.isEmpty ? .null : try JSONValue(parsing: text)
        guard response.status.code < 400 else {
            throw APIError(
                status: response.status, code: body["code"]?.string ?? "refused",
                message: body["message"]?.string ?? response.status.reasonPhrase)
        }
    }

    /// The job that does what was asked for, if there is one.
    package var job: Int64? { headers[.location].flatMap { $0.split(separator: "/").last }.flatMap { Int64($0) } }
}

private final class BodyCollector: ResponseBodyWriter {
    let text = Mutex(ByteBuffer())

    func write(_ buffer: ByteBuffer) async throws {
        _ = text.withLock { $0.writeImmutableBuffer(buffer) }
    }

    func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
