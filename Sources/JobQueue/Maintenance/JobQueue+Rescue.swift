import Postgres

extension JobQueue {
    /// Takes jobs from workers that died (their lease lapsed) or whose handler hangs (the job's time-out passed), a hundred at most, and
    /// makes them available again; the error says which it was. A job that keeps being lost fails instead of circling.
    ///
    /// - Parameter maxCrashes: leases a job may lose before it counts as failed.
    /// - Returns: how many jobs are available again.
    /// - Throws: `PostgresError`.
    public func rescue(maxCrashes: Int = 5) async throws -> Int { try await rescue(maxCrashes: maxCrashes, among: nil).jobs }

    /// Rescues among some jobs, which costs next to nothing, or among all that run: that walks over those that ran and are not swept away yet.
    ///
    /// - Returns: how many jobs are available again, and whether they were looked at: all running jobs are by one worker at a time.
    /// - Throws: `PostgresError`.
    func rescue(maxCrashes: Int = 5, among jobIDs: [Int64]?) async throws -> (jobs: Int, hasLooked: Bool) {
        let scope: PostgresQuery = jobIDs.map { "id = ANY (\($0)::bigint[])" } ?? "state = 'running' AND (SELECT is_mine FROM turn)"
        let rows = try await puttingBack {
            try await pool.query(
                """
                WITH turn AS MATERIALIZED (
                    -- With many workers, or many dead rows, looks of all of them would be a load of their own.
                    SELECT pg_try_advisory_xact_lock(hashtextextended('sluice.rescue', 0)) AS is_mine WHERE \(jobIDs == nil)::boolean
                ), lapsed AS (
                    SELECT id, crashes FROM sluice.jobs
                    WHERE (lease_expires_at < sluice.clock() OR deadline_at < sluice.clock()) AND \(fragment: scope)
                    LIMIT 100 FOR UPDATE SKIP LOCKED
                ), doomed AS (
                    DELETE FROM sluice.jobs j WHERE j.id = ANY (ARRAY(SELECT id FROM lapsed WHERE crashes + 1 >= \(maxCrashes)))
                    RETURNING j.*, \(fragment: Self.lossReason) AS reason
                ), buried AS (
                    INSERT INTO sluice.finished_jobs
                        (id, kind, connection_id, mapping_id, state, priority, run_at, attempt, worker, exclusive_key, args, progress, last_error, created_at, started_at, plane)
                    SELECT id, kind, connection_id, mapping_id, 'failed', priority, run_at, attempt, worker, exclusive_key, args, progress,
                           'lost ' || (crashes + 1) || ' times, last because ' || reason, created_at, started_at, \(fragment: Self.openPlane)
                    FROM doomed
                ), freed AS (
                    UPDATE sluice.jobs j
                    SET state = 'available', crashes = j.crashes + 1, last_error = \(fragment: Self.lossReason),
                        worker = NULL, lease_token = NULL, lease_expires_at = NULL, deadline_at = NULL, started_at = NULL,
                        unique_key = CASE WHEN \(fragment: Self.anotherWaits) THEN NULL ELSE j.unique_key END
                    WHERE j.id = ANY (ARRAY(SELECT id FROM lapsed WHERE crashes + 1 < \(maxCrashes)))
                    RETURNING j.id
                )
                SELECT (SELECT count(*) FROM freed) AS jobs, coalesce((SELECT is_mine FROM turn), true) AS has_looked,
                       (SELECT pg_notify(\(Self.channel), \(Self.putBack)) FROM freed LIMIT 1)
                """, timeout: Self.wholeLook)
        }
        return (try rows[0].decode("jobs"), try rows[0].decode("has_looked"))
    }

    /// Why the job `j` was lost.
    private static let lossReason: PostgresQuery = """
        CASE WHEN j.lease_expires_at < sluice.clock() THEN 'its worker died: the lease of ' || j.worker || ' lapsed'
             ELSE 'its handler hung: it ran longer than its time-out of ' || j.timeout || ' on ' || j.worker END
        """

    /// What decides whether all running jobs must be looked at although that is costly.
    ///
    /// - Parameters:
    ///   - lease: how long a lease lasts: a worker that was not heard of for as long has lost its jobs.
    ///   - time: how far back.
    /// - Returns: how many workers live, and whether one was lost within that time.
    /// - Throws: `PostgresError`.
    func liveness(lease: Duration, since time: Duration) async throws -> (live: Int, hasLostSome: Bool) {
        let row = try await pool.query(
            """
            SELECT count(*) FILTER (WHERE heartbeat_at + \(lease)::interval > sluice.clock()) AS live,
                   coalesce(bool_or(heartbeat_at + \(lease)::interval BETWEEN sluice.clock() - \(time)::interval AND sluice.clock()), false) AS has_lost_some
            FROM sluice.workers WHERE role = 'worker'
            """, timeout: .seconds(10))[0]
        return (try row.decode("live"), try row.decode("has_lost_some"))
    }
}
