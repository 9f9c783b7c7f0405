import HTTPTypes
import SandboxBytes
package import SandboxData
package import SandboxHTTP
import SandboxQuery
package import SandboxStore

/// `/sobjects/Contact/003…/Account/Owner`: records by the relationships that lead to them from another one.
package struct RelatedRoutes: Sendable {
    package let org: Org
    package let records: RecordRoutes

    package init(org: Org, records: RecordRoutes) {
        self.org = org
        self.records = records
    }

    /// Nil when the third segment is no id, so that the path means a record by an external id.
    package func respond(_ object: ObjectSchema, _ call: APICall) async throws(OrgError) -> Reply? {
        guard let first = org.schema.recordID(call.segment(2)), first.object == object.index, object.field(call.segment(2)) == nil else {
            return nil
        }
        try records.requireLive(first)
        var id = first
        for index in 3..<call.count {
            let name = call.segment(index)
            let current = org.schema.objects[id.object]
            if let reference = current.relationship(name) {
                let snapshot = org.snapshot()
                guard case .ref(let next) = snapshot.stores[id.object].value(id.row, reference) else { throw .notFound }
                try records.requireLive(next)
                id = next
            } else {
                guard index == call.count - 1, let reply = try await children(of: id, name, call) else { throw .notFound }
                return reply
            }
        }
        return try await records.respond(id, call)
    }

    /// All children, as a query for them would have them.
    private func children(of parent: RecordID, _ name: String, _ call: APICall) async throws(OrgError) -> Reply? {
        for object in org.schema.objects {
            for field in object.fields where field.targets.contains(parent.object) {
                guard field.document.childRelationshipName?.lowercased() == name.lowercased() else { continue }
                guard call.method == .get else { throw .wrongMethod(call.method, allowed: "GET,HEAD") }
                return try await list(object, field, of: parent, call)
            }
        }
        return nil
    }

    private func list(_ object: ObjectSchema, _ field: FieldSchema, of parent: RecordID, _ call: APICall) async throws(OrgError) -> Reply {
        let columns = try records.columns(object, call)
        let snapshot = org.snapshot()
        let store = snapshot.stores[object.index]
        var rows: [Int] = []
        for row in 0..<store.count {
            if row & 0x3FFF == 0x3FFF { await Task.yield() }
            if store.state(row)?.isLive ?? true, store.value(row, field) == .ref(parent) { rows.append(row) }
        }
        let shape = RowShape(object: object, columns: columns, schema: org.schema)
        var json = JSONWriter(capacity: 16_384)
        json.object { json in
            json.field("totalSize", rows.count)
            json.field("done", true)
            json.fieldArray("records") { json in
                for row in rows { json.raw { shape.write(row, in: snapshot, path: "\(call.base)/sobjects/", to: &$0) } }
            }
        }
        return .json(json)
    }
}
