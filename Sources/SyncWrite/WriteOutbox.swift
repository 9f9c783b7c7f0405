import LoggedChanges

/// Requests that are prepared and not sent yet, packed into calls. A value without I/O.
///
/// Salesforce locks the parents of what a call writes: rows of one parent never go into two calls at the same time.
struct WriteOutbox: Sendable {
    /// One call's requests: of one table, all inserts, all upserts, all updates or all deletes.
    struct Call: Sendable, Equatable {
        let table: String
        let requests: [WriteRequest]
        let locks: Set<String>
        /// Whether it goes by a bulk job.
        var isLong = false
    }

    private struct Entry: Sendable {
        let request: WriteRequest
        let locks: Set<String>
    }

    /// What shares calls.
    struct Group: Hashable, Sendable {
        let table: String
        let kind: WriteRequest.Kind
        /// What a bulk job left goes by calls.
        var isShort = false
    }

    private var groups: [Group: [Entry]] = [:]
    private var locked: [String: Int] = [:]
    private let long: LongRuns

    /// Requests that wait.
    private(set) var count = 0
    /// Roughly how many bytes their values have.
    private(set) var bytes = 0

    init(long: LongRuns = LongRuns()) {
        self.long = long
    }

    /// Takes a request in.
    ///
    /// - Parameter isShort: whether it goes by a call of the usual size, however many there are.
    mutating func add(_ request: WriteRequest, locks: Set<String>, isShort: Bool = false) {
        groups[Group(table: request.change.table, kind: request.kind, isShort: isShort), default: []].append(
            Entry(request: request, locks: locks))
        count += 1
        bytes += request.size
    }

    /// Takes a call out, of the group with the oldest request.
    ///
    /// - Parameters:
    ///   - size: the most requests of a call.
    ///   - onlyFull: whether to take none that is smaller.
    ///   - mayBeLong: whether a bulk job may begin now.
    mutating func next(size: Int, onlyFull: Bool, mayBeLong: Bool = true) -> Call? {
        let oldest = groups.sorted { $0.value[0].request.change.id < $1.value[0].request.change.id }
        for (group, entries) in oldest {
            let isLong = long.takes(group, entries.count, bytes: bytes, onlyFull: onlyFull)
            guard isLong ? mayBeLong : !onlyFull || entries.count >= size && !long.gathers(group) else { continue }
            guard let taken = take(isLong ? long.size : size, of: group, onlyFull: onlyFull && !isLong) else { continue }
            let locks = taken.reduce(into: Set<String>()) { $0.formUnion($1.locks) }
            for lock in locks { locked[lock, default: 0] += 1 }
            return Call(table: group.table, requests: taken.map(\.request), locks: locks, isLong: isLong)
        }
        return nil
    }

    private mutating func take(_ size: Int, of group: Group, onlyFull: Bool) -> [Entry]? {
        guard let entries = groups[group] else { return nil }
        var (taken, left): ([Entry], [Entry]) = ([], [])
        for (index, entry) in entries.enumerated() {
            guard taken.count < size else {
                left += entries[index...]
                break
            }
            if entry.locks.contains(where: { locked[$0] != nil }) { left.append(entry) } else { taken.append(entry) }
        }
        guard !taken.isEmpty, !onlyFull || taken.count == size else { return nil }
        groups[group] = left.isEmpty ? nil : left
        count -= taken.count
        bytes -= taken.reduce(0) { $0 + $1.request.size }
        return taken
    }

    /// Notes that a call was answered.
    mutating func release(_ call: Call) {
        for lock in call.locks {
            locked[lock] = locked[lock].flatMap { $0 > 1 ? $0 - 1 : nil }
        }
    }

    /// Takes out everything, or everything of one table.
    mutating func drain(table: String? = nil) -> [Change] {
        var drained: [Change] = []
        for (group, entries) in groups where table == nil || group.table == table {
            drained += entries.map(\.request.change)
            bytes -= entries.reduce(0) { $0 + $1.request.size }
            groups[group] = nil
        }
        count -= drained.count
        return drained
    }
}
