import Synchronization

/// Lets a few tests with a database run at a time. Swift Testing starts every test at once, and hundreds of servers, processes and
/// databases together on a small machine take longer than any sensible time-out.
final class TestGate: Sendable {
    static let shared = TestGate(width: 6)

    private struct State {
        var free: Int
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>

    /// Set while a test is inside, so that one that needs a second database does not wait for itself.
    @TaskLocal static var isInside = false

    init(width: Int) {
        state = Mutex(State(free: width))
    }

    func enter() async {
        await withCheckedContinuation { continuation in
            let mayPass = state.withLock { state -> Bool in
                if state.free > 0 {
                    state.free -= 1
                    return true
                }
                state.waiting.append(continuation)
                return false
            }
            if mayPass { continuation.resume() }
        }
    }

    func leave() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            if state.waiting.isEmpty {
                state.free += 1
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.resume()
    }
}
