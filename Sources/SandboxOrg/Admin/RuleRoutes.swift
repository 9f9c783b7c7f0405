import HTTPTypes
import SandboxBytes
import SandboxData
import SandboxHTTP
import SandboxQuery
import SandboxStore

/// `/sandbox/lock`, `/sandbox/unlock`, `/sandbox/convert-lead` and `/sandbox/system-job`: what others do to records that a client then meets.
struct RuleRoutes: Sendable {
    let org: Org

    private static let maximumRows = 1_000_000
    private static let rowsOfTransaction = 1000

    /// Nil when the path is none of these.
    func respond(_ call: Call) async throws(OrgError) -> Reply? {
        switch (call.word(1), call.method) {
        case ("lock", .post): return try lock(try call.jsonObject(), isLocked: true)
        case ("unlock", .post): return try lock(try call.jsonObject(), isLocked: false)
        case ("convert-lead", .post): return try convert(try call.jsonObject())
        case ("system-job", .post): return try await systemJob(try call.jsonObject())
        case ("lock", _), ("unlock", _), ("convert-lead", _), ("system-job", _): throw .wrongMethod(call.method, allowed: "POST")
        default: return nil
        }
    }

    private static func bad(_ field: String, _ problem: String) -> OrgError {
        OrgError(.badRequest, "INVALID_INPUT", "\(field): \(problem)", fields: [field])
    }

    private func ids(_ body: JSON) throws(OrgError) -> [RecordID] {
        let texts = (body["ids"]?.array ?? []).compactMap(\.string)
        let schema = org.schema
        let ids = texts.compactMap(schema.recordID)
        guard !ids.isEmpty, ids.count == texts.count else { throw Self.bad("ids", "expected a list of record ids") }
        return ids
    }

    /// As an approval does: `{"ids": […]}`.
    private func lock(_ body: JSON, isLocked: Bool) throws(OrgError) -> Reply {
        let ids = try ids(body)
        org.write { state, _ in
            if isLocked { state.locked.formUnion(ids) } else { state.locked.subtract(ids) }
        }
        return .noContent
    }

    /// `{"id": lead}`: an Account, a Contact and an Opportunity come of it, and the lead cannot be changed any more.
    private func convert(_ body: JSON) throws(OrgError) -> Reply {
        let schema = org.schema
        guard let lead = schema.object("Lead"), let id = body["id"]?.string.flatMap(schema.recordID), id.object == lead.index else {
            throw Self.bad("id", "expected the id of a lead")
        }
        let results = org.write { state, now in
            let before = state
            let results = LeadConversion(writer: RecordWriter(schema: state.schema, user: 0, now: now), lead: id).run(&state)
            if results.contains(where: { !$0.result.isSuccess }) { state = before }
            return results
        }
        if let error = results.compactMap(\.result.error).first { throw OrgError(.badRequest, error.code, error.message) }
        var json = JSONWriter()
        json.object { json in
            for (name, result) in results { json.field(name, result.id.map(schema.text)) }
        }
        return .json(json)
    }

    /// `{"object": name, "count": n}` or `{"ids": […]}`: new stamps without new data, as recalculations of sharing and the like leave them.
    private func systemJob(_ body: JSON) async throws(OrgError) -> Reply {
        var ids: [RecordID] = []
        if body["ids"] != nil {
            ids = try self.ids(body)
        } else {
            guard let object = org.schema.object(body["object"]?.string ?? "") else {
                throw Self.bad("object", "expected the name of an object")
            }
            guard let count = body["count"]?.int, (1...Self.maximumRows).contains(count) else {
                throw Self.bad("count", "expected a whole number from 1 to \(Self.maximumRows)")
            }
            ids = org.read { state in
                let table = state.tables[object.index]
                return Array((0..<table.rows.count).lazy.filter(table.isLive).prefix(count).map { RecordID(object: object.index, row: $0) })
            }
        }
        var bumped = 0
        for start in stride(from: 0, to: ids.count, by: Self.rowsOfTransaction) {
            let slice = ids[start..<min(start + Self.rowsOfTransaction, ids.count)]
            bumped += org.write { state, now in
                var count = 0
                for id in slice where state.tables[id.object].isLive(id.row) {
                    state.tables[id.object].bump(id.row, [], user: 0, now: now)
                    count += 1
                }
                return count
            }
            await Task.yield()
        }
        var json = JSONWriter()
        json.object { json in json.field("bumped", bumped) }
        return .json(json)
    }
}
