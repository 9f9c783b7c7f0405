import Postgres

extension JobQueue {
    /// Sweeps dead rows out of the table of live jobs when a plan says so.
    ///
    /// Autovacuum looks at a table once a minute, and later when its workers are busy elsewhere; at thirty thousand jobs a second that is
    /// millions of dead rows. Nor does it know that an old transaction keeps them all, and walks over them again each time. So it comes only where
    /// nobody sweeps (V048). Whoever works meanwhile waits for nothing.
    ///
    /// - Throws: `PostgresError`.
    func sweepDeadRows(_ plan: inout SweepPlan) async throws {
        let look = try await lookForDeadRows()
        guard let pace = plan.sweep(after: look) else { return }
        // What is set and locked ends with the connection.
        let connection = try PostgresConnection(configuration: pool.configuration)
        let swept: Bool
        do {
            swept = try await connection.withSession { try Self.sweep(pace, in: $0) }
        } catch {
            await connection.close()
            throw error
        }
        await connection.close()
        if swept { plan.note(sweptAfter: look, left: try await lookForDeadRows().dead) }
    }

    /// The table of live jobs, as SQL names it.
    public static let liveTable = "sluice.jobs"

    /// The role, when it may not sweep the table of live jobs: Postgres skips the table then, and no statement fails.
    ///
    /// - Throws: `PostgresError`.
    public func roleThatCannotSweep() async throws -> String? {
        let row = try await pool.query(
            """
            SELECT current_user AS role,
                   pg_has_role(relowner, 'USAGE') OR EXISTS (
                       SELECT FROM aclexplode(relacl) AS granted
                       WHERE granted.privilege_type = 'MAINTAIN' AND (granted.grantee = 0 OR pg_has_role(granted.grantee, 'USAGE'))
                   ) OR EXISTS (SELECT FROM pg_roles WHERE rolname = 'pg_maintain' AND pg_has_role(oid, 'USAGE')) AS may
            FROM pg_class WHERE oid = 'sluice.jobs'::regclass
            """, timeout: .seconds(10))[0]
        return try row.decode("may") ? nil : row.decode("role")
    }

    /// - Returns: false when another worker sweeps.
    private static func sweep(_ pace: SweepPlan.Pace, in session: PostgresSession) throws -> Bool {
        let isAlone: Bool = try session.query(
            "SELECT pg_try_advisory_lock(hashtextextended('sluice.sweep', 0)) AS alone", timeout: .seconds(10))[0]
            .decode("alone")
        guard isAlone else { return false }
        // Long enough for Postgres to end an autovacuum that is at it, which it does after deadlock_timeout.
        try session.run("SET lock_timeout TO '5s'", timeout: .seconds(10))
        switch pace {
        case .full: try session.run("SET vacuum_cost_delay TO 0", timeout: .seconds(10))
        case .gentle: try session.run("SET vacuum_cost_delay TO '2ms'", timeout: .seconds(10))
        }
        try session.run("VACUUM (TRUNCATE FALSE, PARALLEL 0) sluice.jobs", timeout: pace == .full ? .seconds(300) : .seconds(4 * 3600))
        return true
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
