import Catalog
import Foundation
import Hummingbird
import LoggedChanges
import WebServer

/// `write-lag`: since when the oldest change of a connection waits to be written to Salesforce.
struct WriteLagRoute: RouteGroup {
    let services: APIServices

    func add(to table: RouteTable) { table.add("/api/v3/connections/:connection/write-lag", [.get(.viewer, lag)]) }

    private func lag(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await services.connection(parameters, user)
        let tables = try await services.catalog.mappings(connection.id).filter { $0.config.access == .readWrite }.map(\.tableName)
        let found = tables.isEmpty ? nil : try await services.reading(connection) { try $0.lag(tables: tables, in: $1) }
        let lag = found ?? nil
        return .json([
            "waiting_since": .optional(lag.map { Timestamp.iso($0.since) }), "seconds": .seconds(lag?.seconds ?? 0),
        ])
    }

    static let documentation = [
        RouteDocumentation(
            .get, "/api/v3/connections/:connection/write-lag", "Tells since when the oldest change waits to be written to Salesforce.",
            answers: [
                .json(.ok, JSONSchema.object(["waiting_since": .string.nullable, "seconds": .number]).named("WriteLag")),
                .error(.conflict, "The schema is another's."), .error(.serviceUnavailable, "The database does not answer."),
            ])
    ]
}
