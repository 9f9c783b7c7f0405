import Catalog
import Foundation
import HTTPTypes
import Hummingbird
import JobQueue
import MappedSchema
import Outlets
import Postgres
import WebServer

/// A connection's beginning and its end.
struct ConnectionLifeRoutes: RouteGroup {
    let services: APIServices

    func add(to table: RouteTable) {
        table.add("/api/v3/apps/:app/connections", [.post(.admin, create)])
        table.add("/api/v3/connections/:connection/deletion", [.get(.admin, plan)])
    }

    /// Makes a connection of the app, on a database that an operator lets the app use; it waits for its Salesforce authorization.
    private func create(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let app = parameters.get("app") ?? ""
        let fields = RequestFields(try await request.jsonObject())
        let dbKey = try fields.required("db_key", "the name of a variable that holds a database's address")
        guard try await services.catalog.databases(app: app).contains(where: { $0.dbKey == dbKey }) else {
            throw APIError.conflict("the app \(app) may not use \(String(dbKey.prefix(200))): an operator allows it with sluice app allow")
        }
        let new = try NewConnection(
            appName: app, name: fields.text("name"), target: .key(dbKey), schemaName: fields.text("schema_name") ?? "salesforce")
        let connection = try await services.catalog.createConnection(new, sealingKey: services.sealingKey, addresses: services.addresses)
        try await services.catalog.audit(
            connection.id, actor: user.email, action: "connection.create",
            details: ["name": .string(connection.name), "db_key": .string(dbKey), "schema_name": .string(connection.schemaName)])
        let document = ConnectionDocument(
            connection: connection, summary: "OK", database: try? services.addresses.configuration(of: connection))
        var response = Response.json(.object(document.members), status: .created)
        response.headers[.location] = "/api/v3/connections/\(connection.id.uuidString.lowercased())"
        return response
    }

    /// What a deletion would take away, and what would stay.
    private func plan(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        .json(try await services.deletionPlan(of: services.connection(parameters, user)))
    }
}

extension APIServices {
    /// What a connection's deletion takes away, and what stays.
    func deletionPlan(of connection: Connection) async throws -> JSONValue {
        let holdings = try await catalog.holdings(connection)
        let outlets = try await catalog.outlets(connection.id)
        // Without an answer of the database it is only not known which tables there are.
        let tables = try? await reading(connection) { _, session in
            try CaptureRemoval(schema: connection.schemaName).capturedTables(in: session)
        }
        return [
            "deleted": [
                "mappings": .array(holdings.mappings.map { .string($0) }), "jobs": .integer(holdings.jobs),
                "outlets": .integer(outlets.count),
                "credentials": .bool(connection.authUpdatedAt != nil),
            ],
            "triggers_removed_from": .array((tables ?? []).map { .string("\(connection.schemaName).\($0)") }),
            "kept": [
                "schema": .string(connection.schemaName),
                "tables": .array((tables ?? []).map { .string("\(connection.schemaName).\($0)") }),
            ],
            "database_answers": .bool(tables != nil),
            "unwritten_changes": ["pending": .integer(holdings.pendingWrites), "failed": .integer(holdings.erroredWrites)],
        ]
    }

    /// Begins a deletion; with `force` only what Sluice itself knows is deleted, at once, whatever the database says.
    func delete(_ connection: Connection, force: Bool, by user: User) async throws -> Response {
        let plan = try await deletionPlan(of: connection)
        let job = try await pool.transaction { session -> Int64? in
            guard force else { return try CatalogStore.beginDeletion(connection.id, requestedBy: user.email, in: session) }
            _ = try CatalogStore.cancelJobs(of: connection.id, besides: 0, in: session)
            _ = try CatalogStore.deleteConnection(connection.id, in: session)
            return nil
        }
        try await catalog.audit(
            connection.id, actor: user.email, action: force ? "connection.delete" : "connection.deletion",
            details: .object((plan.members ?? []) + [.init("name", .string(connection.name)), .init("forced", .bool(force))]))
        var response = Response.json(plan, status: .accepted)
        if let job { response.headers[.location] = "/api/v3/jobs/\(job)" }
        return response
    }
}

extension ConnectionLifeRoutes {
    static let documentation: [RouteDocumentation] = [
        RouteDocumentation(
            .post, "/api/v3/apps/:app/connections", "Makes a connection of an app, which then waits for its Salesforce authorization.",
            body: .json(
                .object(
                    [
                        "db_key": .string(minLength: 1, maxLength: 2000), "name": ConnectionFields.name.nullable,
                        "schema_name": ConnectionFields.schemaName.nullable,
                    ],
                    optional: ["name", "schema_name"],
                    open: true)),
            answers: [
                .json(.created, ConnectionDocument.schema),
                .error(.conflict, "The app may not use the database, or the schema is another's."),
            ]),
        RouteDocumentation(
            .get, "/api/v3/connections/:connection/deletion", "Tells what deleting a connection would take away, and what would stay.",
            answers: [.json(.ok, planSchema)]),
    ]

    static let planSchema = JSONSchema.object([
        "deleted": .object(["mappings": .array(of: .string), "jobs": .integer, "outlets": .integer, "credentials": .boolean]),
        "triggers_removed_from": .array(of: .string), "kept": .object(["schema": .string, "tables": .array(of: .string)]),
        "database_answers": .boolean, "unwritten_changes": .object(["pending": .integer, "failed": .integer]),
    ]).named("DeletionPlan")
}
