import Synchronization

/// Lets one loop wait until somebody raises the signal or time passes. A signal raised while nobody waits is kept for the next wait.
public final class WakeSignal: Sendable {
    private let state = Mutex(State())

    private struct State {
        var isRaised = false
        var waiter: CheckedContinuation<Void, Never>?
        var generation = 0
    }

    /// A signal that is not raised.
    public init() {}

    /// Ends the current wait, or the next.
    public func raise() {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard let waiter = state.waiter else {
                state.isRaised = true
                return nil
            }
            state.waiter = nil
            return waiter
        }
        waiter?.resume()
    }

    /// Waits until the signal is raised, `timeout` passes on `clock`, or the task is cancelled.
    public func wait(for timeout: Duration, clock: any Clock<Duration>) async {
        let generation = state.withLock { state in
            state.generation += 1
            return state.generation
        }
        let expiry = Task {
            try await clock.sleep(for: timeout)
            self.expire(generation)
        }
        defer { expiry.cancel() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let immediate = state.withLock { state -> Bool in
                    if state.isRaised || Task.isCancelled || state.generation != generation {
                        state.isRaised = false
                        return true
                    }
                    state.waiter = continuation
                    return false
                }
                if immediate { continuation.resume() }
            }
        } onCancel: {
            expire(generation)
        }
    }

    private func expire(_ generation: Int) {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard state.generation == generation else { return nil }
            defer {
                state.waiter = nil
                // A wait that has not stored its continuation yet sees the changed generation and returns at once.
                state.generation += 1
            }
            return state.waiter
        }
        waiter?.resume()
    }
}
