import HTTPTypes
import SandboxBytes
package import SandboxData
package import SandboxHTTP
package import SandboxQuery
package import SandboxStore

/// `/sobjects/X`, `/sobjects/X/Id` and `/sobjects/X/ExternalField/value`: one record at a time.
package struct RecordRoutes: Sendable {
    package let org: Org
    package let faults: BulkFaults
    package let recent: RecentRecords

    package init(org: Org, faults: BulkFaults, recent: RecentRecords) {
        self.org = org
        self.faults = faults
        self.recent = recent
    }

    /// POST to the object.
    package func create(_ object: ObjectSchema, _ call: APICall) async throws(OrgError) -> Reply {
        let members = try call.call.jsonObject().members ?? []
        let schema = org.schema
        try await lock(LockedWrite(object: object, id: nil, members: members))
        let result = org.write { state, now in
            let result = RecordWriter(schema: state.schema, user: call.user, now: now).insert(object, members, state: &state)
            state.writes.add(object.name, "insert", records: result.isSuccess ? 1 : 0, failed: result.isSuccess ? 0 : 1)
            return result
        }
        var reply = try answer(result, status: .created, call)
        if let id = result.id { recent.note(id) }
        if let id = result.id { reply.headers[.location] = "\(call.base)/sobjects/\(object.name)/\(schema.text(of: id))" }
        return reply
    }

    package func record(_ object: ObjectSchema, _ call: APICall) async throws(OrgError) -> Reply {
        let text = call.segment(2)
        guard let id = org.schema.recordID(text), id.object == object.index else {
            if RecordIDText.parse(text) == nil {
                throw OrgError(.notFound, "NOT_FOUND", "Provided external ID field does not exist or is not accessible: \(text)")
            }
            throw .notFound
        }
        return try await respond(id, call)
    }

    /// To a record that is known by its id.
    package func respond(_ id: RecordID, _ call: APICall) async throws(OrgError) -> Reply {
        switch call.method {
        case .get: return try show(id, call)
        case .patch: return try await update(id, call)
        case .delete: return try await delete(id)
        default: throw .wrongMethod(call.method, allowed: "GET,HEAD,PATCH,DELETE")
        }
    }

    package func byKey(_ object: ObjectSchema, _ call: APICall) async throws(OrgError) -> Reply {
        let name = call.segment(2)
        guard let field = object.field(name), field.isLookupKey || field.type == .id else {
            throw OrgError(.notFound, "NOT_FOUND", "Provided external ID field does not exist or is not accessible: \(name)")
        }
        let text = call.segment(3)
        switch call.method {
        case .get: return try show(try find(object, field, text), call)
        case .patch: return try await upsert(object, field, text, call)
        case .delete: return try await delete(try find(object, field, text))
        default: throw .wrongMethod(call.method, allowed: "GET,HEAD,PATCH,DELETE")
        }
    }

    private func find(_ object: ObjectSchema, _ field: FieldSchema, _ text: String) throws(OrgError) -> RecordID {
        if field.type == .id {
            guard let id = org.schema.recordID(text), id.object == object.index else { throw .notFound }
            return id
        }
        let value: Value = field.type.isNumber ? Double(text).map(Value.double) ?? .null : .text(text)
        guard let row = org.read({ $0.tables[object.index].row(where: field, equals: value) }) else { throw .notFound }
        return RecordID(object: object.index, row: row)
    }

    private func show(_ id: RecordID, _ call: APICall) throws(OrgError) -> Reply {
        let object = org.schema.objects[id.object]
        try requireLive(id)
        let columns = try columns(object, call)
        let shape = RowShape(object: object, columns: columns, schema: org.schema)
        let snapshot = org.snapshot()
        let version = RecordVersion(id, in: snapshot)
        try version.require(by: call.call)
        recent.note(id)
        var reply = Reply(status: .notModified, body: .empty)
        if !version.isKnown(to: call.call) {
            var json = JSONWriter(capacity: 4096)
            json.raw { shape.write(id.row, in: snapshot, path: "\(call.base)/sobjects/", to: &$0) }
            reply = .json(json)
        }
        version.stamp(&reply)
        return reply
    }

    /// What `fields` asks for, or everything.
    package func columns(_ object: ObjectSchema, _ call: APICall) throws(OrgError) -> [BoundField] {
        guard let names = call.call.query["fields"], !names.isEmpty else {
            return object.visibleFields.map { BoundField(field: $0, name: $0.name) }
        }
        var columns: [BoundField] = []
        for name in names.split(separator: ",") {
            guard let field = object.field(name.filter { !$0.isWhitespace }) else {
                throw OrgError(.badRequest, "INVALID_FIELD", "No such column '\(name)' on sobject of type \(object.name)")
            }
            columns.append(BoundField(field: field, name: field.name))
        }
        return columns
    }

    func requireLive(_ id: RecordID) throws(OrgError) {
        let (exists, isLive) = org.read { ($0.tables[id.object].exists(id.row), $0.tables[id.object].isLive(id.row)) }
        guard exists else { throw .notFound }
        guard isLive else { throw OrgError(.notFound, "ENTITY_IS_DELETED", "entity is deleted", fields: []) }
    }

    /// A well-formed id of no record is another error to those who write than to those who read.
    private func requireChangeable(_ id: RecordID) throws(OrgError) {
        guard org.read({ $0.tables[id.object].exists(id.row) }) else {
            throw OrgError(.notFound, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", fields: [])
        }
        try requireLive(id)
    }

    private func lock(_ write: LockedWrite) async throws(OrgError) {
        if let error = await org.lock([write], unlucky: faults.locksRow).first ?? nil { throw refusal(error) }
    }

    private func update(_ id: RecordID, _ call: APICall) async throws(OrgError) -> Reply {
        let members = try call.call.jsonObject().members ?? []
        if members.contains(where: { $0.key.lowercased() == "id" }) {
            throw OrgError(.badRequest, "INVALID_FIELD", "The Id field should not be specified in the sobject data.")
        }
        try requireChangeable(id)
        try RecordVersion(id, in: org.snapshot()).require(by: call.call)
        let schema = org.schema
        try await lock(LockedWrite(object: schema.objects[id.object], id: id, members: members))
        let result = org.write { state, now in
            let result = RecordWriter(schema: state.schema, user: call.user, now: now).update(id, members, state: &state)
            state.writes.add(
                schema.objects[id.object].name, "update", records: result.isSuccess ? 1 : 0, failed: result.isSuccess ? 0 : 1)
            return result
        }
        if let error = result.error { throw error.mismatch == nil ? refusal(error, base: call.base) : .unparsed(error, in: call.call.body) }
        recent.note(id)
        return .noContent
    }

    private func delete(_ id: RecordID) async throws(OrgError) -> Reply {
        try requireChangeable(id)
        let schema = org.schema
        try await lock(LockedWrite(object: schema.objects[id.object], id: id))
        let result = org.write { state, now in
            let result = RecordWriter(schema: state.schema, user: 0, now: now).delete(id, state: &state)
            state.writes.add(
                schema.objects[id.object].name, "delete", records: result.isSuccess ? 1 : 0, failed: result.isSuccess ? 0 : 1)
            return result
        }
        if let error = result.error { throw refusal(error) }
        return .noContent
    }

    private func upsert(_ object: ObjectSchema, _ field: FieldSchema, _ text: String, _ call: APICall) async throws(OrgError) -> Reply {
        let members = try call.call.jsonObject().members ?? []
        if members.contains(where: { $0.key.lowercased() == field.name.lowercased() }) {
            throw OrgError(
                .badRequest, "INVALID_FIELD", "The \(field.name) field should not be specified in the sobject data.", fields: [field.name])
        }
        if call.call.query["updateOnly"]?.lowercased() == "true" { _ = try find(object, field, text) }
        try await lock(LockedWrite(object: object, id: nil, key: (field, .string(text)), members: members))
        let result = org.write { state, now in
            let writer = RecordWriter(schema: state.schema, user: call.user, now: now)
            let result = writer.upsert(object, key: field, value: .string(text), members, state: &state)
            state.writes.add(object.name, "upsert", records: result.isSuccess ? 1 : 0, failed: result.isSuccess ? 0 : 1)
            return result
        }
        if result.isSuccess, result.created == false, call.version <= 45 { return .noContent }
        return try answer(result, status: result.created == true ? .created : .ok, call)
    }

    private func answer(_ result: SaveResult, status: HTTPResponse.Status, _ call: APICall) throws(OrgError) -> Reply {
        if let error = result.error { throw error.mismatch == nil ? refusal(error, base: call.base) : .unparsed(error, in: call.call.body) }
        var json = JSONWriter()
        result.write(&json, schema: org.schema)
        return .json(json, status: status)
    }

    private func refusal(_ error: RecordError, base: String = "") -> OrgError {
        let status: HTTPResponse.Status =
            switch error.code {
            case "ENTITY_IS_DELETED": .notFound
            case "INSUFFICIENT_ACCESS_OR_READONLY": .forbidden
            default: .badRequest
            }
        var refusal = OrgError(status, error.code, error.message, fields: error.code == "INVALID_FIELD" ? nil : error.fields)
        refusal.further = error.further
        if let finding = error.duplicates { refusal.details = { finding.write(&$0, base: base) } }
        return refusal
    }
}
