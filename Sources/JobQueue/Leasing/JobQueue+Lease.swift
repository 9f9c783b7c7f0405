public import Postgres

extension JobQueue {
    /// Whether the job `j` is under one of these leases, for statements about many.
    ///
    /// Jobs are always looked up in the primary key, by an array of ids or by one. When nothing waits or runs at the moment of a vacuum, the planner takes the
    /// table for empty however many dead rows it has: then it makes a join by reading all of an index, and does so as well where `state` is
    /// asked for, by the indexes of one state. A token is only ever on a running job, so that need not be asked for.
    static func isUnder(_ leases: [Lease]) -> PostgresQuery {
        let (ids, tokens) = (leases.map(\.jobID), leases.map(\.token))
        return """
            j.id = ANY (\(ids)::bigint[])
                AND CASE WHEN (j.id, j.lease_token) IN (SELECT id, token FROM unnest(\(ids)::bigint[], \(tokens)::bigint[]) AS held(id, token)) THEN true END
            """
    }

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
                    SELECT j.id, j.lease_token, j.cancel_requested FROM sluice.jobs j WHERE \(fragment: Self.isUnder(leases))
                ), free AS (
                    -- A job that somebody holds just now is ending, or is renewed next time; waiting for it could be waiting for each other.
                    SELECT j.id FROM sluice.jobs j WHERE \(fragment: Self.isUnder(leases)) FOR NO KEY UPDATE OF j SKIP LOCKED
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
                WHERE id = \(lease.jobID) AND lease_token = \(lease.token)
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
                "SELECT FROM sluice.jobs WHERE id = \(lease.jobID) AND lease_token = \(lease.token) FOR NO KEY UPDATE"
            ))
        guard rows.count == 1 else { throw LeaseLost(lease: lease) }
    }

    /// Checks that nobody has asked for a job's end, in a transaction that holds its lease: what is said of its mapping afterwards stays as whoever
    /// ended it has said.
    ///
    /// - Throws: `CancellationError`; `PostgresError`.
    public static func checkNotCancelled(_ lease: Lease, in session: PostgresSession) throws {
        let asked = try session.query(.prepared("SELECT FROM sluice.jobs WHERE id = \(lease.jobID) AND cancel_requested"))
        guard asked.isEmpty else { throw CancellationError() }
    }

    /// Gives jobs back as they were: no attempt is counted. For a worker that shuts down.
    ///
    /// - Returns: how many were still held.
    /// - Throws: `PostgresError`.
    @discardableResult
    public func handBack(_ leases: [Lease]) async throws -> Int {
        guard !leases.isEmpty else { return 0 }
        return try await puttingBack {
            try await pool.run(
                """
                WITH freed AS (
                    UPDATE sluice.jobs j
                    SET state = 'available', attempt = j.attempt - 1, worker = NULL, lease_token = NULL, lease_expires_at = NULL,
                        deadline_at = NULL, started_at = NULL,
                        unique_key = CASE WHEN \(fragment: Self.anotherWaits) THEN NULL ELSE j.unique_key END
                    WHERE \(fragment: Self.isUnder(leases))
                    RETURNING j.id
                )
                SELECT pg_notify(\(Self.channel), \(Self.putBack)) FROM freed
                """, timeout: .seconds(10))
        }
    }
}
