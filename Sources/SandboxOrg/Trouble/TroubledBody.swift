import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import SandboxQuery
import SandboxStore

/// Sends an answer's body late, in drops, or only in part.
struct TroubledBody: Sendable {
    let kind: Trouble.Kind
    let delay: Duration
    let bytes: Int
    let channel: any Channel

    /// Nil when the trouble leaves bodies alone.
    init?(_ trouble: Trouble, _ channel: any Channel) {
        guard [.slow, .drip, .truncate, .truncateGzip].contains(trouble.kind) else { return nil }
        kind = trouble.kind
        delay = trouble.delay
        bytes = trouble.bytes
        self.channel = channel
    }

    func spoil(_ response: Response) -> Response {
        let whole = response.body
        let trouble = self
        guard kind != .truncateGzip || response.headers[.contentEncoding] != nil else { return response }
        // The length is told as if all were well, except where the answer is to look whole.
        let body = ResponseBody(contentLength: kind == .truncateGzip ? nil : whole.contentLength) { writer in
            try await whole.write(Writer(trouble: trouble, parent: writer, left: trouble.bytes))
        }
        var headers = response.headers
        if kind == .truncateGzip { headers[.contentLength] = nil }
        return Response(status: response.status, headers: headers, body: body)
    }

    private struct BrokenOff: Error {}

    private struct Writer: ResponseBodyWriter {
        let trouble: TroubledBody
        var parent: any ResponseBodyWriter
        var left: Int
        /// Not sent yet, because it may be the end of a compressed body.
        var held = ByteBuffer()

        /// A gzip body without its last bytes, its checksum and length, is never whole.
        private static let trailer = 8

        mutating func write(_ buffer: ByteBuffer) async throws {
            switch trouble.kind {
            case .drip:
                var buffer = buffer
                while let drop = buffer.readSlice(length: min(trouble.bytes, buffer.readableBytes)), drop.readableBytes > 0 {
                    try await Task.sleep(for: trouble.delay)
                    try await parent.write(drop)
                }
            case .truncate:
                guard left > 0, let part = buffer.getSlice(at: buffer.readerIndex, length: min(left, buffer.readableBytes)) else { return }
                left -= part.readableBytes
                try await parent.write(part)
            case .truncateGzip:
                guard left > 0 else { return }
                held.writeImmutableBuffer(buffer)
                let count = min(left, held.readableBytes - Self.trailer)
                guard count > 0, let part = held.readSlice(length: count) else { return }
                left -= count
                try await parent.write(part)
            default:
                try await Task.sleep(for: trouble.delay)
                try await parent.write(buffer)
            }
        }

        consuming func finish(_ trailingHeaders: HTTPFields?) async throws {
            guard trouble.kind == .truncate else { return try await parent.finish(trailingHeaders) }
            // What was written goes out, and then there is nobody to finish.
            try? await trouble.channel.close(mode: .all).get()
            throw BrokenOff()
        }
    }
}
