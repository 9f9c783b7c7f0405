package import SandboxData

/// The rules that a record has to obey, in the order Salesforce has them.
extension RecordWriter {
    /// Required fields and what was wrong with values, then triggers, validation rules, duplicate rules and unique values.
    package func check(
        _ object: ObjectSchema, _ cells: [RowState.Cell], row: Int?, problems: [FieldProblem], state: inout OrgState
    ) throws(RecordError) {
        if let error = RecordError(missing(object, cells, row: row, problems: problems) + problems.map(\.error)) { throw error }
        let rules = object.rules
        if !rules.triggers.isEmpty || !rules.validations.isEmpty { try checkRules(object, cells, row: row, state: state) }
        if !rules.duplicates.isEmpty { try checkDuplicates(object, cells, row: row, state: &state) }
        for field in object.uniqueFields {
            guard let cell = cells.first(where: { $0.field == field.index }), !cell.value.isNull else { continue }
            guard let holder = state.tables[object.index].row(where: field, equals: cell.value), holder != row else { continue }
            throw .duplicateValue(field, holder: schema.text(of: RecordID(object: object.index, row: holder)))
        }
    }

    private func missing(_ object: ObjectSchema, _ cells: [RowState.Cell], row: Int?, problems: [FieldProblem]) -> [RecordError] {
        let missing = object.mandatoryFields.filter { field in
            if let cell = cells.first(where: { $0.field == field.index }) { return cell.value.isNull }
            return row == nil && field.isRequired && !problems.contains { $0.field == field.index }
        }
        guard !missing.isEmpty else { return [] }
        let names = missing.map(\.name)
        return [
            RecordError(
                code: "REQUIRED_FIELD_MISSING", message: "Required fields are missing: [\(names.joined(separator: ", "))]", fields: names)
        ]
    }

    private func checkRules(_ object: ObjectSchema, _ cells: [RowState.Cell], row: Int?, state: borrowing OrgState) throws(RecordError) {
        let context = WriteContext(snapshot: state.snapshot, object: object, row: row, cells: cells, now: now)
        let evaluator = FormulaEvaluator(context: context)
        for trigger in object.rules.triggers(on: row == nil ? .insert : .update) where evaluator.isTrue(trigger.condition) {
            throw .exception(in: trigger.document, event: row == nil ? "BeforeInsert" : "BeforeUpdate")
        }
        let broken = object.rules.validations.filter { rule in
            switch rule.condition {
            case .formula(let condition): return evaluator.isTrue(condition)
            case .equals(let text): return written(rule, cells) == text
            case .contains(let text): return written(rule, cells)?.contains(text) ?? false
            }
        }
        let errors = broken.map {
            RecordError(code: "FIELD_CUSTOM_VALIDATION_EXCEPTION", message: $0.message, fields: $0.field.map { [$0.name] } ?? [])
        }
        if let error = RecordError(errors) { throw error }
    }

    private func written(_ rule: ObjectRules.Validation, _ cells: [RowState.Cell]) -> String? {
        guard let cell = cells.first(where: { $0.field == rule.field?.index }), case .text(let text) = cell.value else { return nil }
        return text
    }

    /// Locks and the states that no client may change a record in.
    func checkChangeable(_ id: RecordID, state: borrowing OrgState) throws(RecordError) {
        if state.locked.contains(id) { throw RecordError(code: "ENTITY_IS_LOCKED", message: "the entity is locked for editing") }
        let rows = state.tables[id.object].rows
        if rows.object.name == "Lead", let field = rows.object.field("IsConverted"), rows.value(id.row, field) == .bool(true) {
            throw RecordError(code: "CANNOT_UPDATE_CONVERTED_LEAD", message: "cannot reference converted lead")
        }
    }

    /// Fields that follow others of the record, as a line's total follows its quantity and price.
    package func follow(_ object: ObjectSchema, _ cells: inout [RowState.Cell], row: Int?, state: borrowing OrgState) {
        guard !object.rules.followings.isEmpty else { return }
        for following in object.rules.followings where !cells.contains(where: { $0.field == following.field }) {
            guard cells.contains(where: { following.sources.contains($0.field) }) else { continue }
            let context = WriteContext(snapshot: state.snapshot, object: object, row: row, cells: cells, now: now)
            let value = object.fields[following.field].fitted(FormulaEvaluator(context: context).evaluate(following.expression))
            if !value.isNull { cells.append(RowState.Cell(field: following.field, value: value)) }
        }
    }

    /// A sum over records below cannot be written while there are any; Salesforce leaves it as it is without a word. Generated ones do not count:
    /// nobody asked for them.
    func leaveSums(of id: RecordID, in cells: inout [RowState.Cell], state: inout OrgState) {
        cells.removeAll { cell in
            guard let rollUp = schema.objects[id.object].fields[cell.field].sumOfDetails else { return false }
            let child = schema.objects[rollUp.child]
            let generated = state.tables[rollUp.child].rows.generatedCount
            return state.tables[rollUp.child].rows(where: child.fields[rollUp.reference], names: id).contains { $0 >= generated }
        }
    }
}

extension RecordError {
    static func duplicateValue(_ field: FieldSchema, holder: String) -> RecordError {
        RecordError(
            code: "DUPLICATE_VALUE",
            message: "duplicate value found: \(field.name) duplicates value on record with id: \(holder.prefix(15))", fields: [field.name])
    }

    /// As a client sees an exception that a trigger did not catch.
    static func exception(in trigger: TriggerDocument, event: String) -> RecordError {
        RecordError(
            code: "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
            message: "\(trigger.name): execution of \(event)\n\ncaused by: System.DmlException: \(trigger.message)\n\n"
                + "Trigger.\(trigger.name): line 1, column 1")
    }
}
