import Synchronization

/// What goes wrong inside the org rather than on the wire, seeded so that a run repeats: locked rows, failing jobs, odd orders, small pages.
final class BulkFaults: Sendable {
    struct Settings: Sendable, Equatable {
        /// Of a thousand rows of a write, so many meet UNABLE_TO_LOCK_ROW.
        var lockedRowsPerThousand = 0
        /// So many of the next bulk jobs, queries and ingests, fail.
        var failingJobs = 0
        /// Bulk results are in an order of their own, as after primary key chunking.
        var shufflesBulkRows = false
        /// A page of a REST query has at most so many rows, whatever the client asks for.
        var maximumPageRows: Int?
    }

    private struct State {
        var settings = Settings()
        var bits: UInt64
    }

    private let state: Mutex<State>

    init(seed: UInt64) { state = Mutex(State(bits: seed)) }

    var settings: Settings { state.withLock { $0.settings } }

    func set(_ settings: Settings) { state.withLock { $0.settings = settings } }

    func locksRow() -> Bool {
        state.withLock { state in
            guard state.settings.lockedRowsPerThousand > 0 else { return false }
            state.bits &+= 1
            return Mix.bits(state.bits, 7) % 1000 < UInt64(state.settings.lockedRowsPerThousand)
        }
    }

    /// Asked once at the start of a job.
    func failsJob(_ isStart: Bool = true) -> Bool {
        state.withLock { state in
            guard isStart, state.settings.failingJobs > 0 else { return false }
            state.settings.failingJobs -= 1
            return true
        }
    }
}
