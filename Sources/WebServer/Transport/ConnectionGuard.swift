import Logging
import NIOCore
import NIOExtras
import NIOHTTP1

/// Stands between the parser of a connection and everything else, so that no client holds the connection, a body's memory or the end of the
/// process for longer than `ServerLimits` say, and a malformed request gets one answer and the end of its connection.
///
/// A request that is refused before anything behind has seen it is answered here. One that fails in its body has a handler already, which
/// learns of it as a `Refusal` thrown by the body, and answers. After a last answer the connection lingers: what the client still sends is
/// thrown away for a moment, because a socket that is closed with bytes unread takes the answer back.
final class ConnectionGuard: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    struct Request {
        var isLast: Bool
        let wantsKeepAlive: Bool
    }

    struct Body {
        let limit: Int
        let length: Int?
        var waitedSince: NIODeadline
        var received = 0
        var isAnswered = false

        /// What may still come when its answer is out, without being worth a new connection.
        var isNearlyHere: Bool { length.map { $0 - received <= 64 << 10 } ?? false }

        func adding(_ count: Int) -> Body {
            var body = self
            body.received += count
            return body
        }
    }

    let limits: ServerLimits
    private let registry: ConnectionRegistry
    let place: ConnectionPlace
    /// Requests whose answers are not complete, oldest first.
    var requests: [Request] = []
    /// Of the newest request, while it arrives.
    var body: Body?
    /// Written once the answers under way are complete.
    private var refusal: Refusal?
    private var hasLastRequest = false
    /// Nothing that arrives counts any more.
    var isDeaf = false
    var isLingering = false
    private var isDraining = false
    var isReading = false
    var hasServed = false
    var waitedSince = NIODeadline.now()
    var timer: (deadline: NIODeadline, task: Scheduled<Void>)?
    var ending: Scheduled<Void>?
    var writing: Scheduled<Void>?

    init(limits: ServerLimits, registry: ConnectionRegistry, place: ConnectionPlace) {
        self.limits = limits
        self.registry = registry
        self.place = place
    }

    func handlerAdded(context: ChannelHandlerContext) {
        watch(context)
        registry.beganWaiting(place)
    }

    func handlerRemoved(context: ChannelHandlerContext) { cancelTimers() }

    func channelInactive(context: ChannelHandlerContext) {
        // Otherwise half a body would look like a whole one.
        if body != nil { fail(.malformed("the request ended too early"), context) }
        cancelTimers()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isDeaf else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            receive(head, context)
        case .body(let buffer):
            guard let body = body?.adding(buffer.readableBytes) else { return }
            self.body = body
            if body.received > body.limit { return fail(.tooLarge(body.limit), context) }
            context.fireChannelRead(data)
        case .end:
            let isAnswered = body?.isAnswered == true
            body = nil
            if isAnswered { beginWaiting() }
            context.fireChannelRead(data)
        }
        watch(context)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        isReading = false
        context.fireChannelReadComplete()
        if isLingering { context.read() }
    }

    func read(context: ChannelHandlerContext) {
        isReading = true
        context.read()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError else { return context.fireErrorCaught(error) }
        fail(Refusal(error), context)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent:
            isDraining = true
            guard !isIdle else { return context.close(promise: nil) }
            ending = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(limits.drain)) { context.close(promise: nil) }
        case is ConnectionPlace.Wanted:
            if isLingering || requests.isEmpty || body?.isAnswered == false { context.close(promise: nil) } else { registry.evict() }
        case ChannelEvent.inputClosed where isLingering:
            context.close(promise: nil)
        default:
            context.fireUserInboundEventTriggered(event)
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        // What is written after a last answer has nobody who listens.
        guard !isLingering, let request = requests.first else {
            promise?.succeed()
            return
        }
        switch unwrapOutboundIn(data) {
        case .head(var head) where head.status.code >= 200:
            if closes(after: request) {
                requests[0].isLast = true
                hasLastRequest = true
                head.headers.replaceOrAdd(name: "Connection", value: "close")
            } else if request.wantsKeepAlive {
                head.headers.replaceOrAdd(name: "Connection", value: "keep-alive")
            }
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .end:
            answered(context, data, promise)
        default:
            context.write(data, promise: promise)
        }
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard isLingering else { return context.close(mode: mode, promise: promise) }
        switch mode {
        case .all: context.channel.closeFuture.cascade(to: promise)
        case .input, .output: promise?.succeed()
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        watchWriting(context)
        context.fireChannelWritabilityChanged()
    }
}

// MARK: - Requests and answers

extension ConnectionGuard {
    /// Whether nothing is under way.
    private var isIdle: Bool { requests.isEmpty && body == nil && refusal == nil && !isLingering }

    private func receive(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard !hasLastRequest else {
            isDeaf = true
            return
        }
        do {
            let request = try RequestHead(head)
            hasLastRequest = request.isLast
            requests.append(Request(isLast: request.isLast, wantsKeepAlive: request.wantsKeepAlive))
            body = Body(limit: request.bodyLimit, length: request.contentLength, waitedSince: .now())
            if request.asksWhetherToGoOn, requests.count == 1 {
                context.writeAndFlush(wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .continue))), promise: nil)
            }
            context.fireChannelRead(wrapInboundOut(.head(request.head)))
        } catch {
            fail(error, context)
        }
    }

    /// Hears nothing more of the client, and sees to it that it is told why, once.
    func fail(_ reason: Refusal, _ context: ChannelHandlerContext) {
        guard !isDeaf else { return }
        isDeaf = true
        let failed = body
        body = nil
        switch (failed, requests.isEmpty) {
        case (.some, false):
            requests[requests.count - 1].isLast = true
            context.fireErrorCaught(reason)
        case (.some, true): linger(context, after: context.eventLoop.makeSucceededVoidFuture())
        case (.none, true): answer(reason, context)
        case (.none, false): refusal = reason
        }
    }

    private func answer(_ refusal: Refusal, _ context: ChannelHandlerContext) {
        let parts = refusal.parts
        for part in parts.dropLast() { context.write(wrapOutboundOut(part), promise: nil) }
        linger(context, after: context.writeAndFlush(wrapOutboundOut(parts[parts.count - 1])))
    }

    private func closes(after request: Request) -> Bool {
        if request.isLast || isDraining { return true }
        guard requests.count == 1 else { return false }
        return registry.isFull || body?.isNearlyHere == false
    }

    private func answered(_ context: ChannelHandlerContext, _ end: NIOAny, _ promise: EventLoopPromise<Void>?) {
        let request = requests.removeFirst()
        let written = promise ?? context.eventLoop.makePromise()
        if request.isLast {
            context.writeAndFlush(end, promise: written)
            // All of it was read, and nothing followed: then nothing takes the answer back.
            guard isDeaf || body != nil else { return close(context, after: written.futureResult) }
            return linger(context, after: written.futureResult)
        }
        context.write(end, promise: written)
        guard requests.isEmpty else { return }
        if let refusal { return answer(refusal, context) }
        body?.isAnswered = true
        beginWaiting()
        watch(context)
        registry.beganWaiting()
    }

    private func close(_ context: ChannelHandlerContext, after written: EventLoopFuture<Void>) {
        isDeaf = true
        isLingering = true
        watchWriting(context)
        written.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
    }

    /// Says that there is nothing more to come, and lets the client read why before the connection closes.
    private func linger(_ context: ChannelHandlerContext, after written: EventLoopFuture<Void>) {
        isDeaf = true
        isLingering = true
        requests = []
        body = nil
        beginWaiting()
        watch(context)
        registry.beganWaiting()
        watchWriting(context)
        written.assumeIsolated().whenComplete { [self] _ in
            context.close(mode: .output, promise: nil)
            let end = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(limits.lingerTimeout)) { context.close(promise: nil) }
            ending?.cancel()
            ending = end
            context.read()
        }
    }
}
