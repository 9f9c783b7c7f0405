package import NIOCore

/// Speaks TLS on a connection, as its server. What is written waits in the channel below, so that its back-pressure holds as without TLS.
package final class TLSHandler: ChannelDuplexHandler {
    package typealias InboundIn = ByteBuffer
    package typealias InboundOut = ByteBuffer
    package typealias OutboundIn = ByteBuffer
    package typealias OutboundOut = ByteBuffer

    /// Tells the handler that the connection is about to be reset: an orderly end is not to be sent before.
    package struct Abandon: Sendable {
        package init() {}
    }

    private enum State {
        case handshaking, open, ended
    }

    private let session: TLSSession
    private let limit: TimeAmount
    private var state = State.handshaking
    private var isInputOver = false
    private var timer: Scheduled<Void>?
    /// What was written before the handshake was over.
    private var early: [(buffer: ByteBuffer, promise: EventLoopPromise<Void>?)] = []

    /// - Parameter limit: A handshake, and what may come before it, that takes longer ends the connection.
    package init(_ session: TLSSession, limit: TimeAmount) {
        self.session = session
        self.limit = limit
    }

    package func handlerAdded(context: ChannelHandlerContext) {
        let channel = context.channel
        timer = context.eventLoop.scheduleTask(in: limit) { channel.close(mode: .all, promise: nil) }
    }

    package func channelInactive(context: ChannelHandlerContext) {
        stop()
        context.fireChannelInactive()
    }

    package func handlerRemoved(context: ChannelHandlerContext) { stop() }

    private func stop() {
        timer?.cancel()
        timer = nil
        state = .ended
        let failed = early
        early = []
        for write in failed { write.promise?.fail(ChannelError.ioOnClosedChannel) }
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard state != .ended, !isInputOver else { return }
        unwrapInboundIn(data).withUnsafeReadableBytes { session.receive($0) }
        do throws(TLSSession.Broken) {
            if state == .handshaking {
                guard try session.shakeHands() else { return send(context) }
                state = .open
                timer?.cancel()
                timer = nil
                sendEarly(context)
            }
            var plain = context.channel.allocator.buffer(capacity: 16_384)
            let goesOn = try session.read(into: &plain)
            send(context)
            if plain.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(plain)) }
            if !goesOn { endInput(context) }
        } catch {
            // The other side learns why, if it understands.
            send(context)
            stop()
            context.close(promise: nil)
        }
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard let event = event as? ChannelEvent, event == .inputClosed else { return context.fireUserInboundEventTriggered(event) }
        if state == .handshaking { return context.close(promise: nil) }
        endInput(context)
    }

    /// Answers that are under way may still be sent, as after a half-close without TLS.
    private func endInput(_ context: ChannelHandlerContext) {
        guard !isInputOver else { return }
        isInputOver = true
        context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
    }

    package func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let buffer = unwrapOutboundIn(data)
        switch state {
        case .handshaking: early.append((buffer, promise))
        case .open: encrypt(buffer, promise, context)
        case .ended: promise?.fail(ChannelError.ioOnClosedChannel)
        }
    }

    private func encrypt(_ buffer: ByteBuffer, _ promise: EventLoopPromise<Void>?, _ context: ChannelHandlerContext) {
        do throws(TLSSession.Broken) {
            try buffer.withUnsafeReadableBytes { bytes throws(TLSSession.Broken) in try session.write(bytes) }
        } catch {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        let encrypted = session.takeOutgoing(context.channel.allocator) ?? ByteBuffer()
        context.write(wrapOutboundOut(encrypted), promise: promise)
    }

    private func sendEarly(_ context: ChannelHandlerContext) {
        let writes = early
        early = []
        for write in writes { encrypt(write.buffer, write.promise, context) }
        if !writes.isEmpty { context.flush() }
    }

    private func send(_ context: ChannelHandlerContext) {
        guard let bytes = session.takeOutgoing(context.channel.allocator) else { return }
        context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
    }

    package func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard event is Abandon else { return context.triggerUserOutboundEvent(event, promise: promise) }
        state = .ended
        promise?.succeed()
    }

    package func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if mode != .input, state == .open {
            state = .ended
            session.end()
            send(context)
        }
        context.close(mode: mode, promise: promise)
    }
}
