import Catalog
import Foundation
import Hummingbird
import MappedSchema
import Postgres
import WebServer

/// `/api/v3/connections…`: list, detail, change, export, import and the actions.
struct ConnectionRoutes: RouteGroup {
    let services: APIServices

    func add(to table: RouteTable) {
        table.add("/api/v3/connections", [.get(.signedIn, list)])
        table.add("/api/v3/connections/:connection", [.get(.viewer, detail), .patch(.admin, change), .delete(.admin, delete)])
        table.add(
            "/api/v3/connections/:connection/mappings",
            [
                .get(.viewer, mappings), .post(.admin, MappingEditRoutes(services: services).create), .delete(.admin, removeOrphans),
            ])
        table.add("/api/v3/connections/:connection/actions/export", [.get(.viewer, export)])
        table.add("/api/v3/connections/:connection/actions/import", [.post(.admin, importConfiguration)])
        for action in ConnectionAction.allCases {
            table.add(
                "/api/v3/connections/:connection/actions/\(action.rawValue)",
                [
                    .post(.operator) { [services] _, parameters, user in
                        try await services.perform(action, on: services.connection(parameters, user), by: user)
                        return .accepted()
                    }
                ])
        }
        table.add("/api/v3/apps/:app", [.get(.viewer, app)])
    }

    /// Documents of the connections, rendered once for every state of their records; with `deep`, of which a list is rarely asked for, with their
    /// mappings, all anew.
    private func list(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let wanted = try await services.versions(request, user)
        let base = services.baseURL(request)
        let documents: [[UInt8]]
        if try request.flag("deep") {
            let mappings = Dictionary(grouping: try await services.catalog.mappings(connections: wanted.map(\.id)), by: \.connectionID)
            let rendered = try await render(wanted, base: base) { connection in
                let documents = (mappings[connection.id] ?? []).map {
                    MappingDocument(mapping: $0, connection: connection, base: base).value
                }
                return [.init("mappings", .array(documents))]
            }
            documents = wanted.compactMap { rendered[$0.id] }
        } else {
            documents = try await services.fragments.documents(wanted, as: .listed, base: base) {
                try await render($0, base: base) { _ in [] }
            }
        }
        return .json(
            results: documents, before: [.init("count", .integer(documents.count)), .init("next", nil), .init("previous", nil)])
    }

    private func render(
        _ wanted: [ConnectionVersion], base: String, adding: (Connection) -> [JSONValue.Member]
    ) async throws -> [UUID: [UInt8]] {
        let states = Dictionary(uniqueKeysWithValues: wanted.map { ($0.id, $0) })
        var documents: [UUID: [UInt8]] = [:]
        for connection in try await services.catalog.connections(ids: wanted.map(\.id)) {
            let summary = states[connection.id]?.hasErrors == true ? "ERROR" : "OK"
            var members = ConnectionDocument(
                connection: connection, summary: summary, database: try? services.addresses.configuration(of: connection)
            ).members
            // What discovery would tell goes with it, its absolute address included: some clients ask only here.
            let known = Set(members.map(\.key)).subtracting(["detail_url"])
            members.removeAll { $0.key == "detail_url" }
            members += DiscoveryDocument.members(connection, base: base, region: services.configuration.region).filter {
                !known.contains($0.key)
            }
            documents[connection.id] = Array(JSONValue.object(members + adding(connection)).text.utf8)
        }
        return documents
    }

    private func detail(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await services.connection(parameters, user)
        return try await .json(document(connection, request, deep: try request.flag("deep")))
    }

    private func document(_ connection: Connection, _ request: Request, deep: Bool) async throws -> JSONValue {
        let summaries = try await services.mappingSummaries([connection.id])
        var members = ConnectionDocument(
            connection: connection, summary: summaries[connection.id] ?? "OK",
            database: try? services.addresses.configuration(of: connection)
        ).members
        if deep { members.append(try await mappingsMember(connection, base: services.baseURL(request))) }
        return .object(members)
    }

    private func mappingsMember(_ connection: Connection, base: String) async throws -> JSONValue.Member {
        let mappings = try await services.catalog.mappings(connection.id)
        return .init("mappings", .array(mappings.map { MappingDocument(mapping: $0, connection: connection, base: base).value }))
    }

    private func mappings(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await services.connection(parameters, user)
        let mappings =
            try request.flag("orphaned")
            ? try await services.catalog.orphanedMappings(connection.id) : try await services.catalog.mappings(connection.id)
        return .json([
            "count": .integer(mappings.count), "results": .array(mappings.map { services.document($0, connection, request) }),
        ])
    }

    /// Removes the mappings that the last import no longer named; their tables stay. Without `orphaned=true` nothing is removed: a list is no thing
    /// to delete by mistake.
    private func removeOrphans(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await services.connection(parameters, user)
        guard try request.flag("orphaned") else {
            throw APIError.badRequest("orphaned: expected true, since only mappings that the last import did not name are removed together")
        }
        let orphans = try await services.catalog.orphanedMappings(connection.id)
        for mapping in orphans { try await services.delete(mapping, of: connection, by: user) }
        return .json(["count": .integer(orphans.count), "removed": .array(orphans.map { .string($0.objectName) })])
    }

    private func change(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await services.connection(parameters, user)
        let change = try ConnectionChange(try await request.jsonObject() ?? [:])
        if change.schemaName != nil || change.dbKey != nil {
            try await services.catalog.requireFree(
                connection, schemaName: change.schemaName, dbKey: change.dbKey, at: services.addresses)
        }
        let changed = try await services.catalog.changeConnection(
            connection.id, name: change.name, schemaName: change.schemaName, dbKey: change.dbKey, features: change.features)
        try await services.catalog.audit(
            connection.id, actor: user.email, action: "connection.change",
            details: ["before": change.document(of: connection), "after": change.document(of: changed)])
        return try await .json(document(changed, request, deep: false))
    }

    /// Takes a connection away: its triggers and what Sluice knows of it; its tables stay. With `force=true` the database is not waited for.
    private func delete(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        try await services.delete(services.connection(parameters, user), force: request.flag("force"), by: user)
    }

    private func export(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await services.connection(parameters, user)
        let mappings = try await services.catalog.mappings(connection.id)
        return .json(ExportFile.document(connection: connection, mappings: mappings, exportedAt: Timestamp.isoWithOffset(Date())))
    }

    private func importConfiguration(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await services.connection(parameters, user)
        let bytes = try await request.bytes()
        let file = try ExportFile(parsing: bytes)
        let job = try await services.catalog.startImport(
            connection.id, export: String(decoding: bytes, as: UTF8.self), requestedBy: user.email)
        guard let job else {
            throw APIError.conflict("the connection is \(connection.state.rawValue): authorize it at Salesforce before importing mappings")
        }
        try await services.catalog.audit(
            connection.id, actor: user.email, action: "connection.import",
            details: ["job": .integer(job), "mappings": .integer(file.mappings.count)])
        return .accepted(job: job)
    }

    /// The variables that an operator lets the app use: from these a connection may choose. What holds no database here is left out.
    private func app(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let app = parameters.get("app") ?? ""
        let keys = try await services.catalog.databases(app: app).map(\.dbKey)
            .filter { services.configuration.environment[$0].map(ConnectionAddress.isDatabaseURL) == true }
        return .json(["name": .string(app), "db_keys": .array(keys.map { ["name": .string($0), "addon": ["plan": "Postgres"]] })])
    }
}

extension APIServices {
    /// `OK`, or `ERROR` where a mapping needs somebody, by connection.
    func mappingSummaries(_ ids: [UUID]) async throws -> [UUID: String] {
        let errors = MappingState.allCases.filter(\.isError).map(\.rawValue)
        let rows = try await pool.query(
            .prepared(
                """
                SELECT DISTINCT connection_id FROM sluice.mappings
                WHERE connection_id = ANY (\(ids)::uuid[]) AND state = ANY (\(errors)::text[])
                """))
        return Dictionary(uniqueKeysWithValues: try rows.map { (try $0.decode("connection_id", as: UUID.self), "ERROR") })
    }
}
