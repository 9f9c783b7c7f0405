import Postgres

/// Jobs that ended lie in `sluice.finished_jobs`, whose partitions, the planes, are used one after the other and emptied whole.
extension JobQueue {
    /// The plane that is written, for statements that bury a job.
    static let openPlane: PostgresQuery = "(SELECT plane FROM sluice.history_planes WHERE opened_at IS NOT NULL AND closed_at IS NULL)"

    /// How many planes the time of retention is divided into; two more are being written and emptied.
    private static let division = 6

    /// Forgets finished jobs: every plane that was closed longer ago than this is emptied, and the plane that is written is closed when it
    /// has been open for a sixth of this. A finished job is so kept at least for `age` and at most a third longer.
    ///
    /// Emptying a plane locks that plane only, which nobody writes to, and gives up at once when somebody reads it: whoever ends jobs or
    /// claims them never waits. What could not be emptied is, the next time.
    ///
    /// - Returns: how many planes were emptied.
    /// - Throws: `PostgresError`.
    public func prune(olderThan age: Duration) async throws -> Int {
        let expired = try await pool.query(
            "SELECT plane FROM sluice.history_planes WHERE closed_at < sluice.clock() - \(age)::interval ORDER BY closed_at"
        ).map { try $0.decode("plane", as: Int.self) }
        var emptied = 0
        for plane in expired where try await empty(plane, closedFor: age) { emptied += 1 }
        try await advance(after: age / Self.division)
        return emptied
    }

    private func empty(_ plane: Int, closedFor age: Duration) async throws -> Bool {
        do {
            return try await pool.transaction { session in
                try session.run("SET LOCAL lock_timeout = '100 ms'")
                let mine = try session.run(
                    """
                    UPDATE sluice.history_planes SET opened_at = NULL, closed_at = NULL
                    WHERE plane = \(plane) AND closed_at < sluice.clock() - \(age)::interval
                    """)
                guard mine == 1 else { return false }
                try session.run("TRUNCATE \(identifier: "sluice", "finished_jobs_\(plane)")")
                return true
            }
        } catch let error as PostgresError where error.sqlState == "55P03" {
            return false
        }
    }

    /// Closes the plane that is written and opens the next, if that is empty.
    private func advance(after width: Duration) async throws {
        try await pool.run(
            """
            WITH old AS (
                SELECT plane FROM sluice.history_planes WHERE opened_at < sluice.clock() - \(width)::interval AND closed_at IS NULL FOR UPDATE
            ), new AS (
                SELECT p.plane FROM sluice.history_planes p, old
                WHERE p.plane = (old.plane + 1) % (SELECT count(*) FROM sluice.history_planes) AND p.opened_at IS NULL
            )
            UPDATE sluice.history_planes p
            SET opened_at = coalesce(p.opened_at, sluice.clock()), closed_at = CASE WHEN p.plane = old.plane THEN sluice.clock() END
            FROM old, new WHERE p.plane IN (old.plane, new.plane)
            """, timeout: .seconds(10))
    }
}
