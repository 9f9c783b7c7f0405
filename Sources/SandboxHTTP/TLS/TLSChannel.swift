package import HummingbirdCore
package import Logging
package import NIOCore

/// Connections of the TLS listener and of the proxy: HTTP as everywhere, with TLS, and CONNECT if need be, before it.
package struct TLSChannel<Base: ServerChildChannel>: ServerChildChannel {
    package let base: Base
    package let context: TLSContext
    package let isProxy: Bool
    package let limit: TimeAmount

    package init(base: Base, context: TLSContext, isProxy: Bool, limit: TimeAmount) {
        self.base = base
        self.context = context
        self.isProxy = isProxy
        self.limit = limit
    }

    package func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Base.Value> {
        channel.eventLoop.makeCompletedFuture {
            if isProxy { try channel.pipeline.syncOperations.addHandler(ConnectHandler()) }
            try channel.pipeline.syncOperations.addHandler(TLSHandler(context.makeSession(), limit: limit))
        }.flatMap { base.setup(channel: channel, logger: logger) }
    }

    package func handle(value: Base.Value, logger: Logger) async { await base.handle(value: value, logger: logger) }
}
