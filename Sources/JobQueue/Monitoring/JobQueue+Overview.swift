public import Foundation
import Postgres

/// Jobs of one kind that wait or run, of one connection.
public struct QueueDepth: Sendable, Hashable {
    /// The kind.
    public let kind: String
    /// Jobs that could run now.
    public let ready: Int
    /// Jobs whose time is to come.
    public let scheduled: Int
    /// Jobs that run.
    public let running: Int
    /// How long the oldest ready job has been able to run, in seconds; nil when there is none.
    public let oldestReady: Double?
    /// Whether the counts of waiting jobs are estimates, because there are very many.
    public let isEstimated: Bool
}

/// A job that waits, and what for.
public struct WaitingJob: Sendable, Identifiable {
    /// The job's id.
    public let id: Int64
    /// Which handler runs it.
    public let kind: String
    /// The mapping it belongs to.
    public let mappingID: UUID?
    /// Attempts begun.
    public let attempt: Int
    /// When it may run.
    public let runAt: Date
    /// How long it has been able to run, in seconds.
    public let waited: Double
    /// What it waits for, in words.
    public let waitsFor: String
    /// The job that holds its exclusive key.
    public let heldBy: Int64?
    /// What its last attempt met.
    public let lastError: String?
}

/// What ended in one minute, of one connection.
public struct FinishedMinute: Sendable, Hashable {
    /// When the minute began.
    public let start: Date
    /// Jobs that were completed.
    public let completed: Int
    /// Jobs that gave up.
    public let failed: Int
    /// Jobs that were cancelled.
    public let cancelled: Int
    /// How long the jobs waited before their last attempt, on average, in seconds; nil without jobs.
    public let waited: Double?
    /// How long their last attempts ran, on average, in seconds; nil without jobs.
    public let ran: Double?
}

extension JobQueue {
    private static let patience = Duration.seconds(5)

    /// What waits and runs of a connection, by kind.
    ///
    /// - Throws: `PostgresError`.
    public func depth(connection: UUID) async throws -> [QueueDepth] {
        // By the lane, whose index the view cannot use: it counts all connections.
        try await pool.query(
            """
            SELECT kind, count(*) FILTER (WHERE state = 'available' AND run_at <= clock.now) AS ready,
                   count(*) FILTER (WHERE state = 'available' AND run_at > clock.now) AS scheduled, count(*) FILTER (WHERE state = 'running') AS running,
                   extract(epoch FROM clock.now - min(run_at) FILTER (WHERE state = 'available' AND run_at <= clock.now))::float8 AS oldest_ready,
                   max(n) = \(Self.mostCounted) AS estimated
            FROM (
                SELECT *, count(*) OVER () AS n FROM (
                    (SELECT kind, state, run_at FROM sluice.jobs WHERE lane = \(connection) AND state = 'running')
                    UNION ALL
                    (SELECT kind, state, run_at FROM sluice.jobs WHERE lane = \(connection) AND state = 'available' LIMIT \(Self.mostCounted))
                ) AS counted
            ) AS jobs, (SELECT sluice.clock() AS now OFFSET 0) AS clock
            GROUP BY kind, clock.now ORDER BY kind
            """, timeout: Self.patience
        ).map { row in
            QueueDepth(
                kind: try row.decode("kind"), ready: try row.decode("ready"), scheduled: try row.decode("scheduled"),
                running: try row.decode("running"), oldestReady: try row.decodeIfPresent("oldest_ready"),
                isEstimated: try row.decode("estimated"))
        }
    }

    /// Waiting jobs of one connection that are counted; beyond that the counts are lower bounds.
    private static let mostCounted = 100_000

    /// The jobs of a connection that wait, the next to run first, and what each waits for.
    ///
    /// - Throws: `PostgresError`.
    public func waiting(connection: UUID, limit: Int) async throws -> [WaitingJob] {
        try await pool.query(
            """
            SELECT id, kind, mapping_id, attempt, run_at, extract(epoch FROM waited)::float8 AS waited, waits_for, held_by, last_error
            FROM sluice.waiting_jobs WHERE lane = \(connection) ORDER BY priority, run_at, id LIMIT \(limit)
            """, timeout: Self.patience
        ).map { row in
            WaitingJob(
                id: try row.decode("id"), kind: try row.decode("kind"), mappingID: try row.decodeIfPresent("mapping_id"),
                attempt: try row.decode("attempt"), runAt: try row.decode("run_at"), waited: try row.decode("waited"),
                waitsFor: try row.decode("waits_for"), heldBy: try row.decodeIfPresent("held_by"),
                lastError: try row.decodeIfPresent("last_error"))
        }
    }

    /// What ended of a connection in each minute of the last hour, oldest first.
    ///
    /// - Throws: `PostgresError`.
    public func timeline(connection: UUID) async throws -> [FinishedMinute] {
        try await pool.query(
            """
            WITH bounds AS MATERIALIZED (
                SELECT date_trunc('minute', sluice.clock()) AS final
            ), ended AS (
                SELECT date_trunc('minute', f.finished_at) AS start, count(*) FILTER (WHERE f.state = 'completed') AS completed,
                       count(*) FILTER (WHERE f.state = 'failed') AS failed, count(*) FILTER (WHERE f.state = 'cancelled') AS cancelled,
                       avg(extract(epoch FROM greatest(f.started_at - f.run_at, '0')))::float8 AS waited,
                       avg(extract(epoch FROM f.finished_at - f.started_at))::float8 AS ran
                FROM sluice.finished_jobs f
                WHERE f.connection_id = \(connection) AND f.finished_at >= (SELECT final - interval '59 minutes' FROM bounds)
                GROUP BY 1
            )
            SELECT start, coalesce(completed, 0) AS completed, coalesce(failed, 0) AS failed, coalesce(cancelled, 0) AS cancelled, waited, ran
            FROM bounds CROSS JOIN LATERAL generate_series(final - interval '59 minutes', final, interval '1 minute') AS start LEFT JOIN ended USING (start)
            ORDER BY start
            """, timeout: Self.patience
        ).map { row in
            FinishedMinute(
                start: try row.decode("start"), completed: try row.decode("completed"), failed: try row.decode("failed"),
                cancelled: try row.decode("cancelled"), waited: try row.decodeIfPresent("waited"), ran: try row.decodeIfPresent("ran"))
        }
    }

    /// A live process.
    public struct Process: Sendable, Hashable {
        /// Its name.
        public let name: String
        /// `worker`, `scheduler` or `api`.
        public let role: String
        /// The host.
        public let host: String
        /// The process's number there.
        public let pid: Int
        /// Jobs that it runs at a time.
        public let slots: Int
        /// Jobs that it runs now.
        public let running: Int
        /// Whether it is the scheduler that leads.
        public let leads: Bool
        /// When it began.
        public let startedAt: Date
        /// How long it has lived, in seconds.
        public let upFor: Double
        /// How long it has not been heard of, in seconds.
        public let silentFor: Double
        /// Which kinds of jobs it runs.
        public let kinds: [String]
    }

    /// The processes that live.
    ///
    /// - Throws: `PostgresError`.
    public func processes(limit: Int = 1000) async throws -> [Process] {
        try await pool.query(
            """
            SELECT name, role, host, pid, concurrency, running, leads, sluice.clock() - up_for AS started_at, extract(epoch FROM up_for)::float8 AS up_for,
                   extract(epoch FROM last_seen)::float8 AS silent_for, kinds
            FROM sluice.live_workers ORDER BY role, name LIMIT \(limit)
            """, timeout: Self.patience
        ).map { row in
            Process(
                name: try row.decode("name"), role: try row.decode("role"), host: try row.decode("host"), pid: try row.decode("pid"),
                slots: try row.decode("concurrency"), running: try row.decode("running"), leads: try row.decode("leads"),
                startedAt: try row.decode("started_at"), upFor: try row.decode("up_for"), silentFor: try row.decode("silent_for"),
                kinds: try row.decode("kinds"))
        }
    }
}
