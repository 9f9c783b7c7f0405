import HTTPTypes
package import NIOCore
package import NIOHTTPTypes
import Synchronization

/// Gives every answer the org's own time in its Date header, in place of the one the web framework writes: clients learn the org's clock from it.
package final class OrgDateHandler: ChannelOutboundHandler, RemovableChannelHandler, Sendable {
    package typealias OutboundIn = HTTPResponsePart
    package typealias OutboundOut = HTTPResponsePart

    private let clock: OrgClock

    package init(clock: OrgClock) { self.clock = clock }

    package func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        var part = unwrapOutboundIn(data)
        if case .head(var head) = part {
            head.headerFields[.date] = clock.date
            part = .head(head)
        }
        context.write(wrapOutboundOut(part), promise: promise)
    }
}
