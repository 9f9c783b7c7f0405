public import Foundation
import Postgres

extension CatalogStore {
    /// A text for each connection that is another one when its record, one of its mappings, its log or its notifications changed: for who looks
    /// whether there is something new to show.
    ///
    /// - Throws: `PostgresError`.
    public func changeMarks(of connections: [UUID]) async throws -> [UUID: String] {
        if connections.isEmpty { return [:] }
        return try await pool.query(
            .prepared(
                """
                SELECT c.id, concat_ws(':', c.xmin,
                    (SELECT md5(string_agg(m.xmin::text, ',' ORDER BY m.id)) FROM sluice.mappings m WHERE m.connection_id = c.id),
                    (SELECT max(e.id) FROM sluice.events e WHERE e.connection_id = c.id),
                    (SELECT count(*) FROM sluice.notifications n WHERE n.connection_id = c.id AND n.acknowledged_at IS NULL)
                ) AS mark
                FROM sluice.connections c WHERE c.id = ANY (\(connections)::uuid[])
                """), timeout: .seconds(5)
        ).reduce(into: [:]) { $0[try $1.decode("id", as: UUID.self)] = try $1.decode("mark") }
    }
}
