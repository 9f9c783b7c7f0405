import JobQueue
import Postgres

/// The history of runs, one row a run: what an independent checker reads afterwards.
struct ProbeRuns: Sendable {
    let pool: PostgresPool

    func prepare() async throws {
        try await pool.run(
            """
            CREATE TABLE IF NOT EXISTS probe_runs (
                job_id     bigint      NOT NULL,
                token      bigint      NOT NULL,
                worker     text,
                started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
                ended_at   timestamptz,
                PRIMARY KEY (job_id, token)
            )
            """)
    }

    /// Notes that a handler has started, whatever has become of its lease since the claim.
    func start(_ lease: Lease) async throws {
        try await pool.run(
            .prepared(
                """
                INSERT INTO probe_runs (job_id, token, worker)
                SELECT \(lease.jobID), \(lease.token),
                       (SELECT worker FROM sluice.jobs WHERE id = \(lease.jobID) AND lease_token = \(lease.token))
                ON CONFLICT (job_id, token) DO NOTHING
                """), timeout: .seconds(10))
    }

    /// Notes that a handler has done its work: in one transaction with a look at the lease, so that a stale run leaves no such note.
    func end(_ lease: Lease) async throws {
        try await pool.transaction { session in
            try JobQueue.hold(lease, in: session)
            try session.run(
                .prepared(
                    "UPDATE probe_runs SET ended_at = clock_timestamp() WHERE job_id = \(lease.jobID) AND token = \(lease.token)"))
        }
    }
}
