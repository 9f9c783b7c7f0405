import Catalog
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import MappedSchema
import Postgres
import SchemaInspection
import WebServer

/// What stands in the schema that a connection has, or may be given: nothing, what Heroku Connect filled, or somebody else's.
struct TargetSchemaRoutes: RouteGroup {
    let services: APIServices

    func add(to table: RouteTable) {
        table.add("/api/v3/apps/:app/databases/:key/schemas/:schema", [.get(.admin, offered)])
        table.add("/api/v3/connections/:connection/target-schema", [.get(.admin, given)])
    }

    private func offered(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let (app, key) = (parameters.get("app") ?? "", parameters.get("key") ?? "")
        let wanted = try NewConnection(appName: app, target: .key(key), schemaName: parameters.get("schema") ?? "")
        guard try await services.catalog.databases(app: app).contains(where: { $0.dbKey == key }),
            let place = services.addresses.configuration(dbKey: key)
        else { throw APIError.notFound("the app \(app) may use no database \(key.prefix(200))") }
        return try await answer(wanted.schemaName, at: place, for: nil)
    }

    private func given(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await services.connection(parameters, user)
        return try await answer(connection.schemaName, at: services.addresses.configuration(of: connection), for: connection)
    }

    private func answer(_ schema: String, at place: PostgresConfiguration, for connection: Connection?) async throws -> Response {
        let asking = (controlDatabase: try await services.catalog.controlDatabaseID(), connection: connection?.id)
        let isTaken = try await services.catalog.holder(of: schema, at: place, besides: asking.connection, services.addresses) != nil
        do {
            return .json(
                try await services.targets.pool(at: place).withSession {
                    try SchemaReport(lookingAt: schema, of: place.displayName, asking: asking, isTaken: isTaken, in: $0)
                }.document)
        } catch let error as PostgresError {
            services.logger.warning("A target database does not answer", metadata: ["error": "\(error)"])
            throw APIError(
                status: .serviceUnavailable, code: "target_unavailable",
                message:
                    "the database at \(place.displayName) does not answer: see that its address is right and that it runs, and try again")
        }
    }

    private static let schema = JSONSchema.object([
        "schema_name": .string, "database": .string, "found": .oneOf(SchemaFinding.Kind.allCases.map(\.rawValue)), "usable": .boolean,
        "message": .string, "remedy": .string, "organization_id": .string.nullable,
        "tables": .array(
            of: .object([
                "name": .string, "mapped": .boolean.described("Whether it has the columns of a mapped table."),
                "rows": JSONSchema.integer.nullable.described("As the planner estimates them."),
            ])),
    ]).named("TargetSchema")

    static let documentation: [RouteDocumentation] = [
        RouteDocumentation(
            .get, "/api/v3/apps/:app/databases/:key/schemas/:schema", "Tells what stands in a schema that a new connection may be given.",
            answers: [
                .json(.ok, schema), .error(.badRequest, "The name can be no connection's schema."),
                .error(.serviceUnavailable, "The database does not answer."),
            ]),
        RouteDocumentation(
            .get, "/api/v3/connections/:connection/target-schema", "Tells what stands in a connection's schema.",
            answers: [.json(.ok, schema), .error(.serviceUnavailable, "The database does not answer.")]),
    ]
}
