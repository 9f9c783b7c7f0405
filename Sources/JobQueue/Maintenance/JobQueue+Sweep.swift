import Postgres

extension JobQueue {
    /// From how many new dead rows on sweeping them is worth it; a claim walks over far fewer without noticing.
    private static let manyDeadRows = 50_000

    /// Sweeps dead rows out of the table of live jobs when many have come since the last sweep.
    ///
    /// Autovacuum looks at a table once a minute, and later when its workers are busy elsewhere; at thirty thousand jobs a second that is
    /// millions of dead rows. Rows that an old transaction keeps cannot be swept: what one sweep had to leave must double before the next.
    /// Whoever works meanwhile waits for nothing.
    ///
    /// - Parameter left: dead rows that the last sweep left, 0 before the first.
    /// - Returns: dead rows that were left.
    /// - Throws: `PostgresError`.
    func sweepDeadRows(left: Int) async throws -> Int {
        let dead = try await deadRows()
        guard dead > 2 * left + Self.manyDeadRows else { return min(left, dead) }
        try await pool.run("VACUUM (SKIP_LOCKED, TRUNCATE FALSE, PARALLEL 0) sluice.jobs", timeout: .seconds(300))
        return try await deadRows()
    }

    private func deadRows() async throws -> Int {
        try await pool.query("SELECT pg_stat_get_dead_tuples('sluice.jobs'::regclass) AS dead", timeout: .seconds(10))[0].decode("dead")
    }
}
