package import SandboxBytes
package import SandboxData

/// Merging records of one object into one of them.
extension RecordWriter {
    package static let mergeable = ["Account", "Contact", "Lead", "Case"]

    /// The losers go to the recycle bin with the winner's id in MasterRecordId, and what named them names the winner.
    package func merge(
        _ winner: RecordID, _ losers: [RecordID], _ members: [JSON.Member] = [], state: inout OrgState
    ) -> SaveResult {
        let object = schema.objects[winner.object]
        guard Self.mergeable.contains(object.name), losers.allSatisfy({ $0.object == winner.object && $0 != winner }) else {
            return .failed(RecordError(code: "INVALID_OPERATION", message: "invalid merge operation: \(object.name)"), id: winner)
        }
        guard ([winner] + losers).allSatisfy({ state.tables[$0.object].isLive($0.row) }) else { return .failed(.deleted, id: winner) }
        let saved = update(winner, members, state: &state)
        guard saved.isSuccess else { return saved }
        for child in schema.objects {
            for field in child.fields where field.targets.contains(winner.object) && field.name != "MasterRecordId" {
                guard field.role.isStored else { continue }
                for loser in losers { move(child, field, from: loser, to: winner, state: &state) }
            }
        }
        let master = object.fields.first { $0.name == "MasterRecordId" }
        for loser in losers {
            let cells = master.map { [RowState.Cell(field: $0.index, value: .ref(winner))] } ?? []
            state.tables[loser.object].delete(loser.row, cells, user: user, now: now)
        }
        return saved
    }

    private func move(_ child: ObjectSchema, _ field: FieldSchema, from loser: RecordID, to winner: RecordID, state: inout OrgState) {
        for row in state.tables[child.index].rows(where: field, names: loser) {
            // A record cannot be its own parent.
            let isItself = RecordID(object: child.index, row: row) == winner
            let cell = RowState.Cell(field: field.index, value: isItself ? .null : .ref(winner))
            state.tables[child.index].update(row, [cell], user: user, now: now)
        }
    }
}

extension FieldSchema.Role {
    fileprivate var isStored: Bool { if case .stored = self { true } else { false } }
}
