import MappedSchema

/// Requests that are prepared and not sent yet, packed into calls. A value without I/O.
///
/// Salesforce locks the parents of what a call writes: rows of one parent never go into two calls at the same time.
struct WriteOutbox: Sendable {
    /// One call's requests: of one table, all inserts, all upserts, all updates or all deletes.
    struct Call: Sendable, Equatable {
        let table: String
        let requests: [WriteRequest]
        let locks: Set<String>
    }

    private struct Entry: Sendable {
        let request: WriteRequest
        let locks: Set<String>
    }

    private struct Group: Hashable {
        let table: String
        let kind: WriteRequest.Kind
    }

    private var groups: [Group: [Entry]] = [:]
    private var locked: [String: Int] = [:]

    /// Requests that wait.
    private(set) var count = 0

    mutating func add(_ request: WriteRequest, locks: Set<String>) {
        groups[Group(table: request.change.table, kind: request.kind), default: []].append(Entry(request: request, locks: locks))
        count += 1
    }

    /// Takes a call out, of the group with the oldest request.
    ///
    /// - Parameters:
    ///   - size: the most requests of a call.
    ///   - onlyFull: whether to take none that is smaller.
    mutating func next(size: Int, onlyFull: Bool) -> Call? {
        let candidates = groups.filter { !onlyFull || $0.value.count >= size }.sorted {
            $0.value[0].request.change.id < $1.value[0].request.change.id
        }
        for (group, entries) in candidates {
            var taken: [Entry] = []
            var left: [Entry] = []
            for (index, entry) in entries.enumerated() {
                guard taken.count < size else {
                    left += entries[index...]
                    break
                }
                if entry.locks.contains(where: { locked[$0] != nil }) { left.append(entry) } else { taken.append(entry) }
            }
            guard !taken.isEmpty, !onlyFull || taken.count == size else { continue }
            groups[group] = left.isEmpty ? nil : left
            count -= taken.count
            let locks = taken.reduce(into: Set<String>()) { $0.formUnion($1.locks) }
            for lock in locks { locked[lock, default: 0] += 1 }
            return Call(table: group.table, requests: taken.map(\.request), locks: locks)
        }
        return nil
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
            groups[group] = nil
        }
        count -= drained.count
        return drained
    }
}
