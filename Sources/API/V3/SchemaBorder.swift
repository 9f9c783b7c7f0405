import Catalog
import Foundation
import Postgres
import WebServer

extension APIServices {
    /// Refuses to move a connection to a schema that another one has, under whatever variable or sealed address that one knows the database:
    /// otherwise one app's users could read another's tables and errors by moving there.
    func requireFree(_ connection: Connection, schemaName: String?, dbKey: String?) async throws {
        let schemaName = schemaName ?? connection.schemaName
        let place: PostgresConfiguration?
        if let dbKey {
            // One that the app may not use is refused with the change itself.
            let isAllowed = try await catalog.databases(app: connection.appName).contains { $0.dbKey == dbKey }
            place = isAllowed ? addresses.configuration(dbKey: dbKey) : nil
        } else {
            place = try? addresses.configuration(of: connection)
        }
        guard let place else { return }
        guard let other = try await holder(of: schemaName, at: place, besides: connection.id) else { return }
        let name = other.appName == connection.appName ? "the connection \(other.name)" : "another connection"
        throw APIError.conflict("the schema \(schemaName) of that database already belongs to \(name)")
    }

    /// The connection that has a schema.
    func holder(of schemaName: String, at place: PostgresConfiguration, besides id: UUID?) async throws -> Connection? {
        try await catalog.connections().first { other in
            other.id != id && other.schemaName == schemaName
                && (try? addresses.configuration(of: other))?.displayName == place.displayName
        }
    }
}
