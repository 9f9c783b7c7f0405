import Glibc
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import SandboxBulk
import SandboxHTTP
import SandboxLogin
import SandboxREST
import SandboxStore
import SandboxStreaming

/// What the responder needs of a connection: the channel, to be able to cut it.
struct SandboxContext: InitializableFromSource {
    let channel: any Channel

    init(source: ApplicationRequestContextSource) { channel = source.channel }
}

/// Takes a request apart, meets trouble if there is any in force, and answers.
struct SandboxResponder: HTTPResponder {
    typealias Context = SandboxContext

    private static let maximumTarget = 16_384

    let troubles: Troubles
    let sessions: Sessions
    let oauth: OAuthRoutes
    let soap: SOAPRoutes
    let data: DataRoutes
    let async: AsyncRoutes
    let admin: AdminRoutes
    let comet: CometRoutes
    let usage: Usage
    /// Of answers; 0 for none.
    let compressionLevel: Int
    let schedule: CallSchedule
    let storage: OrgStorage?
    let edge: EdgeHeaders

    func respond(to request: Request, context: SandboxContext) async throws -> Response {
        let target = request.head.path ?? "/"
        guard target.utf8.count <= Self.maximumTarget else {
            return finish(OrgError(HTTPResponse.Status(code: 414), "URI_TOO_LONG", "URI too long").reply, request)
        }
        let body: [UInt8]
        do throws(OrgError) {
            body = try await ReceivedBody.read(request, target: target)
        } catch {
            let isAsync = target.lowercased().contains("/services/async/")
            let call = Call(method: .post, target: target, headers: request.headers, body: [])
            let isTooLarge = error.status == .contentTooLarge
            let asyncError = isTooLarge ? AsyncError.tooLarge : AsyncError("ClientInputError", error.message)
            var reply = isAsync ? asyncError.reply(AsyncFormat(call, job: nil)) : error.reply
            // The rest of it has not been read.
            if isTooLarge { reply.headers[.connection] = "close" }
            return finish(reply, request)
        }
        let method: HTTPRequest.Method = request.method == .head ? .get : request.method
        let call = Call(method: method, target: target, headers: request.headers, body: body)
        if call.word(0) != "sandbox" {
            for entry in schedule.due() { schedule.note(await admin.respond(entry.call), to: entry) }
        }
        let meeting = call.word(0) == "sandbox" ? Troubles.Meeting() : troubles.meet(call)
        if let wait = meeting.wait { try await Task.sleep(for: wait) }
        guard let trouble = meeting.trouble else { return finish(await dispatch(call), request) }
        if trouble.kind == .expireSession, let token = AsyncRoutes.session(call) { sessions.end(token) }
        if let reply = trouble.reply(to: call) { return finish(reply, request) }
        if let body = TroubledBody(trouble, context.channel) {
            return body.spoil(finish(await dispatch(call), request, compressesAll: trouble.kind == .truncateGzip))
        }
        if trouble.kind.isAfterCommit { _ = await dispatch(call) }
        return await cut(context, isReset: trouble.kind == .reset || trouble.kind == .resetAfterCommit)
    }

    private func dispatch(_ call: Call) async -> Reply {
        let reply = await timed(call)
        guard let storage else { return reply }
        // Nothing is told that would be lost if the process were killed now.
        do {
            try await storage.journal.flush()
            return reply
        } catch {
            return OrgError(.serviceUnavailable, "SERVER_UNAVAILABLE", "\(error)").reply
        }
    }

    /// The API's calls take their time, and hold what they locked until they are over.
    private func timed(_ call: Call) async -> Reply {
        guard call.word(0) == "services", ["data", "async"].contains(call.word(1)) else { return await attributed(call) }
        return await CallScope.run(data.records.faults.settings.timing, data.org) { await attributed(call) }
    }

    private func attributed(_ call: Call) async -> Reply {
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
        default: return OrgError.notFound.reply
        }
    }

    private func finish(_ reply: Reply, _ request: Request, compressesAll: Bool = false) -> Response {
        var reply = reply
        edge.add(to: &reply.headers, path: request.head.path ?? "")
        if request.method == .head { reply.body = .empty }
        if let name = HTTPField.Name("X-PrettyPrint"), ["1", "true"].contains(request.headers[name]) { reply.layOut() }
        let level = compressesAll ? max(compressionLevel, 1) : compressionLevel
        guard level > 0, let coding = ContentCoding.accepted(by: request.headers) else { return reply.response() }
        return CompressedReply(coding: coding, level: level, compressesAll: compressesAll).response(reply, to: request.headers)
    }

    /// Closes the connection before a byte of the answer is written; a reset throws away what the client has not read yet.
    private func cut(_ context: SandboxContext, isReset: Bool) async -> Response {
        if isReset, let socket = context.channel as? any SocketOptionProvider {
            // Refused where there is no TLS to be left without its orderly end.
            try? await context.channel.triggerUserOutboundEvent(TLSHandler.Abandon())
            try? await socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        }
        context.channel.close(mode: .all, promise: nil)
        return Response(status: .noContent)
    }
}
