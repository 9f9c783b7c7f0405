import SandboxData
import Synchronization

/// Which records calls in flight hold. Whoever writes a record locks it and the records above it that its deletion would concern, as a real org does,
/// until its call is over; whoever needs one of them meanwhile waits for it, for a while.
package final class RowLocks: Sendable {
    private let held = Mutex<[RecordID: Int]>([:])
    /// Between two looks at a record that somebody else holds.
    private static let pause = Duration.milliseconds(2)

    init() {}

    /// Takes all of them or none.
    ///
    /// - Returns: Those that another call held to the end of the patience; empty when all were taken.
    func take(_ ids: [RecordID], by holder: Int, patience: Duration) async -> [RecordID] {
        let end = ContinuousClock.now + patience
        while true {
            let others = held.withLock { held in
                let others = ids.filter { held[$0].map { $0 != holder } ?? false }
                if others.isEmpty { for id in ids { held[id] = holder } }
                return others
            }
            guard !others.isEmpty, ContinuousClock.now < end else { return others }
            // A cancelled call has nobody to wait for.
            do { try await Task.sleep(for: Self.pause) } catch { return others }
        }
    }

    func release(_ holder: Int) { held.withLock { held in held = held.filter { $0.value != holder } } }
}
