public import Foundation
import Postgres

extension CatalogStore {
    /// What Salesforce last said of an object; nil when nobody has asked.
    ///
    /// - Throws: `PostgresError`.
    public func describe(_ connectionID: UUID, object: String, apiVersion: String) async throws -> StoredDescribe? {
        try await pool.query(
            .prepared(
                """
                SELECT document, described_at, (extract(epoch FROM sluice.clock() - described_at) * 1000)::bigint AS age_ms
                FROM sluice.object_describes
                WHERE connection_id = \(connectionID) AND object_name = lower(\(object)) AND api_version = \(apiVersion)
                """)
        ).first.map(StoredDescribe.init(row:))
    }

    /// Keeps what Salesforce said of an object.
    ///
    /// - Parameter document: JSON text; nil when the org has no such object for the integration user.
    /// - Throws: `PostgresError`.
    public func storeDescribe(_ connectionID: UUID, object: String, apiVersion: String, document: String?) async throws {
        // A connection that was deleted meanwhile keeps nothing.
        try await pool.run(
            """
            INSERT INTO sluice.object_describes (connection_id, object_name, api_version, document)
            SELECT id, lower(\(object)), \(apiVersion), \(document)::json FROM sluice.connections WHERE id = \(connectionID)
            ON CONFLICT (connection_id, object_name, api_version) DO UPDATE
            SET document = excluded.document, described_at = sluice.clock()
            """)
    }

    /// Forgets descriptions that nobody has renewed for this long.
    ///
    /// - Returns: how many were forgotten.
    /// - Throws: `PostgresError`.
    public func pruneDescribes(olderThan age: Duration) async throws -> Int {
        try await pool.run(
            "DELETE FROM sluice.object_describes WHERE described_at < sluice.clock() - \(age)::interval", timeout: .seconds(30))
    }
}
