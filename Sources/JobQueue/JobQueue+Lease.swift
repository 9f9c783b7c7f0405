public import Postgres

extension JobQueue {
    /// Extends leases in one statement.
    ///
    /// - Returns: the leases that were lost, and those whose job somebody asked to cancel.
    /// - Throws: `PostgresError`.
    public func renew(_ leases: [Lease], for duration: Duration) async throws -> (lost: Set<Lease>, cancelRequested: Set<Lease>) {
        guard !leases.isEmpty else { return ([], []) }
        let rows = try await pool.query(
            .prepared(
                """
                WITH mine AS (
                    SELECT j.id, j.lease_token, j.cancel_requested
                    FROM unnest(\(leases.map(\.jobID))::bigint[], \(leases.map(\.token))::bigint[]) AS held(id, token)
                    JOIN sluice.jobs j ON j.id = held.id AND j.lease_token = held.token
                ), free AS (
                    -- A job that somebody holds just now is ending, or is renewed next time; waiting for it could be waiting for each other.
                    SELECT j.id FROM sluice.jobs j JOIN mine ON j.id = mine.id AND j.lease_token = mine.lease_token FOR NO KEY UPDATE OF j SKIP LOCKED
                ), renewed AS (
                    UPDATE sluice.jobs j SET lease_expires_at = sluice.clock() + \(duration)::interval WHERE j.id = ANY (ARRAY(SELECT id FROM free))
                )
                SELECT id, lease_token, cancel_requested FROM mine
                """), timeout: .seconds(10))
        var kept: Set<Lease> = []
        var cancelRequested: Set<Lease> = []
        for row in rows {
            let lease = Lease(jobID: try row.decode("id"), token: try row.decode("lease_token"))
            kept.insert(lease)
            if try row.decode("cancel_requested", as: Bool.self) { cancelRequested.insert(lease) }
        }
        return (Set(leases).subtracting(kept), cancelRequested)
    }

    /// Saves progress under a lease: what a later attempt, on any worker, goes on from.
    ///
    /// - Parameter progress: JSON text.
    /// - Throws: `LeaseLost`; `PostgresError`.
    public func checkpoint(_ lease: Lease, progress: String) async throws {
        try await pool.withSession { try Self.checkpoint(lease, progress: progress, in: $0) }
    }

    /// Saves progress as part of the caller's transaction.
    ///
    /// - Throws: `LeaseLost`; `PostgresError`.
    public static func checkpoint(_ lease: Lease, progress: String, in session: PostgresSession) throws {
        let touched = try session.run(
            .prepared(
                """
                UPDATE sluice.jobs SET progress = \(progress)::jsonb
                WHERE id = \(lease.jobID) AND lease_token = \(lease.token) AND state = 'running'
                """))
        guard touched == 1 else { throw LeaseLost(lease: lease) }
    }

    /// Checks a lease and keeps it from being taken away until the caller's transaction ends. Statements that must not be made by a
    /// worker that lost its lease go in the same transaction after this call.
    ///
    /// - Throws: `LeaseLost`; `PostgresError`.
    public static func hold(_ lease: Lease, in session: PostgresSession) throws {
        let rows = try session.query(
            .prepared(
                "SELECT FROM sluice.jobs WHERE id = \(lease.jobID) AND lease_token = \(lease.token) AND state = 'running' FOR NO KEY UPDATE"
            ))
        guard rows.count == 1 else { throw LeaseLost(lease: lease) }
    }

    /// Gives jobs back as they were: no attempt is counted. For a worker that shuts down.
    ///
    /// - Returns: how many were still held.
    /// - Throws: `PostgresError`.
    @discardableResult
    public func handBack(_ leases: [Lease]) async throws -> Int {
        guard !leases.isEmpty else { return 0 }
        return try await pool.run(
            """
            WITH freed AS (
                UPDATE sluice.jobs j
                SET state = 'available', attempt = j.attempt - 1, worker = NULL, lease_token = NULL, lease_expires_at = NULL,
                    deadline_at = NULL, started_at = NULL,
                    unique_key = CASE WHEN \(fragment: Self.anotherWaits) THEN NULL ELSE j.unique_key END
                FROM unnest(\(leases.map(\.jobID))::bigint[], \(leases.map(\.token))::bigint[]) AS held(id, token)
                WHERE j.id = held.id AND j.lease_token = held.token
                RETURNING j.id
            )
            SELECT pg_notify(\(Self.channel), '') FROM freed
            """, timeout: .seconds(10))
    }

    /// Takes jobs from workers that died (their lease lapsed) or whose handler hangs (the job's time-out passed), a few at a time, and
    /// makes them available again; the error says which it was. A job that keeps being lost fails instead of circling.
    ///
    /// - Parameter maxCrashes: leases a job may lose before it counts as failed.
    /// - Returns: how many jobs were taken from dead workers.
    /// - Throws: `PostgresError`.
    public func rescue(maxCrashes: Int = 5) async throws -> Int {
        try await pool.run(
            """
            WITH turn AS MATERIALIZED (
                -- One worker at a time looks: with many of them, or many dead rows, the looks would be a load of their own.
                SELECT pg_try_advisory_xact_lock(hashtextextended('sluice.rescue', 0)) AS is_mine
            ), lapsed AS (
                SELECT id,
                       CASE WHEN lease_expires_at < sluice.clock() THEN 'its worker died: the lease of ' || worker || ' lapsed'
                            ELSE 'its handler hung: it ran longer than its time-out of ' || timeout || ' on ' || worker END AS reason
                FROM sluice.jobs
                WHERE state = 'running' AND (lease_expires_at < sluice.clock() OR deadline_at < sluice.clock()) AND (SELECT is_mine FROM turn)
                LIMIT 100 FOR UPDATE SKIP LOCKED
            ), doomed AS (
                DELETE FROM sluice.jobs j USING lapsed WHERE j.id = lapsed.id AND j.crashes + 1 >= \(maxCrashes) RETURNING j.*, lapsed.reason
            ), buried AS (
                INSERT INTO sluice.finished_jobs
                    (id, kind, connection_id, mapping_id, state, priority, run_at, attempt, worker, exclusive_key, args, progress, last_error, created_at, started_at, plane)
                SELECT id, kind, connection_id, mapping_id, 'failed', priority, run_at, attempt, worker, exclusive_key, args, progress,
                       'lost ' || (crashes + 1) || ' times, last because ' || reason, created_at, started_at, \(fragment: Self.openPlane)
                FROM doomed
            ), freed AS (
                UPDATE sluice.jobs j
                SET state = 'available', crashes = j.crashes + 1, last_error = lapsed.reason,
                    worker = NULL, lease_token = NULL, lease_expires_at = NULL, deadline_at = NULL, started_at = NULL,
                    unique_key = CASE WHEN \(fragment: Self.anotherWaits) THEN NULL ELSE j.unique_key END
                FROM lapsed
                WHERE j.id = lapsed.id AND j.crashes + 1 < \(maxCrashes)
                RETURNING j.id
            )
            SELECT pg_notify(\(Self.channel), '') FROM freed
            """, timeout: .seconds(10))
    }

    /// Whether another job already waits under the unique key of `j`: then `j` goes back to waiting without the key.
    static let anotherWaits: PostgresQuery =
        "EXISTS (SELECT FROM sluice.jobs w WHERE w.state = 'available' AND w.unique_key = j.unique_key AND w.id <> j.id)"
}
