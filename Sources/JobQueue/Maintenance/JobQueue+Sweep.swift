import Postgres

extension JobQueue {
    /// Sweeps dead rows out of the table of live jobs when a plan says so.
    ///
    /// Autovacuum looks at a table once a minute, and later when its workers are busy elsewhere; at thirty thousand jobs a second that is
    /// millions of dead rows. Whoever works meanwhile waits for nothing.
    ///
    /// - Throws: `PostgresError`.
    func sweepDeadRows(_ plan: inout SweepPlan) async throws {
        let look = try await lookForDeadRows()
        guard plan.wantsSweep(look) else { return }
        try await pool.run("VACUUM (SKIP_LOCKED, TRUNCATE FALSE, PARALLEL 0) sluice.jobs", timeout: .seconds(300))
        plan.note(sweptAfter: look, left: try await lookForDeadRows().dead)
    }

    /// Transactions of other databases hold nothing here, nor does a VACUUM. Of other roles' sessions a role without `pg_read_all_stats` sees nothing.
    private func lookForDeadRows() async throws -> SweepPlan.Look {
        let row = try await pool.query(
            .prepared(
                """
                SELECT pg_stat_get_dead_tuples('sluice.jobs'::regclass) AS dead,
                       (SELECT number FROM (
                            SELECT backend_xmin::text AS number, age(backend_xmin) AS age FROM pg_stat_activity
                            WHERE backend_xmin IS NOT NULL AND pid <> pg_backend_pid() AND (datname IS NULL OR datname = current_database())
                              AND pid NOT IN (SELECT pid FROM pg_stat_progress_vacuum)
                            UNION ALL SELECT xmin::text, age(xmin) FROM pg_replication_slots WHERE xmin IS NOT NULL
                            UNION ALL SELECT transaction::text, age(transaction) FROM pg_prepared_xacts WHERE database = current_database()
                        ) AS open ORDER BY age DESC LIMIT 1) AS horizon
                """), timeout: .seconds(10))[0]
        return SweepPlan.Look(dead: try row.decode("dead"), horizon: try row.decodeIfPresent("horizon"))
    }
}
