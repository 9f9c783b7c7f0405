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

    /// Claims due jobs in one statement: lane by lane, so that a connection's backlog costs others nothing, and within a lane in the order
    /// of `turn`, priority with ageing.
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

    /// The recursion hops from one lane's first entry in the index to the next lane's: as many steps as there are lanes, however long
    /// they are. The upper bound on the turn keeps the scan of a lane from walking through jobs that are due much later: a due job's turn
    /// is at most the highest priority value, in seconds, away. The rows chosen are updated by an array of their ids, which the planner
    /// always looks up in the primary key; a join with them it may make by reading the whole table.
    private static func claimStatement(_ request: ClaimRequest) -> PostgresQuery {
        .prepared(
            """
            WITH RECURSIVE lanes AS (
                (SELECT lane FROM sluice.jobs WHERE state = 'available' ORDER BY lane LIMIT 1)
                UNION ALL
                SELECT (SELECT j.lane FROM sluice.jobs j WHERE j.state = 'available' AND j.lane > lanes.lane ORDER BY j.lane LIMIT 1)
                FROM lanes WHERE lanes.lane IS NOT NULL
            ), slots AS (
                SELECT greatest(1, sum(concurrency)::int - greatest(1, sum(concurrency)::int / 8)) AS share
                FROM sluice.workers WHERE role = 'worker' AND heartbeat_at > sluice.clock() - interval '30 seconds'
            ), held AS (
                SELECT lane, count(*)::int AS running FROM sluice.jobs
                WHERE state = 'running' AND connection_id IS NOT NULL GROUP BY lane
            ), open AS (
                SELECT lanes.lane, count(*) OVER ()::int AS lanes,
                       CASE WHEN lanes.lane = '00000000-0000-0000-0000-000000000000' THEN \(request.limit)
                            ELSE slots.share - coalesce(held.running, 0) END AS room
                FROM lanes CROSS JOIN slots LEFT JOIN held USING (lane)
                WHERE lanes.lane IS NOT NULL
                  AND (lanes.lane = '00000000-0000-0000-0000-000000000000' OR coalesce(held.running, 0) < slots.share)
            ), due AS (
                SELECT picked.*,
                       row_number() OVER (PARTITION BY open.lane ORDER BY picked.turn, picked.id) AS in_lane,
                       row_number() OVER (PARTITION BY picked.exclusive_key ORDER BY picked.turn, picked.id) AS in_key
                FROM open CROSS JOIN LATERAL (
                    SELECT j.id, j.exclusive_key, j.turn
                    FROM sluice.jobs j
                    WHERE j.state = 'available' AND j.lane = open.lane
                      AND j.turn <= date_part('epoch', sluice.clock() - to_timestamp(0)) + 200 AND j.run_at <= sluice.clock()
                      AND j.kind = ANY (\(request.kinds)::text[])
                      AND (j.exclusive_key IS NULL
                           OR NOT EXISTS (SELECT FROM sluice.jobs r WHERE r.state = 'running' AND r.exclusive_key = j.exclusive_key))
                    ORDER BY j.turn, j.id
                    LIMIT least(open.room, greatest(1, (\(request.limit) + open.lanes - 1) / open.lanes))
                    FOR UPDATE OF j SKIP LOCKED
                ) AS picked
            ), chosen AS (
                SELECT id FROM due WHERE exclusive_key IS NULL OR in_key = 1 ORDER BY in_lane, turn, id LIMIT \(request.limit)
            )
            UPDATE sluice.jobs j
            SET state = 'running', attempt = j.attempt + 1, worker = \(request.worker), lease_token = nextval('sluice.lease_tokens'),
                lease_expires_at = sluice.clock() + \(request.lease)::interval, deadline_at = sluice.clock() + j.timeout,
                started_at = sluice.clock()
            WHERE j.id = ANY (ARRAY(SELECT id FROM chosen))
            RETURNING j.id, j.kind, j.connection_id, j.mapping_id, j.args, j.progress, j.attempt, j.max_attempts, j.lease_token
            """)
    }
}
