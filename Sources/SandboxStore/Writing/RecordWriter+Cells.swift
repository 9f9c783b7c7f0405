package import SandboxBytes
package import SandboxData
import SandboxQuery

/// A value that its field cannot hold.
package struct FieldProblem {
    package let field: Int
    package let error: RecordError
}

/// What a request says of a record, read field by field.
extension RecordWriter {
    /// The values, and what is wrong with some of them; a name that means nothing ends it at once.
    package func cells(
        _ object: ObjectSchema, _ members: [JSON.Member], isInsert: Bool, state: borrowing OrgState
    ) throws(RecordError) -> (cells: [RowState.Cell], problems: [FieldProblem]) {
        let reader = ValueReader(schema: schema, object: object, isTextual: isTextual)
        var cells: [RowState.Cell] = []
        var problems: [FieldProblem] = []
        var unwritable: [String] = []
        cells.reserveCapacity(members.count)
        for member in members where !Self.isBesideTheFields(member.key) {
            let reference = object.relationship(member.key)
            guard let field = reference ?? object.field(member.key) else {
                guard let hidden = object.hiddenField(member.key) else { throw .unknownField(member.key, of: object) }
                unwritable.append(hidden.name)
                continue
            }
            guard isInsert ? field.isCreateable : field.isUpdateable else {
                unwritable.append(field.name)
                continue
            }
            do throws(RecordError) {
                let value =
                    try reference != nil ? parent(member, field, reader, state: state) : reader.read(member.value, field, in: state.tables)
                let cell = RowState.Cell(field: field.index, value: value)
                if let index = cells.firstIndex(where: { $0.field == field.index }) { cells[index] = cell } else { cells.append(cell) }
            } catch {
                problems.append(FieldProblem(field: field.index, error: error))
            }
        }
        guard unwritable.isEmpty else { throw .unwritable(unwritable) }
        return (cells, problems)
    }

    private static func isBesideTheFields(_ key: String) -> Bool {
        switch key.utf8.count {
        case 2: key.lowercased() == "id"
        case 10: key.lowercased() == "attributes"
        default: false
        }
    }

    /// Of a polymorphic reference, the object that the request names or that has such a key.
    private func target(of reference: FieldSchema, type: String?, key: String) -> ObjectSchema {
        let targets = reference.targets.map { schema.objects[$0] }
        if let named = targets.first(where: { $0.name.lowercased() == type }) { return named }
        return targets.first { $0.field(key)?.isLookupKey ?? false } ?? targets[0]
    }

    /// `"Account__r": {"External_Id__c": "A-1"}`
    private func parent(
        _ member: JSON.Member, _ reference: FieldSchema, _ reader: ValueReader, state: borrowing OrgState
    ) throws(RecordError) -> Value {
        guard member.value != .null else { return .null }
        let keys = (member.value.members ?? []).filter { $0.key.lowercased() != "attributes" }
        let type = member.value["attributes"]?["type"]?.string?.lowercased()
        let target = target(of: reference, type: type, key: keys.first?.key ?? "")
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
        let value = try ValueReader(schema: schema, object: target, isTextual: true).read(key.value, field, in: state.tables)
        guard let row = state.tables[target.index].row(where: field, equals: value) else {
            throw RecordError(
                code: "INVALID_FIELD",
                message: "Foreign key external ID: \(key.value.string ?? "") not found for field \(field.name) in entity \(target.name)",
                fields: [])
        }
        return .ref(RecordID(object: target.index, row: row))
    }
}

extension RecordError {
    static func unwritable(_ names: [String]) -> RecordError {
        RecordError(
            code: "INVALID_FIELD_FOR_INSERT_UPDATE",
            message:
                "Unable to create/update fields: \(names.joined(separator: ", ")). Please check the security settings of this field and verify "
                + "that it is read/write for your profile or permission set.", fields: names)
    }
}
