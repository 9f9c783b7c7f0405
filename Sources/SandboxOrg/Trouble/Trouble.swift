import HTTPTypes
import SandboxBulk
import SandboxBytes
import SandboxHTTP
import SandboxLogin

/// A failure on the wire, to be met by requests whose path begins as given: the next ones, or a share of all of them.
struct Trouble: Sendable {
    enum Kind: String, Sendable, CaseIterable {
        /// An error of Salesforce's own form.
        case status
        /// A page of HTML where JSON was expected.
        case html
        /// The connection closes without an answer, and nothing was done.
        case close
        /// A write is done, and its answer lost.
        case closeAfterCommit = "close_after_commit"
        /// As the two above, by a reset in place of an orderly end.
        case reset
        case resetAfterCommit = "reset_after_commit"
        /// Each piece of the body comes late.
        case slow
        /// The body comes in drops of a few bytes.
        case drip
        /// The answer breaks off after some of its body.
        case truncate
        /// The answer ends in order, but what it compressed with gzip breaks off; met by requests that accept gzip.
        case truncateGzip = "truncate_gzip"
        /// The access token of the request ends.
        case expireSession = "expire_session"
        /// Answers take their time, by a distribution; met together with any other trouble.
        case latency

        var isAfterCommit: Bool { self == .closeAfterCommit || self == .resetAfterCommit }
    }

    let kind: Kind
    var status: Int = 503
    /// In place of the error that belongs to the status.
    var code: String?
    var message: String?
    var retryAfterSeconds: Int?
    /// How many requests meet it; negative for all until it is cleared.
    var count: Int = 1
    /// Of a thousand requests that it concerns, so many meet it.
    var perThousand = 1000
    /// A request that meets it takes so many with it that follow.
    var burst = 1
    var pathPrefix: String = "/services/data"
    var method: String?
    var delay: Duration = .zero
    /// Of a drop, or of the body that is sent before an answer breaks off.
    var bytes = 1
    var latency: Latency?

    func concerns(_ call: Call) -> Bool {
        guard count != 0, call.path.lowercased().hasPrefix(pathPrefix.lowercased()) || matchesInside(call) else { return false }
        if let method, method.uppercased() != call.method.rawValue { return false }
        if kind == .truncateGzip, ContentCoding.accepted(by: call.headers) == nil { return false }
        return !kind.isAfterCommit || ![.get, .head].contains(call.method)
    }

    /// `…/jobs/query` leaves out the version, which the test does not care for.
    private func matchesInside(_ call: Call) -> Bool {
        pathPrefix.hasPrefix("…") && call.path.lowercased().contains(pathPrefix.dropFirst().lowercased())
    }

    /// The answer that takes the place of the real one.
    func reply(to call: Call) -> Reply? {
        var reply: Reply
        switch kind {
        case .status:
            switch call.word(1) {
            case "oauth2": reply = grantError
            case "async": reply = AsyncError(error).reply(AsyncFormat(call, job: nil))
            case "soap":
                let error = error
                reply = SOAPFault.api(error.code, error.message).reply(.partner, status: error.status)
            default: reply = error.reply
            }
        case .html:
            let page = "<html><head><title>Maintenance</title></head><body><h1>We are down for maintenance.</h1></body></html>"
            reply = .text(page, type: "text/html;charset=UTF-8", status: HTTPResponse.Status(code: status))
        case .expireSession:
            let isAsync = call.word(1) == "async"
            reply = isAsync ? AsyncError.expiredSession.reply(AsyncFormat(call, job: nil)) : OrgError.expiredSession.reply
        default: return nil
        }
        if let retryAfterSeconds { reply.headers[.retryAfter] = String(retryAfterSeconds) }
        return reply
    }

    /// The token endpoint has errors of its own form.
    private var grantError: Reply {
        var json = JSONWriter()
        json.object { json in
            json.field("error", code ?? "unknown_error")
            json.field("error_description", message ?? "retry your request")
        }
        return .json(json, status: HTTPResponse.Status(code: status))
    }

    private var error: OrgError {
        let usual: OrgError =
            switch status {
            case 401: .expiredSession
            case 403: .overQuota
            case 429: OrgError(.tooManyRequests, "REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests (Concurrent API Requests) Limit exceeded.")
            case 503: .unavailable
            default:
                OrgError(
                    HTTPResponse.Status(code: status), "UNKNOWN_EXCEPTION",
                    "An unexpected error occurred. Please include this ErrorId if you contact support: 1234567890-12345 (1234567890)")
            }
        guard code != nil || message != nil else { return usual }
        return OrgError(usual.status, code ?? usual.code, message ?? usual.message)
    }
}

extension HTTPField.Name {
    static var retryAfter: Self { Self("Retry-After") ?? .contentType }
}
