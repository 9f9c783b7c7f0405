public import Foundation
import Postgres

/// The objects of a connection's org, as it last listed them.
public struct OrgObjects: Sendable {
    /// When.
    public let readAt: Date
    /// How long ago that was, in seconds, by the database's clock.
    public let age: Double
    /// A list of objects, each with its name, whether it can be mapped, and why not.
    public let objects: [JSONValue]
}

extension CatalogStore {
    /// Keeps what an org listed.
    ///
    /// - Throws: `PostgresError`.
    public func keepObjects(_ objects: JSONValue, of connection: Connection) async throws {
        try await pool.run(
            """
            INSERT INTO sluice.org_objects (connection_id, api_version, objects)
            SELECT id, \(connection.apiVersion), \(objects.text)::json FROM sluice.connections WHERE id = \(connection.id)
            ON CONFLICT (connection_id) DO UPDATE
            SET api_version = excluded.api_version, objects = excluded.objects, read_at = sluice.clock()
            """, timeout: .seconds(10))
    }

    /// What a connection's org last listed in the connection's API version; nil when nobody has asked.
    ///
    /// - Throws: `PostgresError`; `JSONSyntaxError` never, since the database holds JSON only.
    public func objects(of connection: Connection) async throws -> OrgObjects? {
        try await pool.query(
            """
            SELECT read_at, extract(epoch FROM sluice.clock() - read_at)::float8 AS age, objects
            FROM sluice.org_objects WHERE connection_id = \(connection.id) AND api_version = \(connection.apiVersion)
            """, timeout: .seconds(5)
        ).first.map { row in
            OrgObjects(
                readAt: try row.decode("read_at"), age: try row.decode("age"),
                objects: try JSONValue(parsing: row.decode("objects", as: String.self)).elements ?? [])
        }
    }
}
