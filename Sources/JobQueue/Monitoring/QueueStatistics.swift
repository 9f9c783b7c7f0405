import Postgres

/// The queue as a whole, at one moment.
public struct QueueStatistics: Sendable {
    /// Live jobs of one kind.
    public struct Depth: Sendable {
        /// The kind.
        public let kind: String
        /// Jobs that could run now.
        public let ready: Int
        /// Jobs whose time is to come.
        public let scheduled: Int
        /// Jobs that run.
        public let running: Int
        /// How long the oldest ready job has been able to run, in seconds; 0 when there is none.
        public let oldestReady: Double
        /// Whether the counts of waiting jobs are estimates, because there are very many.
        public let isEstimated: Bool
    }

    /// Live processes of one role.
    public struct Processes: Sendable {
        /// `worker`, `scheduler` or `api`.
        public let role: String
        /// How many there are.
        public let count: Int
        /// Jobs that they run at a time, together.
        public let slots: Int
        /// How many of them lead.
        public let leading: Int
    }

    /// By kind: the largest hundred.
    public let depths: [Depth]
    /// Whether the counts of waiting jobs are estimates, because there are very many.
    public let isEstimated: Bool
    /// By role.
    public let processes: [Processes]
    /// Jobs that gave up and are still kept; counted to ten thousand.
    public let failed: Int
    /// Workers that the queue has work for.
    public let workersWanted: Int
    /// How late the latest schedule is, in seconds.
    public let scheduleDelay: Double
    /// Age of the oldest snapshot that keeps dead rows from being swept away, in transactions; of sessions, replication slots and prepared
    /// transactions.
    public let oldestSnapshot: Int
    /// The longest open transaction, in seconds.
    public let longestTransaction: Double
    /// Rows of the jobs table that live, as the server's statistics have it.
    public let liveRows: Int
    /// Rows of the jobs table that are dead and not swept away yet.
    public let deadRows: Int
    /// The jobs table with its indexes, in bytes.
    public let bytes: Int
    /// How full the server's queue of notifications is, from 0 to 1.
    public let notificationQueue: Double
}

extension JobQueue {
    private static let patience = Duration.seconds(5)

    /// Looks at the queue as a whole: a few statements that stay cheap with millions of jobs, waiting or finished.
    ///
    /// - Throws: `PostgresError`.
    public func statistics() async throws -> QueueStatistics {
        try await pool.withSession { session in
            let depths = try session.query(
                """
                SELECT kind, sum(ready)::bigint AS ready, sum(scheduled)::bigint AS scheduled, sum(running)::bigint AS running,
                       coalesce(extract(epoch FROM max(oldest_ready)), 0)::float8 AS oldest_ready, bool_or(estimated) AS estimated
                FROM sluice.queue_depth GROUP BY kind ORDER BY sum(ready + scheduled + running) DESC, kind LIMIT 100
                """, timeout: Self.patience)
            let processes = try session.query(
                """
                SELECT role, count(*) AS processes, sum(concurrency)::bigint AS slots, count(*) FILTER (WHERE leads) AS leading
                FROM sluice.live_workers GROUP BY role ORDER BY role
                """, timeout: Self.patience)
            let row = try session.query(
                """
                SELECT (SELECT count(*) FROM (SELECT FROM sluice.failed_jobs LIMIT 10000) AS failed) AS failed, sluice.workers_wanted() AS wanted,
                       coalesce((SELECT extract(epoch FROM sluice.clock() - min(next_at)) FROM sluice.schedules WHERE NOT paused), 0)::float8 AS schedule_delay,
                       coalesce(greatest(
                           (SELECT max(age(backend_xmin)) FROM pg_stat_activity), (SELECT max(age(xmin)) FROM pg_replication_slots),
                           (SELECT max(age(transaction)) FROM pg_prepared_xacts)), 0)::bigint AS oldest_snapshot,
                       coalesce((SELECT extract(epoch FROM max(clock_timestamp() - xact_start)) FROM pg_stat_activity
                                 WHERE backend_type = 'client backend' AND datname = current_database()), 0)::float8 AS longest_transaction,
                       pg_stat_get_live_tuples('sluice.jobs'::regclass) AS live_rows, pg_stat_get_dead_tuples('sluice.jobs'::regclass) AS dead_rows,
                       pg_total_relation_size('sluice.jobs'::regclass) AS bytes, pg_notification_queue_usage() AS notification_queue
                """, timeout: Self.patience)[0]
            return QueueStatistics(
                depths: try depths.map {
                    QueueStatistics.Depth(
                        kind: try $0.decode("kind"), ready: try $0.decode("ready"), scheduled: try $0.decode("scheduled"),
                        running: try $0.decode("running"), oldestReady: try $0.decode("oldest_ready"),
                        isEstimated: try $0.decode("estimated"))
                },
                isEstimated: try depths.contains { try $0.decode("estimated") },
                processes: try processes.map {
                    QueueStatistics.Processes(
                        role: try $0.decode("role"), count: try $0.decode("processes"), slots: try $0.decode("slots"),
                        leading: try $0.decode("leading"))
                },
                failed: try row.decode("failed"), workersWanted: try row.decode("wanted"),
                scheduleDelay: max(0, try row.decode("schedule_delay")),
                oldestSnapshot: try row.decode("oldest_snapshot"), longestTransaction: try row.decode("longest_transaction"),
                liveRows: try row.decode("live_rows"), deadRows: try row.decode("dead_rows"), bytes: try row.decode("bytes"),
                notificationQueue: try row.decode("notification_queue"))
        }
    }
}
