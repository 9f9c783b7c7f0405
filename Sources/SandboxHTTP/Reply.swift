package import HTTPTypes
package import Hummingbird
package import NIOCore
package import SandboxBytes

/// An answer before it becomes HTTP.
package struct Reply: Sendable {
    package enum Body: Sendable {
        case empty
        case bytes(ByteBuffer)
        /// Chunks, made one at a time as fast as the client takes them.
        case stream(@Sendable () -> any ChunkSource)
    }

    package var status: HTTPResponse.Status
    package var headers: HTTPFields = [:]
    package var body: Body

    package init(status: HTTPResponse.Status, headers: HTTPFields = [:], body: Body) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    package static func json(_ json: consuming JSONWriter, status: HTTPResponse.Status = .ok) -> Reply {
        Reply(status: status, headers: [.contentType: "application/json;charset=UTF-8"], body: .bytes(json.bytes.makeBuffer()))
    }

    package static func text(_ text: String, type: String, status: HTTPResponse.Status = .ok) -> Reply {
        Reply(status: status, headers: [.contentType: type], body: .bytes(ByteBuffer(string: text)))
    }

    package static func xml(_ xml: consuming XMLWriter, type: String = "application/xml", status: HTTPResponse.Status = .ok) -> Reply {
        Reply(status: status, headers: [.contentType: type], body: .bytes(xml.bytes.makeBuffer()))
    }

    package static let noContent = Reply(status: .noContent, body: .empty)

    /// JSON for people to read.
    package mutating func layOut() {
        guard case .bytes(let buffer) = body, headers[.contentType]?.hasPrefix("application/json") ?? false else { return }
        let text = buffer.withUnsafeReadableBytes { PrettyPrinter.print($0.bindMemory(to: UInt8.self)) }
        body = .bytes(ByteBuffer(bytes: text))
    }

    /// The HTTP answer.
    package func response() -> Response {
        switch body {
        case .empty:
            return Response(status: status, headers: headers, body: .init())
        case .bytes(let buffer):
            return Response(status: status, headers: headers, body: .init(byteBuffer: buffer))
        case .stream(let makeSource):
            let body = ResponseBody { writer in
                var source = makeSource()
                while let chunk = source.next() { try await writer.write(chunk) }
                try await writer.finish(nil)
            }
            return Response(status: status, headers: headers, body: body)
        }
    }
}

/// Makes a body piece by piece.
package protocol ChunkSource {
    /// The next piece, or nil at the end.
    mutating func next() -> ByteBuffer?
}
