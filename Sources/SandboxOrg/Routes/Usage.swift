import Synchronization

/// Counts requests: against the daily quota, and by kind for the tests.
final class Usage: Sendable {
    private struct Counts {
        var calls = 0
        var byKind: [String: Int] = [:]
        var ofLimits: [String: Int] = [:]
        var quota: Int
    }

    private let counts: Mutex<Counts>

    /// What the org was started with.
    let initialQuota: Int

    init(quota: Int) {
        initialQuota = quota
        counts = Mutex(Counts(quota: quota))
    }

    /// Calls of a day.
    var quota: Int { counts.withLock { $0.quota } }

    /// A quota below the calls that were made is spent.
    func set(quota: Int) { counts.withLock { $0.quota = quota } }

    /// Counts one call; false when the quota was spent before it.
    func spend(_ kind: String) -> Bool {
        counts.withLock { counts in
            counts.byKind[kind, default: 0] += 1
            guard counts.calls < counts.quota else { return false }
            counts.calls += 1
            return true
        }
    }

    func note(_ kind: String) { counts.withLock { $0.byKind[kind, default: 0] += 1 } }

    /// Uses up a part of a limit by its name in `/limits`.
    func use(_ limit: String, _ amount: Int = 1) { counts.withLock { $0.ofLimits[limit, default: 0] += amount } }

    var ofLimits: [String: Int] { counts.withLock { $0.ofLimits } }
    var calls: Int { counts.withLock { $0.calls } }
    var byKind: [String: Int] { counts.withLock { $0.byKind } }
    var limitInfo: String { "api-usage=\(calls)/\(quota)" }
}
