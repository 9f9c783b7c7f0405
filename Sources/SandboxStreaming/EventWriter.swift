import SandboxBytes
import SandboxData
import SandboxQuery
import SandboxStore

/// Writes events as CometD messages.
struct EventWriter {
    let schema: OrgSchema

    /// One message for a run of events that say the same of several records of one transaction; see ``saysTheSame(_:_:)``.
    func write(_ run: [StreamEvent], channel: String, to json: inout JSONWriter) {
        guard let last = run.last else { return }
        json.object { json in
            json.fieldObject("data") { json in
                if case .topic(let event) = last.content {
                    write(event, last, &json)
                } else {
                    json.field("schema", last.object?.changeEventSchemaID)
                    json.fieldObject("payload") { json in payload(run, last, &json) }
                    json.fieldObject("event") { json in json.field("replayId", last.replayID) }
                }
            }
            json.field("channel", channel)
        }
    }

    private func write(_ event: TopicEvent, _ place: StreamEvent, _ json: inout JSONWriter) {
        json.fieldObject("event") { json in
            json.key("createdDate")
            json.write(event: .datetime(place.transaction.committed), prefixes: schema.prefixes)
            json.field("replayId", place.replayID)
            json.field("type", event.kind)
        }
        json.key("sobject")
        json.raw { $0.append(event.record) }
    }

    /// Whether two events can be one: the same change to records of the same object in the same transaction.
    static func saysTheSame(_ left: StreamEvent, _ right: StreamEvent) -> Bool {
        guard case .change(let a, _) = left.content, case .change(let b, _) = right.content, left.transaction === right.transaction,
            a.object === b.object, a.kind == b.kind, a.user == b.user, a.isSystem == b.isSystem, a.kind == .update || a.kind == .delete
        else { return false }
        return a.kind == .delete
            || a.fields.elementsEqual(b.fields) { $0.field === $1.field && $0.value == $1.value }
                && (a.oldModifiedBy == a.user) == (b.oldModifiedBy == b.user)
    }

    private func payload(_ run: [StreamEvent], _ last: StreamEvent, _ json: inout JSONWriter) {
        switch last.content {
        case .topic: return
        case .gap(let gap):
            header(&json, last.transaction, gap.object, gap.kind.rawValue, ids: gap.ids, user: 0, sequence: 1, changed: [])
        case .change(let change, let sequence):
            let fields = change.fields
            let ids = run.compactMap { event -> String? in
                guard case .change(let change, _) = event.content else { return nil }
                return schema.text(of: RecordID(object: change.object.index, row: change.row))
            }
            let changed = change.kind == .update ? changedFields(change, fields) : []
            header(
                &json, last.transaction, change.object, change.kind.name, ids: ids, user: change.user, sequence: sequence, changed: changed)
            values(fields, of: change.object, &json)
            system(change, &json)
        }
    }

    private func header(
        _ json: inout JSONWriter, _ transaction: ChangeTransaction, _ object: ObjectSchema, _ kind: String, ids: [String], user: Int,
        sequence: Int, changed: [String]
    ) {
        json.fieldObject("ChangeEventHeader") { json in
            json.field("commitNumber", transaction.number)
            json.field("commitUser", self.user(user))
            json.field("sequenceNumber", sequence)
            json.field("entityName", object.name)
            json.field("changeType", kind)
            json.fieldArray("changedFields") { json in
                for name in changed { json.value(name) }
            }
            json.field("changeOrigin", transaction.origin)
            json.field("transactionKey", transaction.key)
            json.field("commitTimestamp", Int(transaction.committed) * 1000)
            json.fieldArray("recordIds") { json in
                for id in ids { json.value(id) }
            }
        }
    }

    private func changedFields(_ change: RowChange, _ fields: [(field: FieldSchema, value: Value)]) -> [String] {
        var names = fields.map { item in
            change.object.compound(of: item.field).map { "\($0.name).\($0.component)" } ?? item.field.name
        }
        guard !change.isSystem else { return names }
        names.append("LastModifiedDate")
        if change.oldModifiedBy != change.user { names.append("LastModifiedById") }
        return names
    }

    /// Components of a compound field come nested, at the place of the first of them.
    private func values(_ fields: [(field: FieldSchema, value: Value)], of object: ObjectSchema, _ json: inout JSONWriter) {
        var written: Set<String> = []
        for (field, value) in fields {
            guard let compound = object.compound(of: field) else {
                json.key(field.name)
                json.write(event: value, prefixes: schema.prefixes)
                continue
            }
            guard written.insert(compound.name).inserted else { continue }
            json.fieldObject(compound.name) { json in
                for (part, value) in fields {
                    guard let inner = object.compound(of: part), inner.name == compound.name else { continue }
                    json.key(inner.component)
                    json.write(event: value, prefixes: schema.prefixes)
                }
            }
        }
    }

    private func system(_ change: RowChange, _ json: inout JSONWriter) {
        switch change.kind {
        case .delete, .purge: return
        case .create, .undelete:
            json.key("CreatedDate")
            json.write(event: .datetime(change.new.created), prefixes: schema.prefixes)
            json.field("CreatedById", user(change.new.createdBy))
            json.key("LastModifiedDate")
            json.write(event: .datetime(change.new.modified), prefixes: schema.prefixes)
            json.field("LastModifiedById", user(change.new.modifiedBy))
        case .update where change.isSystem: return
        case .update:
            json.key("LastModifiedDate")
            json.write(event: .datetime(change.new.modified), prefixes: schema.prefixes)
            if change.oldModifiedBy != change.user { json.field("LastModifiedById", user(change.user)) }
        }
    }

    private func user(_ row: Int) -> String? { schema.object("User").map { schema.text(of: RecordID(object: $0.index, row: row)) } }
}

extension RowChange.Kind {
    fileprivate var name: String {
        switch self {
        case .create: "CREATE"
        case .update: "UPDATE"
        case .delete, .purge: "DELETE"
        case .undelete: "UNDELETE"
        }
    }
}
