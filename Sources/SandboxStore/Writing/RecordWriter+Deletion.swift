package import SandboxData

/// Into the recycle bin, past it, and out of it again, with the records that depend on the one that is meant.
extension RecordWriter {
    /// What a delete does besides.
    private struct Plan {
        var deleted: [RecordID] = []
        var cleared: [(parent: RecordID, reference: ClearedReference)] = []
    }

    package func delete(_ id: RecordID, state: inout OrgState) -> SaveResult {
        guard state.tables[id.object].exists(id.row) else {
            return .failed(RecordError(code: "INVALID_CROSS_REFERENCE_KEY", message: "invalid cross reference id"))
        }
        guard !state.tables[id.object].isDeleted(id.row) else { return .failed(.deleted, id: id) }
        do {
            try checkDeletable(id, state: state)
            let plan = try plan(id, includesDeleted: false, state: &state)
            for record in plan.deleted { state.tables[record.object].delete(record.row, user: user, now: now) }
            clear(plan, state: &state)
            return SaveResult(id: id)
        } catch {
            return .failed(error, id: id)
        }
    }

    /// Past the recycle bin.
    package func hardDelete(_ id: RecordID, state: inout OrgState) -> SaveResult {
        guard state.tables[id.object].exists(id.row) else { return .failed(.deleted, id: id) }
        do {
            if !state.tables[id.object].isDeleted(id.row) { try checkDeletable(id, state: state) }
            let plan = try plan(id, includesDeleted: true, state: &state)
            for record in plan.deleted { state.tables[record.object].purge(record.row, user: user, now: now) }
            clear(plan, state: &state)
            state.cleared[id] = nil
            return SaveResult(id: id)
        } catch {
            return .failed(error, id: id)
        }
    }

    private func checkDeletable(_ id: RecordID, state: borrowing OrgState) throws(RecordError) {
        guard let object = schema.current(schema.objects[id.object]) else { throw .unknownObject(schema.objects[id.object]) }
        guard object.isDeletable else { throw .refused(.delete, object) }
        if state.locked.contains(id) { throw RecordError(code: "ENTITY_IS_LOCKED", message: "the entity is locked for editing") }
        let triggers = object.rules.triggers(on: .delete)
        guard !triggers.isEmpty else { return }
        let context = WriteContext(snapshot: state.snapshot, object: object, row: id.row, cells: [], now: now)
        for trigger in triggers where FormulaEvaluator(context: context).isTrue(trigger.condition) {
            throw .exception(in: trigger.document, event: "BeforeDelete")
        }
    }

    private func plan(_ id: RecordID, includesDeleted: Bool, state: inout OrgState) throws(RecordError) -> Plan {
        var plan = Plan()
        guard !schema.dependents[id.object].isEmpty else {
            plan.deleted = [id]
            return plan
        }
        var seen: Set<RecordID> = []
        try extend(&plan, id, includesDeleted: includesDeleted, &seen, state: &state)
        return plan
    }

    private func extend(
        _ plan: inout Plan, _ id: RecordID, includesDeleted: Bool, _ seen: inout Set<RecordID>, state: inout OrgState
    ) throws(RecordError) {
        guard seen.insert(id).inserted else { return }
        plan.deleted.append(id)
        for dependent in schema.dependents[id.object] {
            let object = dependent.object.index
            let rows = state.tables[object].rows(where: dependent.field, names: id)
            switch dependent.field.parentDeletion {
            case .keep: break
            case .restrict:
                let others = rows.filter { !seen.contains(RecordID(object: object, row: $0)) }
                if !others.isEmpty { throw refusal(id, because: others, of: dependent.object, state: state) }
            case .clear:
                for row in rows {
                    plan.cleared.append((id, ClearedReference(object: object, row: row, field: dependent.field.index)))
                }
            case .cascade:
                let binned = includesDeleted ? state.tables[object].rows(where: dependent.field, names: id, deleted: true) : []
                for row in rows + binned {
                    try extend(
                        &plan, RecordID(object: object, row: row), includesDeleted: includesDeleted, &seen, state: &state)
                }
            }
        }
    }

    private func refusal(
        _ id: RecordID, because rows: [Int], of object: ObjectSchema, state: borrowing OrgState
    ) -> RecordError {
        let names = rows.prefix(25).map { name(RecordID(object: object.index, row: $0), state: state) }.joined(separator: ", ")
        return RecordError(
            code: "DELETE_FAILED",
            message: "Your attempt to delete \(name(id, state: state)) could not be completed because it is associated with the following "
                + "\(object.labelPlural.lowercased()).: \(names)\n")
    }

    private func name(_ id: RecordID, state: borrowing OrgState) -> String {
        let rows = state.tables[id.object].rows
        guard let field = rows.object.fields.first(where: { $0.document.nameField ?? false }),
            case .text(let text) = rows.value(id.row, field)
        else { return schema.text(of: id) }
        return text
    }

    /// The org does it: stamps move, and nobody has modified the record.
    private func clear(_ plan: Plan, state: inout OrgState) {
        for (parent, reference) in plan.cleared where state.tables[reference.object].isLive(reference.row) {
            state.tables[reference.object].bump(
                reference.row, [RowState.Cell(field: reference.field, value: .null)], user: user, now: now)
            state.cleared[parent, default: []].append(reference)
        }
    }

    package func undelete(_ id: RecordID, state: inout OrgState) -> SaveResult {
        guard state.tables[id.object].exists(id.row), state.tables[id.object].isDeleted(id.row) else {
            return .failed(RecordError(code: "UNDELETE_FAILED", message: "Entity is not in the recycle bin"), id: id)
        }
        do {
            try restore(id, state: &state)
            return SaveResult(id: id)
        } catch {
            return .failed(error, id: id)
        }
    }

    /// With the details that went with it, and the references that its delete cleared.
    private func restore(_ id: RecordID, state: inout OrgState) throws(RecordError) {
        let object = schema.objects[id.object]
        try checkRestorable(id, object, state: state)
        let stamp = state.tables[id.object].rows.modstamp(id.row, state.tables[id.object].rows.state(id.row))
        var cells: [RowState.Cell] = []
        if let master = object.fields.first(where: { $0.name == "MasterRecordId" }) {
            cells = [RowState.Cell(field: master.index, value: .null)]
        }
        state.tables[id.object].undelete(id.row, cells, user: user, now: now)
        for dependent in schema.dependents[id.object] where dependent.field.parentDeletion == .cascade {
            let table = dependent.object.index
            for row in state.tables[table].rows(where: dependent.field, names: id, deleted: true) {
                guard state.tables[table].rows.modstamp(row, state.tables[table].rows.state(row)) == stamp else { continue }
                try restore(RecordID(object: table, row: row), state: &state)
            }
        }
        for reference in state.cleared.removeValue(forKey: id) ?? [] where state.tables[reference.object].isLive(reference.row) {
            let field = schema.objects[reference.object].fields[reference.field]
            guard state.tables[reference.object].rows.value(reference.row, field).isNull else { continue }
            let cell = RowState.Cell(field: reference.field, value: .ref(id))
            state.tables[reference.object].bump(reference.row, [cell], user: user, now: now)
        }
    }

    /// Its master must be there, and nobody may have taken its unique values.
    private func checkRestorable(_ id: RecordID, _ object: ObjectSchema, state: borrowing OrgState) throws(RecordError) {
        for field in object.fields where field.isMasterDetail {
            if case .ref(let master) = state.tables[id.object].rows.value(id.row, field), !state.tables[master.object].isLive(master.row) {
                throw .deleted
            }
        }
        for field in object.uniqueFields {
            let value = state.tables[id.object].rows.value(id.row, field)
            guard !value.isNull, let holder = state.tables[id.object].row(where: field, equals: value), holder != id.row else { continue }
            throw .duplicateValue(field, holder: schema.text(of: RecordID(object: id.object, row: holder)))
        }
    }
}

extension RecordError {
    package static let deleted = RecordError(code: "ENTITY_IS_DELETED", message: "entity is deleted")
}
