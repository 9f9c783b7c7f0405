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

    /// Adds rows and errors to the current minute of a mapping, in the caller's transaction. A mapping that is gone is passed over.
    ///
    /// - Throws: `PostgresError`.
    public static func recordActivity(
        _ mappingID: UUID, _ direction: SyncDirection, rows: Int, errors: Int = 0, in session: PostgresSession
    ) throws {
        guard rows > 0 || errors > 0 else { return }
        try session.run(
            """
            INSERT INTO sluice.activity (mapping_id, direction, bucket, rows, errors)
            SELECT id, \(direction.rawValue), date_trunc('minute', sluice.clock()), \(rows)::bigint, \(errors)::bigint
            FROM sluice.mappings WHERE id = \(mappingID)
            ON CONFLICT (mapping_id, direction, bucket) DO UPDATE
            SET rows = activity.rows + excluded.rows, errors = activity.errors + excluded.errors
            """)
    }

    /// A connection's activity over a period, or that of one of its mappings, in spans of equal length, oldest first; spans without any are left out.
    ///
    /// - Throws: `PostgresError`.
    public func activity(_ connectionID: UUID, mapping: UUID? = nil, period: Duration, span: Duration) async throws -> [ActivityBucket] {
        try await pool.query(
            """
            SELECT date_bin(\(span)::interval, a.bucket, 'epoch') AS start, a.direction, sum(a.rows)::bigint AS rows, sum(a.errors)::bigint AS errors
            FROM sluice.activity a JOIN sluice.mappings m ON m.id = a.mapping_id
            WHERE m.connection_id = \(connectionID) AND (\(mapping)::uuid IS NULL OR m.id = \(mapping)) AND a.bucket > sluice.clock() - \(period)::interval
            GROUP BY 1, 2 ORDER BY 1, 2
            """
        ).map { row in
            ActivityBucket(
                start: try row.decode("start"), direction: SyncDirection(rawValue: try row.decode("direction")) ?? .salesforceToDatabase,
                rows: try row.decode("rows"), errors: try row.decode("errors"))
        }
    }
}
