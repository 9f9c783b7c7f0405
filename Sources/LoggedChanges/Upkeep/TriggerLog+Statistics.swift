package import MappedSchema
package import Postgres

extension TriggerLog {
    /// So many changes that wait make a log another one than its statistics describe, until autovacuum comes by.
    private static let burst = 5000

    /// Gathers statistics of the log behind a burst of changes: the planner takes what waits for a handful of rows otherwise, and goes through all of
    /// it again and again. Nothing happens while somebody else sweeps the log.
    ///
    /// - Throws: `PostgresError`.
    package func refreshStatistics(in session: PostgresSession) throws {
        let waiting: Int64 = try session.query(
            """
            SELECT count(*) AS n FROM (
                SELECT FROM \(fragment: log) WHERE state = 'NEW' OR state = 'PENDING' LIMIT \(Self.burst)
            ) AS found
            """)[0].decode("n")
        guard waiting == Self.burst else { return }
        do {
            try session.transaction {
                try session.run("SET LOCAL lock_timeout TO '200ms'")
                // What is looked for is few columns, and of those a rough idea does; the rows' texts would take most of the time.
                try session.run("SET LOCAL default_statistics_target TO 20")
                try session.run(
                    "ANALYZE \(fragment: log) (id, created_at, state, action, table_name, record_id, sfid)", timeout: .seconds(60))
            }
        } catch let error as PostgresError where error.sqlState == "55P03" {}
    }
}
