import Foundation
import Logging
import NIOCore

/// At the limit of descriptors or memory `accept` fails at once, again and again, for as long as somebody waits to be accepted. This stops
/// looking for a moment, makes room, says so now and then, and goes on.
final class AcceptBackOff: ChannelDuplexHandler {
    typealias InboundIn = any Channel
    typealias InboundOut = any Channel
    typealias OutboundIn = Never
    typealias OutboundOut = Never

    private let registry: ConnectionRegistry
    private let logger: Logger
    private let pause: TimeAmount
    private let silence: TimeAmount
    private var isPausing = false
    private var lastSaid: NIODeadline?

    init(registry: ConnectionRegistry, logger: Logger, pause: TimeAmount = .milliseconds(200), silence: TimeAmount = .seconds(10)) {
        self.registry = registry
        self.logger = logger
        self.pause = pause
        self.silence = silence
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? IOError, [EMFILE, ENFILE, ENOBUFS, ENOMEM, ECONNABORTED].contains(error.errnoCode) else {
            return context.fireErrorCaught(error)
        }
        // The client was gone before it was accepted: nothing is wrong here.
        guard error.errnoCode != ECONNABORTED else { return }
        say(error)
        registry.evictHalf()
        guard !isPausing else { return }
        isPausing = true
        // The socket stays readable: only a channel that does not read is left alone by the selector.
        _ = context.channel.setOption(.autoRead, value: false)
        _ = context.eventLoop.assumeIsolated().scheduleTask(in: pause) { [self] in
            isPausing = false
            _ = context.channel.setOption(.autoRead, value: true)
        }
    }

    func read(context: ChannelHandlerContext) {
        if !isPausing { context.read() }
    }

    private func say(_ error: IOError) {
        let now = NIODeadline.now()
        if let lastSaid, now < lastSaid + silence { return }
        lastSaid = now
        logger.error(
            "Connections cannot be accepted for now; those that wait longest for their clients are closed", metadata: ["error": "\(error)"])
    }
}
