import HummingbirdCore
import Logging
import NIOCore

/// Connections of the TLS listener and of the proxy: HTTP as everywhere, with TLS, and CONNECT if need be, before it.
struct TLSChannel<Base: ServerChildChannel>: ServerChildChannel {
    let base: Base
    let context: TLSContext
    let isProxy: Bool
    let limit: TimeAmount

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Base.Value> {
        channel.eventLoop.makeCompletedFuture {
            if isProxy { try channel.pipeline.syncOperations.addHandler(ConnectHandler()) }
            try channel.pipeline.syncOperations.addHandler(TLSHandler(context.makeSession(), limit: limit))
        }.flatMap { base.setup(channel: channel, logger: logger) }
    }

    func handle(value: Base.Value, logger: Logger) async { await base.handle(value: value, logger: logger) }
}
