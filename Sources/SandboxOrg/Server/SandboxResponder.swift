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
    let oauth: OAuthRoutes
    let data: DataRoutes
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
            var reply = APIError.tooLarge.reply
            reply.headers[.connection] = "close"
            return finish(reply, request)
        }
        let method: HTTPRequest.Method = request.method == .head ? .get : request.method
        let call = Call(method: method, target: target, headers: request.headers, body: body)
        guard let trouble = call.word(0) == "sandbox" ? nil : troubles.meet(call) else { return finish(await dispatch(call), request) }
        if let reply = trouble.reply { return finish(reply, request) }
        switch trouble.kind {
        case .closeAfterCommit:
            _ = await dispatch(call)
            return cut(context)
        case .slow: return finish(await dispatch(call), request, delay: trouble.delay)
        default: return cut(context)
        }
    }

    private func dispatch(_ call: Call) async -> Reply {
        await ChangeOrigin.$current.withValue(ChangeOrigin.of(call)) { await answer(call) }
    }

    private func answer(_ call: Call) async -> Reply {
        switch (call.word(0), call.word(1)) {
        case ("services", "data"): return await data.respond(call)
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

    private func finish(_ reply: Reply, _ request: Request, delay: Duration? = nil) -> Response {
        var reply = reply
        reply.headers[.cacheControl] = "no-cache,must-revalidate,max-age=0,no-store,private"
        reply.headers[.vary] = "Accept-Encoding"
        if request.method == .head { reply.body = .empty }
        if let name = HTTPField.Name("X-PrettyPrint"), ["1", "true"].contains(request.headers[name]) { reply.layOut() }
        return reply.response(delay: delay)
    }

    /// Closes the connection before a byte of the answer is written.
    private func cut(_ context: SandboxContext) -> Response {
        context.channel.close(mode: .all, promise: nil)
        return Response(status: .noContent)
    }
}
