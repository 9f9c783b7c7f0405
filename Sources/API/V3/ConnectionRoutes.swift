import Catalog
import Foundation
import Hummingbird
import MappedSchema
import Postgres

/// `/api/v3/connections…`: list, detail, change, export, import and the actions.
struct ConnectionRoutes {
    let services: APIServices

    func add(to table: RouteTable) {
        table.add("/api/v3/connections", [.get(.signedIn, list)])
        table.add("/api/v3/connections/:connection", [.get(.viewer, detail), .patch(.admin, change)])
        table.add("/api/v3/connections/:connection/mappings", [.get(.viewer, mappings)])
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

    private func list(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connections = try await services.visibleConnections(request, user)
        let base = services.baseURL(request)
        let isDeep = try request.flag("deep")
        let summaries = try await services.mappingSummaries(connections.map(\.id))
        var results: [JSONValue] = []
        for connection in connections {
            var members = ConnectionDocument(
                connection: connection, summary: summaries[connection.id] ?? "OK", database: try? services.targets.configuration(connection)
            ).members
            // What discovery would tell goes with it, its absolute address included: some clients ask only here.
            let known = Set(members.map(\.key)).subtracting(["detail_url"])
            members.removeAll { $0.key == "detail_url" }
            members += DiscoveryDocument.members(connection, base: base).filter { !known.contains($0.key) }
            if isDeep { members.append(try await mappingsMember(connection, base: base)) }
            results.append(.object(members))
        }
        return .json(["count": .integer(results.count), "next": nil, "previous": nil, "results": .array(results)])
    }

    private func detail(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await services.connection(parameters, user)
        return try await .json(document(connection, request, deep: request.flag("deep")))
    }

    private func document(_ connection: Connection, _ request: Request, deep: Bool) async throws -> JSONValue {
        let summaries = try await services.mappingSummaries([connection.id])
        var members = ConnectionDocument(
            connection: connection, summary: summaries[connection.id] ?? "OK", database: try? services.targets.configuration(connection)
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
        let list = try await mappingsMember(connection, base: services.baseURL(request)).value
        return .json(["count": .integer(list.elements?.count ?? 0), "results": list])
    }

    private func change(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await services.connection(parameters, user)
        let body = try await request.jsonObject() ?? [:]
        func text(_ key: String) throws -> String? {
            guard let value = body[key], value != .null else { return nil }
            guard let text = value.string else { throw APIError.badRequest("\(key): expected a string, found \(value.kind)") }
            return text
        }
        let (schemaName, dbKey) = (try text("schema_name"), try text("db_key"))
        if schemaName != nil || dbKey != nil { try await services.requireFree(connection, schemaName: schemaName, dbKey: dbKey) }
        let changed = try await services.catalog.changeConnection(connection.id, name: text("name"), schemaName: schemaName, dbKey: dbKey)
        // Only what has a meaning here: the rest of a body may be anything, and of any size.
        let known = (body.members ?? []).filter { ["name", "schema_name", "db_key"].contains($0.key) && $0.value != .null }
        try await services.catalog.audit(connection.id, actor: user.email, action: "connection.change", details: .object(known))
        return try await .json(document(changed, request, deep: false))
    }

    private func export(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await services.connection(parameters, user)
        let mappings = try await services.catalog.mappings(connection.id)
        return .json(try ExportFile.document(connection: connection, mappings: mappings, exportedAt: Timestamp.isoWithOffset(Date())))
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
