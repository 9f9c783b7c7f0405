import ForeignText
public import Postgres

extension JobQueue {
    /// A job that ended well.
    public struct Completion: Sendable {
        /// The lease under which it ran.
        public let lease: Lease
        /// For people.
        public let outcome: String?

        /// Describes an end.
        public init(lease: Lease, outcome: String?) {
            self.lease = lease
            self.outcome = outcome
        }
    }

    /// Moves completed jobs to `finished_jobs` in one statement.
    ///
    /// - Returns: the leases whose completion counted; a lost lease completes nothing.
    /// - Throws: `PostgresError`.
    @discardableResult
    public func complete(_ completions: [Completion]) async throws -> Set<Lease> {
        guard !completions.isEmpty else { return [] }
        return try await pool.withSession { try Self.complete(completions, in: $0) }
    }

    /// Completes jobs as part of the caller's transaction, so that a job's effect and its end are one.
    ///
    /// - Throws: `PostgresError`.
    @discardableResult
    public static func complete(_ completions: [Completion], in session: PostgresSession) throws -> Set<Lease> {
        let leases = completions.map(\.lease)
        let outcomes = completions.contains { $0.outcome != nil } ? completions.map { $0.outcome.map { String(foreign: $0) } } : []
        let rows = try session.query(
            .prepared(
                """
                WITH done AS (
                    DELETE FROM sluice.jobs j WHERE \(fragment: Self.isUnder(leases))
                    RETURNING j.*, (\(nullable: outcomes)::text[])[array_position(\(leases.map(\.jobID))::bigint[], j.id)] AS outcome
                ), kept AS (
                    INSERT INTO sluice.finished_jobs
                        (id, kind, connection_id, mapping_id, state, priority, run_at, attempt, worker, exclusive_key, args, progress, outcome, last_error, created_at, started_at, plane)
                    SELECT id, kind, connection_id, mapping_id, 'completed', priority, run_at, attempt, worker, exclusive_key, args, progress, outcome, last_error, created_at, started_at, \(fragment: Self.openPlane)
                    FROM done
                )
                SELECT id, lease_token FROM done
                """), timeout: .seconds(10))
        return Set(try rows.map { Lease(jobID: try $0.decode("id"), token: try $0.decode("lease_token")) })
    }

    /// Ends a job in the caller's transaction. Its handler returns `.ended`.
    ///
    /// - Throws: `LeaseLost`; `PostgresError`.
    public static func end(_ lease: Lease, outcome: String?, in session: PostgresSession) throws {
        guard try complete([Completion(lease: lease, outcome: outcome)], in: session).count == 1 else { throw LeaseLost(lease: lease) }
    }

    /// Records a failed attempt: the job runs again after a backoff, or ends as failed when its attempts are used up.
    ///
    /// The backoff doubles from two seconds to at most ten minutes, with a quarter of jitter, unless `delay` is longer.
    ///
    /// - Parameter permanent: no retry can help.
    /// - Returns: how long the job waits before it runs again; nil when it does not, and when the lease was lost.
    /// - Throws: `PostgresError`.
    @discardableResult
    public func fail(_ lease: Lease, error: String, delay: Duration? = nil, permanent: Bool = false) async throws -> Duration? {
        let error = String(foreign: error)
        let trace = JobTrace.current
        let rows = try await puttingBack {
            try await pool.query(
                """
                WITH mine AS (
                    SELECT NOT \(permanent)::boolean AND attempt < max_attempts AND NOT cancel_requested AS again
                    FROM sluice.jobs WHERE id = \(lease.jobID) AND lease_token = \(lease.token) FOR UPDATE
                ), retried AS (
                    UPDATE sluice.jobs j
                    SET state = 'available', worker = NULL, lease_token = NULL, lease_expires_at = NULL, deadline_at = NULL, last_error = \(error),
                        args = CASE WHEN \(trace)::text IS NULL THEN j.args ELSE j.args || jsonb_build_object(\(JobTrace.lastAttemptKey)::text, \(trace)::text) END,
                        run_at = sluice.clock() + greatest(
                            \(delay ?? .zero)::interval,
                            least(interval '10 minutes', interval '2 seconds' * power(2, least(j.attempt - 1, 20))) * (0.875 + random() / 4)),
                        unique_key = CASE WHEN \(fragment: Self.anotherWaits) THEN NULL ELSE j.unique_key END
                    WHERE j.id = \(lease.jobID) AND (SELECT again FROM mine)
                    RETURNING ceil(extract(epoch FROM j.run_at - sluice.clock()) * 1000)::bigint AS pause
                ), ended AS (
                    DELETE FROM sluice.jobs j WHERE j.id = \(lease.jobID) AND (SELECT NOT again FROM mine) RETURNING j.*
                ), buried AS (
                    INSERT INTO sluice.finished_jobs
                        (id, kind, connection_id, mapping_id, state, priority, run_at, attempt, worker, exclusive_key, args, progress, last_error, created_at, started_at, plane)
                    SELECT id, kind, connection_id, mapping_id, CASE WHEN cancel_requested THEN 'cancelled' ELSE 'failed' END, priority, run_at, attempt, worker,
                           exclusive_key, args, progress, \(error), created_at, started_at, \(fragment: Self.openPlane)
                    FROM ended
                )
                SELECT pause FROM retried
                """, timeout: .seconds(10))
        }
        return try rows.first.map { .milliseconds(try $0.decode("pause", as: Int.self)) }
    }

    /// The pause after a failed attempt, drawn at random: a little longer than any that `fail` would choose by itself, so that whoever hands it to
    /// `fail` knows when the job runs again.
    public static func backoff(afterAttempt attempt: Int) -> Duration {
        min(.seconds(600), .seconds(2 << min(max(attempt - 1, 0), 10))) * Double.random(in: 1.125...1.25)
    }

    /// Puts a job back to run later from its saved progress; the attempt is not counted. One that somebody has asked to cancel meanwhile ends: its
    /// runs may be too short for the request to reach one of them.
    ///
    /// - Throws: `LeaseLost`; `PostgresError`.
    public func snooze(_ lease: Lease, for delay: Duration) async throws {
        let rows = try await puttingBack {
            try await pool.query(
                """
                WITH mine AS (
                    SELECT id, cancel_requested FROM sluice.jobs WHERE id = \(lease.jobID) AND lease_token = \(lease.token) FOR UPDATE
                ), snoozed AS (
                    UPDATE sluice.jobs j
                    SET state = 'available', attempt = j.attempt - 1, worker = NULL, lease_token = NULL, lease_expires_at = NULL, deadline_at = NULL,
                        run_at = sluice.clock() + \(delay)::interval,
                        unique_key = CASE WHEN \(fragment: Self.anotherWaits) THEN NULL ELSE j.unique_key END
                    WHERE j.id = \(lease.jobID) AND (SELECT NOT cancel_requested FROM mine)
                ), ended AS (
                    DELETE FROM sluice.jobs j WHERE j.id = \(lease.jobID) AND (SELECT cancel_requested FROM mine) RETURNING j.*
                ), buried AS (
                    INSERT INTO sluice.finished_jobs
                        (id, kind, connection_id, mapping_id, state, priority, run_at, attempt, worker, exclusive_key, args, progress, last_error, created_at, started_at, plane)
                    SELECT id, kind, connection_id, mapping_id, 'cancelled', priority, run_at, attempt, worker, exclusive_key, args, progress,
                           'cancelled while it ran', created_at, started_at, \(fragment: Self.openPlane)
                    FROM ended
                )
                SELECT id FROM mine
                """, timeout: .seconds(10))
        }
        guard rows.count == 1 else { throw LeaseLost(lease: lease) }
    }

    /// Makes a waiting job due at once, for what it waits for has happened.
    ///
    /// - Throws: `PostgresError`.
    public func wake(_ jobID: Int64) async throws {
        _ = try await pool.run(
            """
            WITH woken AS (
                UPDATE sluice.jobs SET run_at = sluice.clock() WHERE id = \(jobID) AND state <> 'running' AND run_at > sluice.clock() RETURNING id
            )
            SELECT pg_notify(\(Self.channel), '') FROM woken
            """, timeout: .seconds(10))
    }

    /// Asks that a job end: one that waits is cancelled at once, one that runs is told at once, or with its next renewal.
    ///
    /// - Returns: whether there was such a job.
    /// - Throws: `PostgresError`.
    public func cancel(_ jobID: Int64) async throws -> Bool {
        try await pool.query("SELECT sluice.cancel_job(\(jobID)) AS done", timeout: .seconds(10))[0].decode("done")
    }
}
