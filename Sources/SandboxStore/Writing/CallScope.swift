package import SandboxBytes
package import SandboxData
import Synchronization

/// What a call holds while it takes its time: locks on records, and the count of records that its time goes by.
///
/// It is in force for a task; without one, calls take no time of their own and never meet.
package final class CallScope: Sendable {
    @TaskLocal package static var current: CallScope?
    private static let counter = Atomic<Int>(0)

    private let number = CallScope.counter.wrappingAdd(1, ordering: .relaxed).newValue
    private let records = Atomic<Int>(0)
    private let locks: RowLocks
    private let timing: CallTiming

    private init(locks: RowLocks, timing: CallTiming) {
        self.locks = locks
        self.timing = timing
    }

    /// Runs one call, or one transaction of a job: it is over when its time has passed, and holds what it locked until then.
    package static func run<Result: Sendable>(_ timing: CallTiming, _ org: Org, _ body: @Sendable () async -> Result) async -> Result {
        guard !timing.isInstant else { return await body() }
        let scope = CallScope(locks: org.locks, timing: timing)
        let result = await $current.withValue(scope) { await body() }
        // A client that went away does not shorten what the org does.
        try? await Task.sleep(for: timing.call + timing.record * scope.records.load(ordering: .relaxed))
        scope.locks.release(scope.number)
        return result
    }

    /// The call returned or wrote so many records.
    package func note(records count: Int) { records.wrappingAdd(count, ordering: .relaxed) }

    /// Locks what a write of each of these records needs, in their order.
    ///
    /// - Returns: For each, what it could not get.
    package func lock(_ sets: [[RecordID]]) async -> [[RecordID]] {
        var refused: [[RecordID]] = []
        for ids in sets { refused.append(await locks.take(ids, by: number, patience: timing.lockWait)) }
        return refused
    }
}
