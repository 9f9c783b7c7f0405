package import SandboxBytes
package import SandboxData
import SandboxQuery

/// Applies writes to the org's state, one record at a time, under all the data rules.
package struct RecordWriter {
    package let schema: OrgSchema
    /// Row of the acting user.
    package let user: Int
    package let now: Int64
    /// Values come as texts, as in a CSV file, and not in JSON's own types.
    let isTextual: Bool

    package init(schema: OrgSchema, user: Int, now: Int64, isTextual: Bool = false) {
        self.schema = schema
        self.user = user
        self.now = now
        self.isTextual = isTextual
    }

    /// - Parameter named: The object as the request found it; the schema may have changed since.
    package func insert(_ named: ObjectSchema, _ members: [JSON.Member], state: inout OrgState) -> SaveResult {
        guard let object = schema.current(named) else { return .failed(.unknownObject(named)) }
        if members.contains(where: { $0.key.lowercased() == "id" && $0.value != .null }) {
            return .failed(
                RecordError(code: "INVALID_FIELD_FOR_INSERT_UPDATE", message: "cannot specify Id in an insert call", fields: ["Id"]))
        }
        guard object.isCreateable else { return .failed(.refused(.insert, object)) }
        do {
            var (cells, problems) = try cells(object, members, isInsert: true, state: state)
            try checkLinks(object, cells, row: nil, state: state)
            follow(object, &cells, row: nil, state: state)
            try addDefaults(object, &cells, state: state)
            try check(object, cells, row: nil, problems: problems, state: &state)
            try checkPushTopic(object, cells)
            number(object, &cells, state: &state)
            let row = state.tables[object.index].insert(cells, user: user, now: now)
            return SaveResult(id: RecordID(object: object.index, row: row))
        } catch {
            return .failed(error)
        }
    }

    package func update(_ id: RecordID, _ members: [JSON.Member], state: inout OrgState) -> SaveResult {
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
        guard object.isUpdateable else { return .failed(.refused(.update, object), id: id) }
        do {
            try checkChangeable(id, state: state)
            var (cells, problems) = try cells(object, members, isInsert: false, state: state)
            try checkLinks(object, cells, row: id.row, state: state)
            leaveSums(of: id, in: &cells, state: &state)
            follow(object, &cells, row: id.row, state: state)
            try check(object, cells, row: id.row, problems: problems, state: &state)
            try checkPushTopic(object, cells)
            state.tables[id.object].update(id.row, cells, user: user, now: now)
            return SaveResult(id: id)
        } catch {
            return .failed(error, id: id)
        }
    }

    /// Finds the record by the key field's value, and updates or inserts.
    package func upsert(
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
            known = try ValueReader(schema: schema, object: object, isTextual: true).read(value, field, in: state.tables)
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

    func marked(_ result: SaveResult, created: Bool) -> SaveResult {
        var result = result
        if result.isSuccess { result.created = created }
        return result
    }

    private func addDefaults(_ object: ObjectSchema, _ cells: inout [RowState.Cell], state: borrowing OrgState) throws(RecordError) {
        let reader = ValueReader(schema: schema, object: object, isTextual: true)
        for field in object.defaultedFields where !cells.contains(where: { $0.field == field.index }) {
            if let text = field.document.defaultValue {
                cells.append(RowState.Cell(field: field.index, value: try reader.read(.string(text), field, in: state.tables)))
            } else if field.type == .boolean {
                cells.append(RowState.Cell(field: field.index, value: .bool(false)))
            } else if field.name == "OwnerId", let users = schema.object("User")?.index, field.targets.contains(users) {
                cells.append(RowState.Cell(field: field.index, value: .ref(RecordID(object: users, row: user))))
            } else if field.name == "RecordTypeId", let type = defaultRecordType(of: object, field, state: state) {
                cells.append(RowState.Cell(field: field.index, value: .ref(type)))
            }
        }
    }

    private func number(_ object: ObjectSchema, _ cells: inout [RowState.Cell], state: inout OrgState) {
        for field in object.numberedFields {
            guard case .autoNumber(let prefix) = field.role else { continue }
            state.autoNumbers[object.index] += 1
            var writer = ByteWriter(capacity: 64)
            writer.append(string: prefix)
            writer.append(state.autoNumbers[object.index], width: 8)
            cells.append(RowState.Cell(field: field.index, value: .text(writer.string)))
        }
    }
}

extension RecordError {
    /// The user may not do this to records of the object.
    package static let readOnly = RecordError(code: "INSUFFICIENT_ACCESS_OR_READONLY", message: "insufficient access rights on object id")

    package static func unknownObject(_ object: ObjectSchema) -> RecordError {
        RecordError(code: "INVALID_TYPE", message: "sObject type '\(object.name)' is not supported.", fields: [])
    }

    static func unknownField(_ name: String, of object: ObjectSchema) -> RecordError {
        RecordError(code: "INVALID_FIELD", message: "No such column '\(name)' on sobject of type \(object.name)", fields: [])
    }
}
