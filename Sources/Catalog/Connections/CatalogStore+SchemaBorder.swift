public import Foundation
public import Postgres
public import Secrets

extension CatalogStore {
    /// Makes a connection whose schema no other one has, under whatever name that one knows the database.
    ///
    /// - Throws: as `createConnection(_:sealingKey:)` and `requireFree`.
    public func createConnection(_ new: NewConnection, sealingKey: SealingKey, addresses: ConnectionAddresses) async throws -> Connection {
        let connection = try await createConnection(new, sealingKey: sealingKey)
        do {
            try await requireFree(connection, at: addresses)
        } catch {
            _ = try await pool.transaction { try Self.deleteConnection(connection.id, in: $0) }
            throw error
        }
        return connection
    }

    /// Refuses to give a connection a schema that another one has, under whatever variable or sealed address that one knows the database:
    /// otherwise one app's users could read another's tables and errors by moving there.
    ///
    /// - Parameters:
    ///   - schemaName: another schema than the one that it has.
    ///   - dbKey: another database; one that the app may not use is refused with the change itself.
    /// - Throws: `CatalogError` with code `.conflict`; `PostgresError`.
    public func requireFree(_ connection: Connection, schemaName: String? = nil, dbKey: String? = nil, at addresses: ConnectionAddresses)
        async throws
    {
        let schemaName = schemaName ?? connection.schemaName
        let place: PostgresConfiguration?
        if let dbKey {
            let isAllowed = try await databases(app: connection.appName).contains { $0.dbKey == dbKey }
            place = isAllowed ? addresses.configuration(dbKey: dbKey) : nil
        } else {
            place = try? addresses.configuration(of: connection)
        }
        guard let place, let other = try await holder(of: schemaName, at: place, besides: connection.id, addresses) else { return }
        let name = other.appName == connection.appName ? "the connection \(other.name)" : "another connection"
        throw CatalogError(code: .conflict, message: "the schema \(schemaName) of that database already belongs to \(name)")
    }

    /// The connection that has a schema.
    ///
    /// - Parameter id: the connection that asks, which is not meant.
    /// - Throws: `CatalogError`; `PostgresError`.
    public func holder(of schemaName: String, at place: PostgresConfiguration, besides id: UUID?, _ addresses: ConnectionAddresses)
        async throws -> Connection?
    {
        try await connections().first { other in
            other.id != id && other.schemaName == schemaName
                && (try? addresses.configuration(of: other))?.displayName == place.displayName
        }
    }
}
