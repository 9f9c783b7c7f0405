import Postgres

extension JobQueue {
    /// What a worker wants to claim.
    public struct ClaimRequest: Sendable {
        /// The worker's name in `sluice.workers`.
        public let worker: String
        /// The kinds it has handlers for; it never sees others.
        public let kinds: [String]
        /// The most jobs to claim.
        public let limit: Int
        /// How long a lease lasts without renewal.
        public let lease: Duration

        /// Describes a claim.
        public init(worker: String, kinds: [String], limit: Int, lease: Duration) {
            self.worker = worker
            self.kinds = kinds
            self.limit = limit
            self.lease = lease
        }
    }

    /// Claims due jobs in one statement, in the order of priority, due time and id.
    ///
    /// No job whose exclusive key is running is taken, and no connection gets more than its share: all slots of the cluster but one
    /// eighth (at least one), so that another connection's job finds a place.
    ///
    /// - Throws: `PostgresError`.
    public func claim(_ request: ClaimRequest) async throws -> [Job] {
        while true {
            do {
                let rows = try await pool.query(Self.claimStatement(request), timeout: .seconds(10))
                return try rows.map(Job.init(row:))
            } catch let error as PostgresError where error.constraint == "jobs_exclusive_running" {
                // Another worker took a job with the same exclusive key in the same instant; look again, now that it shows.
                continue
            }
        }
    }

    private static func claimStatement(_ request: ClaimRequest) -> PostgresQuery {
        let statement: PostgresQuery = """
            WITH slots AS (
                SELECT greatest(1, sum(concurrency)::int - greatest(1, sum(concurrency)::int / 8)) AS share
                FROM sluice.workers WHERE role = 'worker' AND heartbeat_at > sluice.clock() - interval '30 seconds'
            ), held AS (
                SELECT connection_id, count(*) AS running FROM sluice.jobs WHERE state = 'running' AND connection_id IS NOT NULL GROUP BY connection_id
            ), due AS (
                SELECT j.id, j.priority, j.run_at, j.connection_id, j.exclusive_key
                FROM sluice.jobs j
                WHERE j.state = 'available' AND j.run_at <= sluice.clock() AND j.kind = ANY (\(request.kinds)::text[])
                  AND NOT EXISTS (SELECT FROM sluice.jobs r WHERE r.state = 'running' AND r.exclusive_key = j.exclusive_key)
                  AND NOT EXISTS (SELECT FROM held, slots WHERE held.connection_id = j.connection_id AND held.running >= slots.share)
                ORDER BY j.priority, j.run_at, j.id
                LIMIT \(request.limit)
                FOR UPDATE OF j SKIP LOCKED
            ), ranked AS (
                SELECT due.*,
                       row_number() OVER (PARTITION BY exclusive_key ORDER BY priority, run_at, id) AS in_key,
                       row_number() OVER (PARTITION BY connection_id ORDER BY priority, run_at, id) AS in_connection
                FROM due
            ), chosen AS (
                SELECT ranked.id
                FROM ranked CROSS JOIN slots LEFT JOIN held USING (connection_id)
                WHERE (exclusive_key IS NULL OR in_key = 1) AND (connection_id IS NULL OR in_connection + coalesce(held.running, 0) <= slots.share)
            )
            UPDATE sluice.jobs j
            SET state = 'running', attempt = j.attempt + 1, worker = \(request.worker), lease_token = nextval('sluice.lease_tokens'),
                lease_expires_at = sluice.clock() + \(request.lease)::interval, started_at = sluice.clock()
            FROM chosen
            WHERE j.id = chosen.id
            RETURNING j.id, j.kind, j.connection_id, j.mapping_id, j.args, j.progress, j.attempt, j.max_attempts, j.lease_token
            """
        return statement.prepared()
    }

    /// Time until the next waiting job of these kinds is due, for a worker that has nothing to do; nil when none waits.
    ///
    /// - Throws: `PostgresError`.
    public func timeUntilNextJob(kinds: [String]) async throws -> Duration? {
        let statement: PostgresQuery = """
            SELECT ceil(extract(epoch FROM run_at - sluice.clock()) * 1000)::bigint AS wait
            FROM sluice.jobs
            WHERE state = 'available' AND kind = ANY (\(kinds)::text[]) AND run_at > sluice.clock()
            ORDER BY run_at LIMIT 1
            """
        let rows = try await pool.query(statement.prepared(), timeout: .seconds(10))
        return try rows.first.map { .milliseconds(max(0, try $0.decode("wait", as: Int.self))) }
    }
}
