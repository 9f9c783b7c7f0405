import SandboxData

/// Whom a record may belong to, and of what record type it may be.
extension RecordWriter {
    /// Of values that the client gave; what stays as it was is not looked at.
    func checkLinks(_ object: ObjectSchema, _ cells: [RowState.Cell], row: Int?, state: borrowing OrgState) throws(RecordError) {
        for cell in cells {
            let field = object.fields[cell.field]
            guard field.type == .reference, case .ref(let target) = cell.value else { continue }
            let isOwner = field.name == "OwnerId"
            guard isOwner || field.name == "RecordTypeId" else { continue }
            if let row, state.tables[object.index].rows.value(row, field) == cell.value { continue }
            try isOwner ? checkOwner(target, field, object, state: state) : checkRecordType(target, field, object, state: state)
        }
    }

    private func checkOwner(
        _ owner: RecordID, _ field: FieldSchema, _ object: ObjectSchema, state: borrowing OrgState
    ) throws(RecordError) {
        let rows = state.tables[owner.object].rows
        switch rows.object.name {
        case "User":
            guard let active = rows.object.field("IsActive"), rows.value(owner.row, active) == .bool(false) else { return }
            throw RecordError(
                code: "INACTIVE_OWNER_OR_USER",
                message:
                    "operation performed with inactive user [\(schema.text(of: owner).prefix(15))] as owner of \(object.label.lowercased())"
            )
        case "Group":
            guard let type = rows.object.field("Type") else { return }
            guard rows.value(owner.row, type) == .text("Queue") else { throw .wrongType(schema.text(of: owner), field) }
            guard let links = schema.object("QueueSobject"), let queue = links.field("QueueId"), let name = links.field("SobjectType")
            else {
                return
            }
            let table = state.tables[links.index]
            let isAllowed = (0..<table.rows.count).contains { row in
                table.isLive(row) && table.rows.value(row, queue) == .ref(owner) && table.rows.value(row, name) == .text(object.name)
            }
            guard isAllowed else {
                throw RecordError(code: "INVALID_OPERATION", message: "Queue not associated with this SObject type")
            }
        default: return
        }
    }

    private func checkRecordType(
        _ type: RecordID, _ field: FieldSchema, _ object: ObjectSchema, state: borrowing OrgState
    ) throws(RecordError) {
        guard !isUsable(type, for: object, rows: state.tables[type.object].rows) else { return }
        throw RecordError(
            code: "INVALID_CROSS_REFERENCE_KEY",
            message: "\(field.label): this ID value isn't valid for the user: \(schema.text(of: type))", fields: [field.name])
    }

    /// Active, and of this object.
    private func isUsable(_ type: RecordID, for object: ObjectSchema, rows: RowStore) -> Bool {
        guard let name = rows.object.field("SobjectType") else { return true }
        let isActive = rows.object.field("IsActive").map { rows.value(type.row, $0) != .bool(false) } ?? true
        return isActive && rows.value(type.row, name) == .text(object.name)
    }

    /// The first one that the object has; most have none.
    func defaultRecordType(of object: ObjectSchema, _ field: FieldSchema, state: borrowing OrgState) -> RecordID? {
        guard let types = field.targets.first, state.tables[types].rows.count > 0 else { return nil }
        let rows = state.tables[types].rows
        for row in 0..<rows.count where rows.state(row)?.isLive ?? true {
            let id = RecordID(object: types, row: row)
            if isUsable(id, for: object, rows: rows) { return id }
        }
        return nil
    }
}
