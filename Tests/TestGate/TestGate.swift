import Synchronization

/// Lets a few tests with a database, or with an org, run at a time. Swift Testing starts every test at once, and hundreds of servers,
/// processes and databases together on a small machine take longer than any sensible time-out. A test's own time limit counts the wait too: it
/// is there to end what hangs, so it may well be long.
public final class TestGate: Sendable {
    private static let shared = TestGate(width: 6)

    private struct State {
        var free: Int
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>

    /// Set while a test is inside, so that one that needs a second database does not wait for itself.
    @TaskLocal private static var isInside = false

    /// Runs a test when there is room for it.
    ///
    /// - Throws: what `body` threw.
    public static func pass<Value>(
        isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Value
    ) async throws -> Value {
        if isInside { return try await body() }
        await shared.enter()
        defer { shared.leave() }
        return try await $isInside.withValue(true) { try await body() }
    }

    private init(width: Int) {
        state = Mutex(State(free: width))
    }

    private func enter() async {
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

    private func leave() {
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
