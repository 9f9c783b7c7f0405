import NIOCore

/// The beginning of a connection to the CONNECT proxy: whatever host the client wants to be connected with, it gets this org. What follows goes on
/// to the next handler, as if the client had come directly.
final class ConnectHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private static let maximumHead = 16_384

    private var head = ByteBuffer()
    private var isConnected = false
    private var isRefused = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isConnected else { return context.fireChannelRead(data) }
        guard !isRefused else { return }
        var piece = unwrapInboundIn(data)
        head.writeBuffer(&piece)
        guard let length = Self.lengthOfHead(head.readableBytesView) else {
            if head.readableBytes > Self.maximumHead { refuse("431 Request Header Fields Too Large", context) }
            return
        }
        let line = head.readString(length: length)?.split(separator: "\r\n").first?.split(separator: " ") ?? []
        guard line.count == 3, line[2].hasPrefix("HTTP/1.") else { return refuse("400 Bad Request", context) }
        guard line[0] == "CONNECT" else { return refuse("405 Method Not Allowed\r\nAllow: CONNECT", context) }
        isConnected = true
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: "HTTP/1.1 200 Connection established\r\n\r\n")), promise: nil)
        let rest = head
        head = ByteBuffer()
        if rest.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(rest)) }
    }

    private static func lengthOfHead(_ bytes: ByteBufferView) -> Int? {
        var matched = 0
        let end: [UInt8] = [13, 10, 13, 10]
        for (offset, byte) in bytes.enumerated() {
            matched = byte == end[matched] ? matched + 1 : byte == end[0] ? 1 : 0
            if matched == end.count { return offset + 1 }
        }
        return nil
    }

    private func refuse(_ status: String, _ context: ChannelHandlerContext) {
        isRefused = true
        let answer = "HTTP/1.1 \(status)\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
        context.close(promise: nil)
    }
}
