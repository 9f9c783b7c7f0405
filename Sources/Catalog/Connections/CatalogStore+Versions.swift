public import Foundation
import Postgres

/// Which state of a connection's record somebody has seen: another one is told by another text.
public struct ConnectionVersion: Sendable, Hashable {
    /// The connection.
    public let id: UUID
    /// Changes with the record, and with whether one of its mappings is in a state of error.
    public let version: String
    /// Whether one of its mappings is in a state of error.
    public let hasErrors: Bool
}

extension CatalogStore {
    /// The states of the connections that a user may see, oldest connection first, cheap enough to be asked for with every list.
    ///
    /// - Parameters:
    ///   - app: only those of this app, by name or id.
    ///   - resource: only the one of this resource name.
    /// - Throws: `PostgresError`.
    public func connectionVersions(visibleTo user: User, app: String? = nil, resource: String? = nil) async throws -> [ConnectionVersion] {
        try await pool.query(
            .prepared(
                """
                SELECT c.id, c.xmin::text AS version, EXISTS (
                    SELECT FROM sluice.mappings m WHERE m.connection_id = c.id AND m.state IN (\(fragment: Self.errorStates))
                ) AS has_errors
                FROM sluice.connections c
                WHERE (\(user.isAdministrator) OR c.app_name = ANY (\(user.apps)::text[])
                    OR c.id = ANY (\(Array(user.connectionRoles.keys))::uuid[]))
                AND (\(app)::text IS NULL OR c.app_name = \(app) OR c.app_id::text = lower(\(app)))
                AND (\(resource)::text IS NULL OR c.resource_name = \(resource))
                ORDER BY c.internal_id
                """)
        ).map { row in
            let hasErrors: Bool = try row.decode("has_errors")
            return ConnectionVersion(
                id: try row.decode("id"), version: try row.decode("version", as: String.self) + (hasErrors ? "e" : ""), hasErrors: hasErrors
            )
        }
    }

    /// Connections by their ids, in no order.
    ///
    /// - Throws: `PostgresError`, `CatalogError`.
    public func connections(ids: [UUID]) async throws -> [Connection] {
        if ids.isEmpty { return [] }
        return try await pool.query(.prepared("SELECT * FROM sluice.connections WHERE id = ANY (\(ids)::uuid[])")).map(
            Connection.init(row:))
    }

    /// Spelled out, so that the index of just these is used.
    private static let errorStates: PostgresQuery = {
        let names = MappingState.allCases.filter(\.isError).map { PostgresText.quoteLiteral($0.rawValue) }
        return "\(raw: names.joined(separator: ", "))"
    }()
}
