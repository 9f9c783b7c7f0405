package import SandboxBytes
package import SandboxData

/// An active row of the object PushTopic, ready to be held against changes.
package struct PushTopic: Sendable {
    package enum Scope: String, Sendable {
        case all, referenced, select, `where`
    }

    package let name: String
    package let plan: QueryPlan
    package let kinds: Set<String>
    package let scope: Scope
    private let filtered: Set<Int>

    /// Reads a row; nil when it is not active or its query cannot be run any more.
    package init?(_ row: Int, in store: RowStore, schema: OrgSchema, now: Int64) {
        func value(_ field: String) -> Value { store.object.field(field).map { store.value(row, $0) } ?? .null }
        guard case .text(let name) = value("Name"), case .text(let query) = value("Query"), value("IsActive") != .bool(false),
            let plan = try? Self.plan(query, schema: schema, now: now)
        else { return nil }
        self.name = name
        self.plan = plan
        kinds = Set(
            [("Create", "created"), ("Update", "updated"), ("Delete", "deleted"), ("Undelete", "undeleted")]
                .filter { value("NotifyForOperation\($0.0)") != .bool(false) }.map(\.1))
        scope =
            if case .text(let text) = value("NotifyForFields") { Scope(rawValue: text.lowercased()) ?? .referenced } else { .referenced }
        filtered = plan.condition.map(Self.fields) ?? []
    }

    /// The query of a topic: plain fields with the Id among them, of one object, with conditions on the record itself.
    package static func plan(_ query: String, schema: OrgSchema, now: Int64) throws(SOQLError) -> QueryPlan {
        let plan = try QueryPlan.make(query, schema: schema, includesDeleted: true, now: now)
        func refuse(_ reason: String) -> SOQLError { .malformed("invalid query: \(reason)") }
        guard plan.object.hasChangeEvents else { throw refuse("'\(plan.object.name)' is not supported in push topics") }
        guard !plan.isCount, plan.grouping == nil, plan.outputs.count == plan.columns.count else {
            throw refuse("aggregate and child queries are not supported")
        }
        guard plan.order.isEmpty, plan.limit == nil, plan.offset == 0 else { throw refuse("ORDER BY, LIMIT and OFFSET are not supported") }
        guard plan.columns.contains(where: { $0.parents.isEmpty && $0.field.type == .id }) else {
            throw refuse("the Id field must be in the field list")
        }
        guard plan.columns.allSatisfy(\.parents.isEmpty), plan.condition.map(isSimple) ?? true else {
            throw refuse("relationships and semi-joins are not supported")
        }
        return plan
    }

    private static func isSimple(_ condition: BoundCondition) -> Bool {
        switch condition {
        case .all(let parts), .any(let parts): parts.allSatisfy(isSimple)
        case .not(let inner): isSimple(inner)
        case .compare(let field, _): field.parents.isEmpty
        default: false
        }
    }

    private static func fields(_ condition: BoundCondition) -> Set<Int> {
        switch condition {
        case .all(let parts), .any(let parts): Set(parts.flatMap(fields))
        case .not(let inner): fields(inner)
        case .compare(let field, _): [field.field.index]
        default: []
        }
    }

    /// What subscribers are told of a change; nil for one that the topic does not select.
    package func event(_ change: RowChange, in snapshot: OrgSnapshot) -> TopicEvent? {
        let kind: String =
            switch change.kind {
            case .create: "created"
            case .update: "updated"
            case .delete, .purge: "deleted"
            case .undelete: "undeleted"
            }
        guard change.object === plan.object, kinds.contains(kind), change.kind != .update || concerns(change),
            plan.condition?.matches(change.row, object: plan.object.index, in: snapshot) ?? true
        else { return nil }
        let store = snapshot.stores[plan.object.index]
        var json = JSONWriter(capacity: 256)
        json.object { json in
            for column in plan.columns where change.kind != .delete || column.field.type == .id {
                json.key(column.field.name)
                json.write(
                    event: snapshot.value(RecordID(object: store.object.index, row: change.row), column.field),
                    prefixes: snapshot.schema.prefixes)
            }
        }
        return TopicEvent(topic: name, kind: kind, record: json.bytes.array)
    }

    /// Whether a field changed that the topic watches.
    private func concerns(_ change: RowChange) -> Bool {
        guard scope != .all else { return true }
        let selected = Set(plan.columns.map(\.field.index))
        let watched: Set<Int> =
            switch scope {
            case .select: selected
            case .where: filtered
            default: selected.union(filtered)
            }
        return change.fields.contains { watched.contains($0.field.index) }
    }
}

/// What a push topic tells of one record.
package struct TopicEvent: Sendable {
    package let topic: String
    /// `created`, `updated`, `deleted` or `undeleted`.
    package let kind: String
    /// The record with the fields of the topic's query, as JSON.
    package let record: [UInt8]
}

extension JSONWriter {
    /// A value as events have it: datetimes end in Z, not in the offset that REST writes.
    package mutating func write(event value: Value, prefixes: [[UInt8]]) {
        raw { writer in
            guard case .datetime(let seconds) = value else { return writer.append(value, prefixes: prefixes, style: .restJSON) }
            writer.append(0x22)
            CivilTime.appendDateTime(seconds, separator: UInt8(ascii: "T"), to: &writer)
            writer.append(".000Z\"" as StaticString)
        }
    }
}
