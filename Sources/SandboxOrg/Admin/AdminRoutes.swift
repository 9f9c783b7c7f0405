import HTTPTypes
import SandboxBulk
import SandboxBytes
import SandboxData
import SandboxHTTP
import SandboxQuery
import SandboxStore

/// `/sandbox/*`: what no Salesforce has. For tests and the demo, without authentication; the server listens on the loopback address.
struct AdminRoutes: Sendable {
    let org: Org
    let usage: Usage
    let troubles: Troubles
    let sessions: Sessions
    let cursors: QueryCursors
    let faults: FaultRoutes
    let streaming: StreamingRoutes
    let rules: RuleRoutes
    let schema: OrgSchemaRoutes
    let schedule: ScheduleRoutes
    let history: HistoryRoutes

    func respond(_ call: Call) async -> Reply {
        do {
            return try await route(call)
        } catch {
            return error.reply
        }
    }

    private func route(_ call: Call) async throws(OrgError) -> Reply {
        if let reply = try faults.respond(call) { return reply }
        if let reply = try streaming.respond(call) { return reply }
        if let reply = try await rules.respond(call) { return reply }
        if let reply = try schema.respond(call) { return reply }
        if let reply = try schedule.respond(call) { return reply }
        if let reply = try history.respond(call) { return reply }
        switch (call.word(1), call.method) {
        case ("mutate", .post): return try await mutate(call)
        case ("stats", .get): return stats()
        case ("hash", .get): return try await hash(call)
        case ("export.csv", .get): return try exportCSV(call)
        case ("trouble", .post):
            troubles.add(try TroubleReader.read(try call.jsonObject()))
            return .noContent
        case ("trouble", .get): return listTroubles()
        case ("trouble", .delete):
            troubles.clear()
            return .noContent
        case ("expire-cursors", .post):
            cursors.expireAll()
            return .noContent
        case ("expire-sessions", .post):
            sessions.expireAll()
            return .noContent
        case ("mutate", _), ("stats", _), ("hash", _), ("export.csv", _), ("trouble", _), ("expire-sessions", _),
            ("expire-cursors", _):
            throw .wrongMethod(call.method, allowed: "GET,POST,DELETE")
        default: throw .notFound
        }
    }

    private func listTroubles() -> Reply {
        var json = JSONWriter()
        json.array { json in
            for (trouble, seen, met) in troubles.list {
                json.object { json in
                    json.field("kind", trouble.kind.rawValue)
                    json.field("path_prefix", trouble.pathPrefix)
                    json.field("method", trouble.method)
                    json.field("per_thousand", trouble.perThousand)
                    json.field("count", trouble.count)
                    json.field("requests", seen)
                    json.field("met", met)
                }
            }
        }
        return .json(json)
    }

    private func mutate(_ call: Call) async throws(OrgError) -> Reply {
        let mutation = try Mutation(try call.jsonObject(), schema: org.schema)
        let outcome = try await mutation.run(on: org)
        var json = JSONWriter(capacity: 16_384)
        json.object { json in
            for (name, ids) in [("updated", outcome.updated), ("inserted", outcome.inserted), ("deleted", outcome.deleted)] {
                json.fieldArray(name) { json in
                    for id in ids { json.value(org.schema.text(of: id)) }
                }
            }
        }
        return .json(json)
    }

    private func stats() -> Reply {
        let (rows, writes) = org.read { state in
            (state.tables.map { ($0.object.name, $0.liveCount, $0.rows.count - $0.liveCount) }, state.writes.byObject)
        }
        var json = JSONWriter()
        json.object { json in
            json.fieldObject("requests") { json in
                for (kind, count) in usage.byKind.sorted(by: { $0.key < $1.key }) { json.field(kind, count) }
            }
            json.field("api_calls", usage.calls)
            json.field("token_requests", sessions.tokenRequests)
            json.field("reused_refresh_tokens", sessions.reuses)
            json.field("troubles_met", troubles.met)
            json.fieldObject("rows") { json in
                for (name, live, _) in rows { json.field(name, live) }
            }
            json.fieldObject("deleted_rows") { json in
                for (name, _, deleted) in rows { json.field(name, deleted) }
            }
            json.fieldObject("writes") { json in
                for (object, operations) in writes.sorted(by: { $0.key < $1.key }) {
                    json.fieldObject(object) { json in
                        for (operation, count) in operations.sorted(by: { $0.key < $1.key }) {
                            json.fieldObject(operation) { json in
                                json.field("calls", count.calls)
                                json.field("records", count.records)
                                json.field("failed", count.failed)
                            }
                        }
                    }
                }
            }
        }
        return .json(json)
    }

    /// The object and fields a checksum or export is asked for; all plain fields when none are named.
    private func selection(_ call: Call) throws(OrgError) -> (ObjectSchema, [FieldSchema]) {
        guard let object = org.schema.object(call.query["object"] ?? "") else {
            throw OrgError(.badRequest, "INVALID_INPUT", "object: expected the name of an object", fields: ["object"])
        }
        guard let names = call.query["fields"], !names.isEmpty else { return (object, object.fields.filter { !$0.isCompound }) }
        var fields: [FieldSchema] = []
        for name in names.split(separator: ",") {
            guard let field = object.field(name), !field.isCompound else {
                throw OrgError(.badRequest, "INVALID_INPUT", "fields: no plain field '\(name)' in \(object.name)", fields: ["fields"])
            }
            fields.append(field)
        }
        return (object, fields)
    }

    private func hash(_ call: Call) async throws(OrgError) -> Reply {
        let (object, fields) = try selection(call)
        let result = await CanonicalHash(snapshot: org.snapshot(), object: object, fields: fields).compute()
        var json = JSONWriter()
        json.object { json in
            json.field("rows", result.rows)
            json.field("sha256", result.sha256)
        }
        return .json(json)
    }

    private func exportCSV(_ call: Call) throws(OrgError) -> Reply {
        let (object, fields) = try selection(call)
        let snapshot = org.snapshot()
        let store = snapshot.stores[object.index]
        let rows = (0..<store.count).filter { store.state($0)?.isLive ?? true }
        let columns = fields.map { BoundField(parents: [], field: $0, name: $0.name) }
        let body = Reply.Body.stream {
            CSVRowEncoder(
                snapshot: snapshot, object: object, columns: columns, rows: .list(rows), page: 0..<rows.count, dialect: CSVDialect())
        }
        return Reply(status: .ok, headers: [.contentType: "text/csv"], body: body)
    }
}
