/// Applies writes to the org's state, one record at a time, under all the data rules.
///
/// Deleting a record leaves the references to it as they are: a deleted Account keeps its Contacts, whose AccountId still names it.
struct RecordWriter {
    let schema: OrgSchema
    /// Row of the acting user.
    let user: Int
    let now: Int64

    /// - Parameter named: The object as the request found it; the schema may have changed since.
    func insert(_ named: ObjectSchema, _ members: [JSON.Member], state: inout OrgState) -> SaveResult {
        guard let object = schema.current(named) else { return .failed(.unknownObject(named)) }
        if members.contains(where: { $0.key.lowercased() == "id" && $0.value != .null }) {
            return .failed(
                RecordError(code: "INVALID_FIELD_FOR_INSERT_UPDATE", message: "cannot specify Id in an insert call", fields: ["Id"]))
        }
        do {
            var cells = try cells(object, members, isInsert: true, state: state)
            try addDefaults(object, &cells, state: state)
            try check(object, cells, row: nil, state: state)
            try checkPushTopic(object, cells)
            number(object, &cells, state: &state)
            let row = state.tables[object.index].insert(cells, user: user, now: now)
            return SaveResult(id: RecordID(object: object.index, row: row))
        } catch {
            return .failed(error)
        }
    }

    func update(_ id: RecordID, _ members: [JSON.Member], state: inout OrgState) -> SaveResult {
        // Never through a copy of the table: the write would then copy its indexes.
        guard state.tables[id.object].exists(id.row) else {
            return .failed(RecordError(code: "INVALID_CROSS_REFERENCE_KEY", message: "invalid cross reference id"), id: id)
        }
        guard !state.tables[id.object].isDeleted(id.row) else {
            return .failed(RecordError(code: "ENTITY_IS_DELETED", message: "entity is deleted"), id: id)
        }
        guard let object = schema.current(schema.objects[id.object]) else {
            return .failed(.unknownObject(schema.objects[id.object]), id: id)
        }
        do {
            let cells = try cells(object, members.filter { $0.key.lowercased() != "id" }, isInsert: false, state: state)
            try check(object, cells, row: id.row, state: state)
            try checkPushTopic(object, cells)
            state.tables[id.object].update(id.row, cells, user: user, now: now)
            return SaveResult(id: id)
        } catch {
            return .failed(error, id: id)
        }
    }

    func delete(_ id: RecordID, state: inout OrgState) -> SaveResult {
        guard state.tables[id.object].exists(id.row) else {
            return .failed(RecordError(code: "INVALID_CROSS_REFERENCE_KEY", message: "invalid cross reference id"))
        }
        guard !state.tables[id.object].isDeleted(id.row) else {
            return .failed(RecordError(code: "ENTITY_IS_DELETED", message: "entity is deleted"), id: id)
        }
        state.tables[id.object].delete(id.row, user: user, now: now)
        return SaveResult(id: id)
    }

    /// Finds the record by the key field's value, and updates or inserts.
    func upsert(
        _ named: ObjectSchema, key: FieldSchema, value: JSON, _ members: [JSON.Member], state: inout OrgState
    ) -> SaveResult {
        guard let object = schema.current(named) else { return .failed(.unknownObject(named)) }
        guard let field = object.field(key.name) else { return .failed(.unknownField(key.name, of: object)) }
        let rest = members.filter { $0.key.lowercased() != field.name.lowercased() }
        if field.type == .id {
            guard let text = value.string, !text.isEmpty else { return marked(insert(object, rest, state: &state), created: true) }
            guard let id = schema.recordID(text), id.object == object.index else {
                return .failed(
                    RecordError(code: "MALFORMED_ID", message: "\(object.label) ID: id value of incorrect type: \(text)", fields: ["Id"]))
            }
            return marked(update(id, rest, state: &state), created: false)
        }
        let known: Value
        do {
            known = try ValueReader(schema: schema, object: object).read(value, field, in: state.tables)
        } catch {
            return .failed(error)
        }
        guard !known.isNull else {
            return .failed(RecordError(code: "MISSING_ARGUMENT", message: "\(field.name) not specified", fields: []))
        }
        if let row = state.tables[object.index].row(where: field, equals: known) {
            return marked(update(RecordID(object: object.index, row: row), rest, state: &state), created: false)
        }
        return marked(insert(object, rest + [JSON.Member(key: field.name, value: value)], state: &state), created: true)
    }

    /// A push topic is refused when its query cannot be run.
    private func checkPushTopic(_ object: ObjectSchema, _ cells: [RowState.Cell]) throws(RecordError) {
        guard object.name == "PushTopic", let field = object.field("Query"), let cell = cells.first(where: { $0.field == field.index }),
            case .text(let query) = cell.value
        else { return }
        do {
            _ = try PushTopic.plan(query, schema: schema, now: now)
        } catch {
            throw RecordError(code: "INVALID_FIELD", message: error.message, fields: ["Query"])
        }
    }

    private func marked(_ result: SaveResult, created: Bool) -> SaveResult {
        var result = result
        if result.isSuccess { result.created = created }
        return result
    }

    private func cells(
        _ object: ObjectSchema, _ members: [JSON.Member], isInsert: Bool, state: borrowing OrgState
    ) throws(RecordError) -> [RowState.Cell] {
        let reader = ValueReader(schema: schema, object: object)
        var cells: [RowState.Cell] = []
        for member in members where member.key.lowercased() != "attributes" && member.key.lowercased() != "id" {
            let field: FieldSchema
            let value: Value
            if let reference = object.relationship(member.key) {
                field = reference
                value = try parent(member, reference, reader, state: state)
            } else if let known = object.field(member.key) {
                field = known
                value = try reader.read(member.value, known, in: state.tables)
            } else {
                throw .unknownField(member.key, of: object)
            }
            guard isInsert ? field.isCreateable : field.isUpdateable else {
                throw RecordError(
                    code: "INVALID_FIELD_FOR_INSERT_UPDATE",
                    message: "Unable to create/update fields: \(field.name). Please check the security settings of this field and verify "
                        + "that it is read/write for your profile or permission set.", fields: [field.name])
            }
            let cell = RowState.Cell(field: field.index, value: value)
            if let index = cells.firstIndex(where: { $0.field == field.index }) { cells[index] = cell } else { cells.append(cell) }
        }
        return cells
    }

    /// `"Account__r": {"External_Id__c": "A-1"}`
    private func parent(
        _ member: JSON.Member, _ reference: FieldSchema, _ reader: ValueReader, state: borrowing OrgState
    ) throws(RecordError) -> Value {
        guard member.value != .null else { return .null }
        let keys = (member.value.members ?? []).filter { $0.key.lowercased() != "attributes" }
        let target = schema.objects[reference.targets[0]]
        guard let key = keys.first, keys.count == 1 else {
            throw RecordError(
                code: "INVALID_FIELD", message: "The relationship \(member.key) needs exactly one external id field of \(target.name)",
                fields: [member.key])
        }
        if key.key.lowercased() == "id" { return try reader.read(key.value, reference, in: state.tables) }
        guard let field = target.field(key.key), field.isLookupKey else {
            throw RecordError(
                code: "INVALID_FIELD", message: "Field name provided, \(key.key) is not an External ID or indexed field for \(target.name)",
                fields: [key.key])
        }
        let value = try ValueReader(schema: schema, object: target).read(key.value, field, in: state.tables)
        guard let row = state.tables[target.index].row(where: field, equals: value) else {
            throw RecordError(
                code: "INVALID_FIELD",
                message: "Foreign key external ID: \(key.value.string ?? "") not found for field \(field.name) in entity \(target.name)",
                fields: [])
        }
        return .ref(RecordID(object: target.index, row: row))
    }

    private func addDefaults(_ object: ObjectSchema, _ cells: inout [RowState.Cell], state: borrowing OrgState) throws(RecordError) {
        let reader = ValueReader(schema: schema, object: object)
        for field in object.fields where field.isWritable && !cells.contains(where: { $0.field == field.index }) {
            if let text = field.document.defaultValue {
                cells.append(RowState.Cell(field: field.index, value: try reader.read(.string(text), field, in: state.tables)))
            } else if field.type == .boolean {
                cells.append(RowState.Cell(field: field.index, value: .bool(false)))
            } else if field.name == "OwnerId", let users = field.targets.first {
                cells.append(RowState.Cell(field: field.index, value: .ref(RecordID(object: users, row: user))))
            }
        }
    }

    private func number(_ object: ObjectSchema, _ cells: inout [RowState.Cell], state: inout OrgState) {
        for field in object.fields {
            guard case .autoNumber(let prefix) = field.role else { continue }
            state.autoNumbers[object.index] += 1
            var writer = ByteWriter(capacity: 64)
            writer.append(string: prefix)
            writer.append(state.autoNumbers[object.index], width: 8)
            cells.append(RowState.Cell(field: field.index, value: .text(writer.string)))
        }
    }

    /// Required fields, unique values and validation rules, in the order Salesforce has them.
    private func check(_ object: ObjectSchema, _ cells: [RowState.Cell], row: Int?, state: borrowing OrgState) throws(RecordError) {
        let missing = object.fields.filter { field in
            guard field.isWritable, !field.isNillable else { return false }
            if let cell = cells.first(where: { $0.field == field.index }) { return cell.value.isNull }
            return row == nil && field.isRequired
        }
        if !missing.isEmpty {
            let names = missing.map(\.name)
            throw RecordError(
                code: "REQUIRED_FIELD_MISSING", message: "Required fields are missing: [\(names.joined(separator: ", "))]", fields: names)
        }
        for field in object.uniqueFields {
            guard let cell = cells.first(where: { $0.field == field.index }), !cell.value.isNull else { continue }
            guard let holder = state.tables[object.index].row(where: field, equals: cell.value), holder != row else { continue }
            let id = schema.text(of: RecordID(object: object.index, row: holder)).prefix(15)
            throw RecordError(
                code: "DUPLICATE_VALUE", message: "duplicate value found: \(field.name) duplicates value on record with id: \(id)",
                fields: [field.name])
        }
        for rule in object.document.validationRules ?? [] {
            guard let field = object.field(rule.field), let cell = cells.first(where: { $0.field == field.index }),
                case .text(let text) = cell.value
            else { continue }
            let rejects = rule.rejectIfEquals == text || rule.rejectIfContains.map { text.contains($0) } ?? false
            if rejects { throw RecordError(code: "FIELD_CUSTOM_VALIDATION_EXCEPTION", message: rule.message, fields: [field.name]) }
        }
    }
}

extension RecordError {
    static func unknownObject(_ object: ObjectSchema) -> RecordError {
        RecordError(code: "INVALID_TYPE", message: "sObject type '\(object.name)' is not supported.", fields: [])
    }

    static func unknownField(_ name: String, of object: ObjectSchema) -> RecordError {
        RecordError(code: "INVALID_FIELD", message: "No such column '\(name)' on sobject of type \(object.name)", fields: [])
    }
}
