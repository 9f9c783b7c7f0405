import LoggedChanges

// Parents that cannot be there before the changes that name them: Salesforce looks for parents first.

extension Change {
    /// Columns by which the change names its own record as the parent, by a value that the record gets only with it.
    func ownParents(by keys: [WriteShape.ParentKey]) -> Set<String> {
        let own = keys.filter { key in key.parentTables.contains(table) && names(key).map { $0 == gives(key) } ?? false }
        return Set(own.map(\.column))
    }

    /// The parent that the change names by a column, in lower case.
    fileprivate func names(_ key: WriteShape.ParentKey) -> String? {
        (values[key.column] ?? nil).flatMap { $0.isEmpty ? nil : $0.lowercased() }
    }

    /// The value by which others name the change's record, in lower case.
    fileprivate func gives(_ key: WriteShape.ParentKey) -> String? { (values[key.parentColumn] ?? nil)?.lowercased() }
}

extension [Change] {
    /// Inserts of one table, none of which names a parent that waits for it: the oldest of each circle is left without.
    func withoutCircles(by keys: [WriteShape.ParentKey]) -> [Change] {
        let own = keys.filter { key in contains { key.parentTables.contains($0.table) } }
        guard !own.isEmpty else { return self }
        var graph = ParentGraph(keys: own, changes: self)
        for id in map(\.id).sorted() { graph.openCircles(at: id) }
        return compactMap { graph.changes[$0.id] }
    }
}

/// Which of some changes name which as parents.
private struct ParentGraph {
    let keys: [WriteShape.ParentKey]
    private(set) var changes: [Int64: Change]
    /// Changes by the values that they give, for each of the keys.
    private let givers: [[String: [Int64]]]

    init(keys: [WriteShape.ParentKey], changes: [Change]) {
        self.keys = keys
        self.changes = Dictionary(changes.map { ($0.id, $0) }) { one, _ in one }
        givers = keys.map { key in
            changes.reduce(into: [:]) { givers, change in
                if let value = change.gives(key) { givers[value, default: []].append(change.id) }
            }
        }
    }

    /// Leaves out what leads from a change back to it.
    mutating func openCircles(at id: Int64) {
        guard let change = changes[id] else { return }
        let columns = keys.indices.filter { place in parents(of: change, by: place).contains { leads($0, to: id) } }.map { keys[$0].column }
        changes[id] = change.leaving(out: Set(columns))
    }

    private func parents(of change: Change, by place: Int) -> [Int64] {
        change.names(keys[place]).flatMap { givers[place][$0] } ?? []
    }

    private func leads(_ start: Int64, to id: Int64) -> Bool {
        var (open, seen): ([Int64], Set<Int64>) = ([start], [])
        while let next = open.popLast() {
            if next == id { return true }
            guard seen.insert(next).inserted, let change = changes[next] else { continue }
            for place in keys.indices { open += parents(of: change, by: place) }
        }
        return false
    }
}
