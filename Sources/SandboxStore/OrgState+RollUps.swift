import SandboxData

extension OrgState {
    /// Roll-ups over roll-ups end somewhere.
    private static let maximumRounds = 10

    /// Lets roll-ups that are new have values for the records that are there.
    mutating func prepareRollUps() {
        for target in schema.summedUp.flatMap({ schema.rollUps[$0] }) where target.field.isRollUp {
            guard tables[target.object].rows.rollUps[target.field.index] == nil else { continue }
            tables[target.object].rows.rollUps[target.field.index] = GeneratedRollUp(
                target.rollUp, parent: target.object, parentCount: tables[target.object].rows.count,
                children: tables[target.rollUp.child].rows)
        }
    }

    /// Brings every roll-up up to date with what the transaction did to the records below it.
    ///
    /// A real org does the same once for each batch of 200 records. The record above gets a new SystemModstamp, and keeps its LastModifiedDate.
    package mutating func rollUp() {
        guard !schema.summedUp.isEmpty else { return }
        var seen: [Int: Int] = [:]
        for _ in 0..<Self.maximumRounds {
            var stale: [RecordID: Set<Int>] = [:]
            var last: RowChange?
            for object in schema.summedUp {
                let changes = tables[object].uncommitted
                for change in changes[min(seen[object] ?? 0, changes.count)...] {
                    note(change, in: &stale)
                    last = change
                }
                seen[object] = changes.count
            }
            guard let last, !stale.isEmpty else { return }
            for (id, fields) in stale.sorted(by: { ($0.key.object, $0.key.row) < ($1.key.object, $1.key.row) }) {
                recompute(id, fields.sorted(), user: last.user, now: last.new.modstamp)
            }
        }
    }

    /// The records above that a change concerns, with the fields that have to be summed up again.
    private func note(_ change: RowChange, in stale: inout [RecordID: Set<Int>]) {
        for target in schema.rollUps[change.object.index] {
            if change.kind == .update,
                !target.rollUp.watched.contains(where: { change.value($0, before: true) != change.value($0, before: false) })
            {
                continue
            }
            for isBefore in [true, false] {
                guard case .ref(let parent) = change.value(target.rollUp.reference, before: isBefore), parent.object == target.object else {
                    continue
                }
                stale[parent, default: []].insert(target.field.index)
            }
        }
    }

    private mutating func recompute(_ id: RecordID, _ fields: [Int], user: Int, now: Int64) {
        guard tables[id.object].isLive(id.row) else { return }
        var cells: [RowState.Cell] = []
        for index in fields {
            let field = tables[id.object].object.fields[index]
            guard let rollUp = rollUp(of: field) else { continue }
            let child = tables[rollUp.child].object
            let rows = tables[rollUp.child].rows(where: child.fields[rollUp.reference], names: id)
            // Without records below, such a field belongs to the clients again.
            if rows.isEmpty, field.sumOfDetails != nil { continue }
            var sum: RollUpSum?
            for row in rows { rollUp.add(row, of: tables[rollUp.child].rows, to: &sum) }
            let value = rollUp.value(sum?.result(rollUp.function), of: child)
            if tables[id.object].rows.value(id.row, field) != value { cells.append(RowState.Cell(field: index, value: value)) }
        }
        guard !cells.isEmpty else { return }
        tables[id.object].bump(id.row, cells, user: user, now: now)
    }

    private func rollUp(of field: FieldSchema) -> RollUp? {
        if case .rollUp(let rollUp) = field.role { rollUp } else { field.sumOfDetails }
    }
}
