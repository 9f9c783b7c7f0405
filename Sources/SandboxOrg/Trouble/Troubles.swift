import SandboxBytes
import SandboxData
import SandboxHTTP
import SandboxStore
import Synchronization

/// The troubles in force. Which requests meet them, the seed decides: the same requests in the same order meet the same troubles.
final class Troubles: Sendable {
    private struct Active {
        var trouble: Trouble
        let salt: UInt64
        /// Requests it concerned so far.
        var seen = 0
        var met = 0
        /// Requests that still follow one that met it.
        var following = 0

        mutating func strikes() -> Bool {
            seen += 1
            if following > 0 {
                following -= 1
            } else if Mix.bits(salt, seen) % 1000 < UInt64(trouble.perThousand) {
                following = trouble.burst - 1
            } else {
                return false
            }
            met += 1
            if trouble.count > 0 { trouble.count -= 1 }
            return true
        }
    }

    private struct State {
        var list: [Active] = []
        var made = 0
        var met = 0
    }

    /// What a request meets: a time to wait first, and one trouble.
    struct Meeting: Sendable {
        var wait: Duration?
        var trouble: Trouble?
    }

    private let seed: UInt64
    private let state = Mutex(State())

    init(seed: UInt64) { self.seed = seed }

    func add(_ trouble: Trouble) {
        state.withLock { state in
            state.made += 1
            state.list.append(Active(trouble: trouble, salt: Mix.salt(seed, "trouble \(state.made)")))
        }
    }

    func clear() { state.withLock { $0.list.removeAll() } }

    /// How many requests met a trouble so far, slow answers by a distribution left aside.
    var met: Int { state.withLock { $0.met } }

    /// In the order they were added, each with how many requests it concerned and how many met it.
    var list: [(trouble: Trouble, seen: Int, met: Int)] { state.withLock { $0.list.map { ($0.trouble, $0.seen, $0.met) } } }

    /// The first trouble that concerns the call and strikes, which uses it up by one.
    func meet(_ call: Call) -> Meeting {
        state.withLock { state in
            var meeting = Meeting()
            for index in state.list.indices where state.list[index].trouble.concerns(call) {
                let isLatency = state.list[index].trouble.kind == .latency
                guard isLatency || meeting.trouble == nil, state.list[index].strikes() else { continue }
                let active = state.list[index]
                if let latency = active.trouble.latency {
                    meeting.wait = (meeting.wait ?? .zero) + latency.duration(active.salt, active.seen)
                } else {
                    state.met += 1
                    meeting.trouble = active.trouble
                }
            }
            state.list.removeAll { $0.trouble.count == 0 }
            return meeting
        }
    }
}
