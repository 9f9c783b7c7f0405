import Synchronization

/// Counts requests: against the daily quota, and by kind for the tests.
package final class Usage: Sendable {
    private struct Counts {
        var calls = 0
        var byKind: [String: Int] = [:]
        var ofLimits: [String: Int] = [:]
        var quota: Int
    }

    private let counts: Mutex<Counts>

    /// What the org was started with.
    package let initialQuota: Int

    package init(quota: Int) {
        initialQuota = quota
        counts = Mutex(Counts(quota: quota))
    }

    /// Calls of a day.
    package var quota: Int { counts.withLock { $0.quota } }

    /// A quota below the calls that were made is spent.
    package func set(quota: Int) { counts.withLock { $0.quota = quota } }

    /// Counts one call; false when the quota was spent before it.
    package func spend(_ kind: String) -> Bool {
        counts.withLock { counts in
            counts.byKind[kind, default: 0] += 1
            guard counts.calls < counts.quota else { return false }
            counts.calls += 1
            return true
        }
    }

    package func note(_ kind: String) { counts.withLock { $0.byKind[kind, default: 0] += 1 } }

    /// Uses up a part of a limit by its name in `/limits`.
    package func use(_ limit: String, _ amount: Int = 1) { counts.withLock { $0.ofLimits[limit, default: 0] += amount } }

    package var ofLimits: [String: Int] { counts.withLock { $0.ofLimits } }
    package var calls: Int { counts.withLock { $0.calls } }
    package var byKind: [String: Int] { counts.withLock { $0.byKind } }
    package var limitInfo: String { "api-usage=\(calls)/\(quota)" }
}
