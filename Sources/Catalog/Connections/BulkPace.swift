import Postgres

public import struct Foundation.UUID

/// How fast an org's bulk queries are, as the last ones were.
public struct BulkPace: Sendable, Equatable {
    /// From the query's making until its result is there.
    public let wait: Duration
    /// Rows of a result that are in the table each second.
    public let rowsPerSecond: Int

    /// Until an org has shown its own: ours, not Salesforce's, which promises none.
    public static let unknown = BulkPace(wait: .seconds(10), rowsPerSecond: 10_000)

    /// A pace.
    public init(wait: Duration, rowsPerSecond: Int) {
        self.wait = wait
        self.rowsPerSecond = rowsPerSecond
    }

    /// How long so many rows take.
    public func seconds(ofRows rows: Int) -> Double { wait / .seconds(1) + Double(rows) / Double(max(1, rowsPerSecond)) }
}

extension CatalogStore {
    /// Keeps how fast a bulk query was. What hardly differs from the last is not written.
    ///
    /// - Parameter rowsPerSecond: nil when it had too few rows to tell.
    /// - Throws: `PostgresError`.
    public func noteBulkPace(_ id: UUID, wait: Duration, rowsPerSecond: Int?) async throws {
        let milliseconds = Int(wait / .milliseconds(1))
        try await pool.run(
            """
            UPDATE sluice.connections SET bulk_wait_ms = \(milliseconds), bulk_rows_per_second = coalesce(\(rowsPerSecond)::integer, bulk_rows_per_second)
            WHERE id = \(id) AND (bulk_wait_ms IS NULL OR abs(bulk_wait_ms - \(milliseconds)) > 0.25 * bulk_wait_ms
                OR \(rowsPerSecond)::integer IS NOT NULL AND (bulk_rows_per_second IS NULL
                    OR abs(bulk_rows_per_second - \(rowsPerSecond)::integer) > 0.25 * bulk_rows_per_second))
            """)
    }
}
