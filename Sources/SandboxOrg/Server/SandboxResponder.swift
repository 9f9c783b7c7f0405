import Glibc
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// What the responder needs of a connection: the channel, to be able to cut it.
struct SandboxContext: InitializableFromSource {
    let channel: any Channel

    init(source: ApplicationRequestContextSource) { channel = source.channel }
}

/// Takes a request apart, meets trouble if there is any in force, and answers.
struct SandboxResponder: HTTPResponder {
    typealias Context = SandboxContext

    private static let maximumTarget = 16_384
    private static let maximumBody = 20 * 1024 * 1024

    let troubles: Troubles
    let sessions: Sessions
    let oauth: OAuthRoutes
    let soap: SOAPRoutes
    let data: DataRoutes
    let async: AsyncRoutes
    let admin: AdminRoutes
    let comet: CometRoutes
    let usage: Usage

    func respond(to request: Request, context: SandboxContext) async throws -> Response {
        let target = request.head.path ?? "/"
        guard target.utf8.count <= Self.maximumTarget else {
            return finish(APIError(HTTPResponse.Status(code: 414), "URI_TOO_LONG", "URI too long").reply, request)
        }
        var body: [UInt8] = []
        // An ingest job's rows may be many; they come in pieces and need no second copy.
        let limit = target.lowercased().contains("/jobs/ingest/") ? BulkIngestRoutes.maximumUpload : Self.maximumBody
        do {
            for try await piece in request.body {
                guard body.count + piece.readableBytes <= limit else { throw APIError.tooLarge }
                body.append(contentsOf: piece.readableBytesView)
            }
        } catch {
            let isAsync = target.lowercased().contains("/services/async/")
            let call = Call(method: .post, target: target, headers: request.headers, body: [])
            var reply = isAsync ? AsyncError.tooLarge.reply(AsyncFormat(call, job: nil)) : APIError.tooLarge.reply
            reply.headers[.connection] = "close"
            return finish(reply, request)
        }
        let method: HTTPRequest.Method = request.method == .head ? .get : request.method
        let call = Call(method: method, target: target, headers: request.headers, body: body)
        let meeting = call.word(0) == "sandbox" ? Troubles.Meeting() : troubles.meet(call)
        if let wait = meeting.wait { try await Task.sleep(for: wait) }
        guard let trouble = meeting.trouble else { return finish(await dispatch(call), request) }
        if trouble.kind == .expireSession, let token = AsyncRoutes.session(call) { sessions.end(token) }
        if let reply = trouble.reply(to: call) { return finish(reply, request) }
        if let body = TroubledBody(trouble, context.channel) { return body.spoil(finish(await dispatch(call), request)) }
        if trouble.kind.isAfterCommit { _ = await dispatch(call) }
        return await cut(context, isReset: trouble.kind == .reset || trouble.kind == .resetAfterCommit)
    }

    private func dispatch(_ call: Call) async -> Reply {
        await ChangeOrigin.$current.withValue(ChangeOrigin.of(call)) {
            guard let header = call.header(DuplicateRuleHeader.name) else { return await answer(call) }
            return await DuplicateRuleHeader.$allowsSave.withValue(DuplicateRuleHeader.allowsSave(header)) { await answer(call) }
        }
    }

    private func answer(_ call: Call) async -> Reply {
        switch (call.word(0), call.word(1)) {
        case ("services", "data"): return await data.respond(call)
        case ("services", "async"): return await async.respond(call)
        case ("services", "soap"):
            usage.note("soap")
            return soap.respond(call)
        case ("services", "oauth2"), ("id", _):
            usage.note("oauth")
            return oauth.respond(call)
        case ("cometd", _):
            usage.note("cometd")
            return await comet.respond(call)
        case ("sandbox", _): return await admin.respond(call)
        default: return APIError.notFound.reply
        }
    }

    private func finish(_ reply: Reply, _ request: Request) -> Response {
        var reply = reply
        reply.headers[.cacheControl] = "no-cache,must-revalidate,max-age=0,no-store,private"
        reply.headers[.vary] = "Accept-Encoding"
        if request.method == .head { reply.body = .empty }
        if let name = HTTPField.Name("X-PrettyPrint"), ["1", "true"].contains(request.headers[name]) { reply.layOut() }
        return reply.response()
    }

    /// Closes the connection before a byte of the answer is written; a reset throws away what the client has not read yet.
    private func cut(_ context: SandboxContext, isReset: Bool) async -> Response {
        if isReset, let socket = context.channel as? any SocketOptionProvider {
            try? await socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        }
        context.channel.close(mode: .all, promise: nil)
        return Response(status: .noContent)
    }
}
