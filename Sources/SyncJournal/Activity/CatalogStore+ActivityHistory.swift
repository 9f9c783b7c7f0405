public import Catalog
public import Foundation
import Postgres

extension CatalogStore {
    /// A connection's activity over a period, or that of one of its mappings, in every span of it, also those without any: oldest first, of each span
    /// both directions.
    ///
    /// - Throws: `PostgresError`.
    public func activityHistory(_ connectionID: UUID, mapping: UUID? = nil, _ period: HistoryPeriod) async throws -> [ActivityBucket] {
        // Asked for by itself: a planner that sees when the period begins reads no more than that.
        let final: Date = try await pool.query(
            "SELECT date_bin(\(period.span)::interval, sluice.clock(), 'epoch') AS final", timeout: .seconds(10))[0].decode("final")
        let first = final.addingTimeInterval((period.span - period.length) / .seconds(1))
        return try await pool.query(
            """
            WITH spans AS (
                SELECT generate_series(\(first)::timestamptz, \(final)::timestamptz, \(period.span)::interval) AS start
            ), moved AS (
                SELECT date_bin(\(period.span)::interval, a.bucket, 'epoch') AS start, a.direction, sum(a.rows)::bigint AS rows, sum(a.errors)::bigint AS errors
                FROM sluice.mappings m CROSS JOIN (VALUES ('sf_to_db'), ('db_to_sf')) AS way(direction)
                JOIN sluice.activity a ON a.mapping_id = m.id AND a.direction = way.direction
                 AND a.bucket >= \(first)::timestamptz
                WHERE m.connection_id = \(connectionID) AND (\(mapping)::uuid IS NULL OR m.id = \(mapping))
                GROUP BY 1, 2
            )
            SELECT spans.start, way.direction, coalesce(moved.rows, 0) AS rows, coalesce(moved.errors, 0) AS errors
            FROM spans CROSS JOIN (VALUES ('sf_to_db'), ('db_to_sf')) AS way(direction)
            LEFT JOIN moved ON moved.start = spans.start AND moved.direction = way.direction
            ORDER BY 1, 2 DESC
            """, timeout: .seconds(10)
        ).map { row in
            ActivityBucket(
                start: try row.decode("start"), direction: SyncDirection(rawValue: try row.decode("direction")) ?? .salesforceToDatabase,
                rows: try row.decode("rows"), errors: try row.decode("errors"))
        }
    }

    /// Makes an hour of the minutes of the oldest hour that ended longer ago than this: by then nothing is added to it any more.
    ///
    /// - Returns: how many rows of minutes went.
    /// - Throws: `PostgresError`.
    public func summarizeActivity(olderThan age: Duration) async throws -> Int {
        try await pool.transaction { session in
            let gone = try session.query(
                """
                WITH oldest AS (
                    SELECT date_trunc('hour', min(bucket)) AS hour FROM sluice.activity WHERE NOT is_hour
                ), gone AS (
                    DELETE FROM sluice.activity a USING oldest
                    WHERE NOT a.is_hour AND a.bucket >= oldest.hour AND a.bucket < oldest.hour + interval '1 hour'
                      AND oldest.hour + interval '1 hour' < sluice.clock() - \(age)::interval
                    RETURNING a.mapping_id, a.direction, oldest.hour, a.rows, a.errors
                )
                SELECT mapping_id, direction, hour, sum(rows)::bigint AS rows, sum(errors)::bigint AS errors, count(*) AS minutes
                FROM gone GROUP BY 1, 2, 3
                """, timeout: .seconds(30))
            try session.run(
                """
                INSERT INTO sluice.activity (mapping_id, direction, bucket, rows, errors, is_hour)
                SELECT *, true FROM unnest(
                    \(gone.map { try $0.decode("mapping_id", as: UUID.self) })::uuid[], \(gone.map { try $0.decode("direction", as: String.self) })::text[],
                    \(gone.map { try $0.decode("hour", as: Date.self) })::timestamptz[], \(gone.map { try $0.decode("rows", as: Int64.self) })::bigint[],
                    \(gone.map { try $0.decode("errors", as: Int64.self) })::bigint[])
                ON CONFLICT (mapping_id, direction, bucket) DO UPDATE
                SET rows = activity.rows + excluded.rows, errors = activity.errors + excluded.errors, is_hour = true
                """, timeout: .seconds(30))
            return try gone.reduce(0) { $0 + (try $1.decode("minutes", as: Int.self)) }
        }
    }

    /// Forgets hours that are older than this.
    ///
    /// - Returns: how many rows went.
    /// - Throws: `PostgresError`.
    public func pruneActivity(olderThan age: Duration) async throws -> Int {
        try await pool.run(
            """
            DELETE FROM sluice.activity WHERE ctid = ANY (ARRAY(
                SELECT ctid FROM sluice.activity WHERE is_hour AND bucket < sluice.clock() - \(age)::interval LIMIT 5000))
            """, timeout: .seconds(30))
    }
}
