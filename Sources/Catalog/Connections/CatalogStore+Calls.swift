public import Foundation
import Postgres

/// Calls to Salesforce that were made for a connection.
public struct ConnectionCalls: Sendable, Hashable {
    /// How many, by the mapping that they read; those of nil read none.
    public var byMapping: [UUID?: Int]
    /// Calls the org counted in 24 hours, from all of its clients, when an answer told.
    public var used: Int?
    /// Calls the org allows in 24 hours, when an answer told.
    public var limit: Int?

    /// Calls of a connection.
    public init(_ byMapping: [UUID?: Int], used: Int? = nil, limit: Int? = nil) {
        self.byMapping = byMapping
        self.used = used
        self.limit = limit
    }
}

extension CatalogStore {
    /// Adds calls to the accounts of today, connections' and mappings', all or none of them. Connections and mappings that are gone are passed over.
    ///
    /// - Throws: `PostgresError`.
    public func recordCalls(_ calls: [UUID: ConnectionCalls], timeout: Duration = .seconds(5)) async throws {
        // In one order, for several processes add at a time.
        let connections = calls.sorted { $0.key.uuidString < $1.key.uuidString }
        if connections.isEmpty { return }
        let (ids, used, limits) = (connections.map(\.key), connections.map(\.value.used), connections.map(\.value.limit))
        let totals = connections.map { $0.value.byMapping.values.reduce(0, +) }
        let mappings = connections.flatMap { $0.value.byMapping }.compactMap { made in made.key.map { (id: $0, calls: made.value) } }
            .sorted { $0.id.uuidString < $1.id.uuidString }
        try await pool.transaction { session in
            try session.run(
                """
                INSERT INTO sluice.api_usage AS u (connection_id, day, calls, limit_used, limit_max)
                SELECT c.id, (sluice.clock() AT TIME ZONE 'UTC')::date, made.calls, made.used, made.most
                FROM unnest(\(ids)::uuid[], \(totals)::bigint[], \(used)::bigint[], \(limits)::bigint[]) AS made (id, calls, used, most)
                JOIN sluice.connections c ON c.id = made.id
                ORDER BY c.id
                ON CONFLICT (connection_id, day) DO UPDATE
                SET calls = u.calls + excluded.calls, limit_used = coalesce(excluded.limit_used, u.limit_used),
                    limit_max = coalesce(excluded.limit_max, u.limit_max)
                """, timeout: timeout)
            if mappings.isEmpty { return }
            try session.run(
                """
                INSERT INTO sluice.mapping_usage AS u (mapping_id, day, calls)
                SELECT m.id, (sluice.clock() AT TIME ZONE 'UTC')::date, made.calls
                FROM unnest(\(mappings.map(\.id))::uuid[], \(mappings.map(\.calls))::bigint[]) AS made (id, calls)
                JOIN sluice.mappings m ON m.id = made.id
                ORDER BY m.id
                ON CONFLICT (mapping_id) DO UPDATE
                SET calls = CASE WHEN u.day = excluded.day THEN u.calls ELSE 0 END + excluded.calls, day = excluded.day
                """, timeout: timeout)
        }
    }
}
