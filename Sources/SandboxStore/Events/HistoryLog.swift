import Glibc
package import SandboxData
import Synchronization

/// What was done to every record, in the order of commit: for those who check afterwards what others say they did.
///
/// It keeps so many changes at the most, so that memory stays bounded whatever is written. Generated rows have no beginning here: they were there.
package final class HistoryLog: Sendable {
    package struct Entry: Sendable {
        /// Ascends by one from 1.
        package let number: Int
        /// Equal for all that one commit brought.
        package let transaction: Int
        /// The org's clock at the commit, in seconds; never falls.
        package let committed: Int64
        /// The machine's own clock at the commit, in microseconds since 1970, whatever the org's clock says: what other processes' times stand beside.
        package let machineTime: Int64
        /// See ``ChangeOrigin``.
        package let origin: String
        package let change: RowChange
    }

    /// A part of the log, the oldest first.
    package struct Page: Sendable {
        package let entries: [Entry]
        /// The last number that was looked at, when there is more behind it.
        package let next: Int?
        package let first: Int
        package let last: Int
    }

    package static let defaultCapacity = 250_000

    private struct State {
        var entries: ContiguousArray<Entry> = []
        /// Index of the oldest entry kept; those before it wait to be removed together.
        var head = 0
        var number = 0
        var transactions = 0
        var committed: Int64 = 0
    }

    private let state = Mutex(State())
    private let capacity: Int

    /// - Parameter capacity: 0 keeps nothing.
    package init(capacity: Int) { self.capacity = capacity }

    /// Notes one transaction. Called under the org's lock, so that the order is that of the commits.
    package func append(_ changes: [RowChange], origin: String, at now: Int64) {
        guard capacity > 0, !changes.isEmpty else { return }
        let machineTime = Self.machineTime()
        state.withLock { state in
            state.transactions += 1
            state.committed = max(state.committed, now)
            for change in changes {
                state.number += 1
                state.entries.append(
                    Entry(
                        number: state.number, transaction: state.transactions, committed: state.committed, machineTime: machineTime,
                        origin: origin,
                        change: change))
            }
            state.head = max(state.head, state.entries.count - capacity)
            if state.head > 1024, state.head * 2 > state.entries.count {
                state.entries.removeFirst(state.head)
                state.head = 0
            }
        }
    }

    private static func machineTime() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }

    /// The entries behind a number that are asked for.
    ///
    /// - Parameter limit: How many at the most.
    package func page(after number: Int, limit: Int, where isWanted: (RowChange) -> Bool) -> Page {
        let (entries, head, last) = state.withLock { ($0.entries, $0.head, $0.number) }
        let first = last - (entries.count - head) + 1
        var found: [Entry] = []
        var index = head + max(number - first + 1, 0)
        while index < entries.count, found.count < limit {
            if isWanted(entries[index].change) { found.append(entries[index]) }
            index += 1
        }
        let isMore = index < entries.count
        return Page(entries: found, next: isMore ? first + (index - head) - 1 : nil, first: first, last: last)
    }
}
