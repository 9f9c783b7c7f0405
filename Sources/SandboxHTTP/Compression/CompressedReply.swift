package import HTTPTypes
package import Hummingbird
import NIOCore

/// Answers a client that accepts compressed bodies.
package struct CompressedReply: Sendable {
    /// Below it, the compressed form is hardly shorter.
    private static let leastBytes = 256

    package let coding: ContentCoding
    package let level: Int
    /// Bodies that are too short to be worth it as well.
    package let compressesAll: Bool

    package init(coding: ContentCoding, level: Int, compressesAll: Bool) {
        self.coding = coding
        self.level = level
        self.compressesAll = compressesAll
    }

    package func response(_ reply: Reply, to request: HTTPFields) -> Response {
        var reply = reply
        switch reply.body {
        case .empty:
            // The tag of what the client has, which it got compressed.
            if reply.status == .notModified, request[.ifNoneMatch]?.contains("-gzip\"") ?? (coding == .gzip) { mark(&reply.headers) }
            return reply.response()
        case .bytes(let buffer):
            guard compressesAll || buffer.readableBytes >= Self.leastBytes else { return reply.response() }
            label(&reply.headers)
            reply.body = .bytes(Deflater(coding, level: level).finish(buffer))
            return reply.response()
        case .stream(let makeSource):
            label(&reply.headers)
            let (coding, level) = (coding, level)
            let body = ResponseBody { writer in
                let deflater = Deflater(coding, level: level)
                var source = makeSource()
                while let chunk = source.next() { try await writer.write(deflater.add(chunk)) }
                try await writer.write(deflater.finish())
                try await writer.finish(nil)
            }
            return Response(status: reply.status, headers: reply.headers, body: body)
        }
    }

    private func label(_ headers: inout HTTPFields) {
        headers[.contentEncoding] = coding.rawValue
        if coding == .gzip { mark(&headers) }
    }

    /// A compressed body is another one than the plain one, and has a tag of its own.
    private func mark(_ headers: inout HTTPFields) {
        guard let tag = headers[.eTag], tag.hasSuffix("\""), !tag.hasSuffix("-gzip\"") else { return }
        headers[.eTag] = tag.dropLast() + "-gzip\""
    }
}
