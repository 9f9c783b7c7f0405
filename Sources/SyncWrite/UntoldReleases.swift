import LoggedChanges

/// Values that changes give up and do not tell of: an earlier change of the record took them, and the row was read anew in between, so that what it had
/// by then, which the change tells, was another value. A value without I/O.
struct UntoldReleases: Sendable {
    private struct Place: Hashable {
        let record: WriteKeys.RecordKey
        let column: String
    }

    /// The value that a record's latest change of a column took.
    private var lastTaken: [Place: (change: Int64, value: String)] = [:]
    private var untold: [Int64: [WriteKeys.ValueKey]] = [:]

    /// What a change gives up without telling.
    func values(of change: Change) -> [WriteKeys.ValueKey] { untold[change.id] ?? [] }

    /// Takes a change in, after all that came before.
    ///
    /// - Parameter columns: those whose values are followed.
    mutating func add(_ change: Change, columns: Set<String>) {
        for place in places(change, columns) {
            let new = change.action == .delete ? nil : change.says(place.column) ?? nil
            if change.action != .insert, let last = lastTaken[place] {
                let key = WriteKeys.ValueKey(change.table, place.column, last.value)
                let isTold = change.oldKeys[place.column]?.lowercased() == key.value || new?.lowercased() == key.value
                if !isTold, !values(of: change).contains(key) { untold[change.id, default: []].append(key) }
            }
            lastTaken[place] = new.flatMap { $0.isEmpty ? nil : (change.id, $0) }
        }
    }

    /// Forgets a change that is settled.
    mutating func remove(_ change: Change, columns: Set<String>) {
        untold[change.id] = nil
        for place in places(change, columns) where lastTaken[place]?.change == change.id { lastTaken[place] = nil }
    }

    private func places(_ change: Change, _ columns: Set<String>) -> [Place] {
        let set = columns.filter { change.action == .delete || change.says($0) != nil }
        return WriteKeys.recordKeys(change).flatMap { record in set.map { Place(record: record, column: $0) } }
    }
}
