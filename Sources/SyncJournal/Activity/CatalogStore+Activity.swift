public import Catalog
public import Foundation
public import Postgres

/// Which way rows went.
public enum SyncDirection: String, Sendable, Hashable, Codable {
    /// Salesforce to Postgres.
    case salesforceToDatabase = "sf_to_db"
    /// Postgres to Salesforce.
    case databaseToSalesforce = "db_to_sf"
}

/// Rows and errors of a connection in one span of time.
public struct ActivityBucket: Sendable, Hashable {
    /// Where the span begins.
    public let start: Date
    /// Which way the rows went.
    public let direction: SyncDirection
    /// Rows.
    public let rows: Int
    /// Rows that failed.
    public let errors: Int

    /// Rows and errors from `start` on.
    public init(start: Date, direction: SyncDirection, rows: Int, errors: Int) {
        self.start = start
        self.direction = direction
        self.rows = rows
        self.errors = errors
    }
}

extension CatalogStore {
    /// Adds rows and errors to the current minute of a mapping.
    ///
    /// - Throws: `PostgresError`.
    public func recordActivity(_ mappingID: UUID, _ direction: SyncDirection, rows: Int, errors: Int = 0) async throws {
        try await pool.withSession { try Self.recordActivity(mappingID, direction, rows: rows, errors: errors, in: $0) }
    }

    /// Adds rows and errors to the current minute of a mapping, and rows to its day, in the caller's transaction. A mapping that is gone is passed over.
    ///
    /// - Throws: `PostgresError`.
    public static func recordActivity(
        _ mappingID: UUID, _ direction: SyncDirection, rows: Int, errors: Int = 0, in session: PostgresSession
    ) throws {
        guard rows > 0 || errors > 0 else { return }
        try session.run(
            """
            WITH today AS (
                INSERT INTO sluice.activity_today AS t (mapping_id, direction, day, rows)
                SELECT id, \(direction.rawValue), (sluice.clock() AT TIME ZONE 'UTC')::date, \(rows)::bigint
                FROM sluice.mappings WHERE id = \(mappingID)
                ON CONFLICT (mapping_id, direction) DO UPDATE
                SET rows = CASE WHEN t.day = excluded.day THEN t.rows ELSE 0 END + excluded.rows, day = excluded.day
            )
            INSERT INTO sluice.activity (mapping_id, direction, bucket, rows, errors)
            SELECT id, \(direction.rawValue), date_trunc('minute', sluice.clock()), \(rows)::bigint, \(errors)::bigint
            FROM sluice.mappings WHERE id = \(mappingID)
            ON CONFLICT (mapping_id, direction, bucket) DO UPDATE
            SET rows = activity.rows + excluded.rows, errors = activity.errors + excluded.errors
            """)
    }

    /// Rows that a connection moved since the day began, either way; the day is UTC's.
    ///
    /// - Throws: `PostgresError`.
    public func rowsToday(_ connectionID: UUID) async throws -> Int {
        try await pool.query(
            .prepared(
                """
                SELECT coalesce(sum(t.rows), 0)::bigint AS rows FROM sluice.activity_today t JOIN sluice.mappings m ON m.id = t.mapping_id
                WHERE m.connection_id = \(connectionID) AND t.day = (SELECT (sluice.clock() AT TIME ZONE 'UTC')::date)
                """), timeout: .seconds(5))[0].decode("rows")
    }
}
