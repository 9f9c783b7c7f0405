package import SandboxBytes
import Synchronization

/// What goes wrong inside the org rather than on the wire, seeded so that a run repeats: locked rows, slow and failing jobs, odd orders, small
/// pages, spent quotas.
package final class BulkFaults: Sendable {
    package struct Settings: Sendable, Equatable {
        /// Of a thousand rows of a write, so many meet UNABLE_TO_LOCK_ROW.
        package var lockedRowsPerThousand = 0
        /// So many of the next bulk jobs, queries and ingests, fail.
        package var failingJobs = 0
        /// What they say.
        package var jobFailure = "InternalServerError : UNKNOWN_EXCEPTION: An unexpected error occurred."
        /// How long a bulk job stays in progress; nil leaves it to the server's options.
        package var bulkDelay: Duration?
        /// Bulk results are in an order of their own, as after primary key chunking.
        package var shufflesBulkRows = false
        /// A page of a REST query has at most so many rows, whatever the client asks for.
        package var maximumPageRows: Int?
        /// Pages of REST queries have fewer rows than asked for, each another number.
        package var shrinksPages = false
        /// The oldest API version that is answered.
        package var oldestVersion = 31
        package var timing = CallTiming()
        /// A collections call with a value of the wrong type is refused as a whole, and not only the record that has it.
        package var refusesWholeCollections = false
        /// A collections call that has this text in any value is refused as a whole, whatever else is in it.
        package var poison: String?
        /// Objects, in lower case, that have too many records for `SELECT COUNT()` to come to an end.
        package var uncountable: [String] = []

        package init() {}
    }

    private struct State {
        var settings: Settings
        var bits: UInt64
    }

    private let seed: UInt64
    private let state: Mutex<State>

    /// What the org began with.
    package let initial: Settings

    package init(seed: UInt64, initial: Settings = Settings()) {
        self.seed = seed
        self.initial = initial
        state = Mutex(State(settings: initial, bits: seed))
    }

    package var settings: Settings { state.withLock { $0.settings } }

    package func set(_ settings: Settings) { state.withLock { $0.settings = settings } }

    package func locksRow() -> Bool {
        state.withLock { state in
            guard state.settings.lockedRowsPerThousand > 0 else { return false }
            state.bits &+= 1
            return Mix.bits(state.bits, 7) % 1000 < UInt64(state.settings.lockedRowsPerThousand)
        }
    }

    /// Asked once at the start of a job: what it says when it is to fail.
    package func failureOfJob() -> String? {
        state.withLock { state in
            guard state.settings.failingJobs > 0 else { return nil }
            state.settings.failingJobs -= 1
            return state.settings.jobFailure
        }
    }

    /// Rows of the page that begins at a row; the same whenever it is read.
    package func pageRows(_ wanted: Int, from start: Int) -> Int {
        let settings = settings
        let size = min(wanted, settings.maximumPageRows ?? .max)
        guard settings.shrinksPages, size > 1 else { return size }
        return 1 + Int(Mix.bits(Mix.salt(seed, "pages"), start) % UInt64(size))
    }
}
