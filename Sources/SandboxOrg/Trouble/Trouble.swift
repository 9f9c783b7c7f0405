import HTTPTypes
import Synchronization

/// A failure to be met by the next requests whose path begins as given.
struct Trouble: Sendable {
    enum Kind: String, Sendable {
        /// An error of Salesforce's own form.
        case status
        /// A page of HTML where JSON was expected.
        case html
        /// The connection closes without an answer, and nothing was done.
        case close
        /// A write is done, and its answer lost.
        case closeAfterCommit = "close_after_commit"
        /// Each piece of the body comes late.
        case slow
    }

    let kind: Kind
    var status: Int = 503
    /// How many requests meet it; negative for all until it is cleared.
    var count: Int = 1
    var pathPrefix: String = "/services/data"
    var method: String?
    var delay: Duration = .zero

    func concerns(_ call: Call) -> Bool {
        guard count != 0, call.path.lowercased().hasPrefix(pathPrefix.lowercased()) || matchesInside(call) else { return false }
        if let method, method.uppercased() != call.method.rawValue { return false }
        return kind != .closeAfterCommit || ![.get, .head].contains(call.method)
    }

    /// `…/jobs/query` leaves out the version, which the test does not care for.
    private func matchesInside(_ call: Call) -> Bool {
        pathPrefix.hasPrefix("…") && call.path.lowercased().contains(pathPrefix.dropFirst().lowercased())
    }

    /// The answer that takes the place of the real one.
    var reply: Reply? {
        switch kind {
        case .status:
            switch status {
            case 401: return APIError.expiredSession.reply
            case 403: return APIError.overQuota.reply
            case 503: return APIError.unavailable.reply
            default:
                return APIError(HTTPResponse.Status(code: status), "UNKNOWN_EXCEPTION", "An unexpected error occurred.").reply
            }
        case .html:
            let page = "<html><head><title>Maintenance</title></head><body><h1>We are down for maintenance.</h1></body></html>"
            return .text(page, type: "text/html;charset=UTF-8", status: HTTPResponse.Status(code: status))
        case .close, .closeAfterCommit, .slow: return nil
        }
    }
}

/// The troubles in force.
final class Troubles: Sendable {
    private struct State {
        var list: [Trouble] = []
        var met = 0
    }

    private let state = Mutex(State())

    func add(_ trouble: Trouble) { state.withLock { $0.list.append(trouble) } }

    func clear() { state.withLock { $0.list.removeAll() } }

    /// How many requests met a trouble so far.
    var met: Int { state.withLock { $0.met } }

    /// The first trouble that concerns the call, which uses it up by one.
    func meet(_ call: Call) -> Trouble? {
        state.withLock { state in
            guard let index = state.list.firstIndex(where: { $0.concerns(call) }) else { return nil }
            let trouble = state.list[index]
            state.met += 1
            if trouble.count > 0 {
                state.list[index].count -= 1
                if state.list[index].count == 0 { state.list.remove(at: index) }
            }
            return trouble
        }
    }
}
