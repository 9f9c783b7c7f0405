public import Foundation
import Postgres

/// Jobs for people to read. Each list walks an index of each connection from its beginning and takes no more than it shows, so that it stays as
/// quick with a million jobs as with ten.
extension JobQueue {
    private static let live: PostgresQuery = """
        j.id, j.kind, j.connection_id, j.mapping_id, j.state, j.priority, j.attempt, j.worker, j.run_at, j.created_at, j.started_at,
        NULL::timestamptz AS finished_at, j.progress, NULL::text AS outcome, j.last_error
        """
    private static let ended: PostgresQuery = """
        f.id, f.kind, f.connection_id, f.mapping_id, f.state, f.priority, f.attempt, f.worker, f.run_at, f.created_at, f.started_at,
        f.finished_at, f.progress, f.outcome, f.last_error
        """

    /// A job, live or ended; nil when there is none, or it ended so long ago that it was forgotten.
    ///
    /// - Throws: `PostgresError`.
    public func job(_ id: Int64) async throws -> ListedJob? {
        try await pool.query(
            .prepared(
                """
                SELECT \(fragment: Self.live) FROM sluice.jobs j WHERE j.id = \(id)
                UNION ALL SELECT \(fragment: Self.ended) FROM sluice.finished_jobs f WHERE f.id = \(id) LIMIT 1
                """)
        ).first.map(ListedJob.init(row:))
    }

    /// The jobs of some connections that run or wait: the running ones first, then in the order in which they wait.
    ///
    /// - Throws: `PostgresError`.
    public func liveJobs(connections: [UUID], limit: Int) async throws -> [ListedJob] {
        try await pool.query(
            .prepared(
                """
                SELECT live.* FROM unnest(\(connections)::uuid[]) AS given(lane) CROSS JOIN LATERAL (
                    (SELECT \(fragment: Self.live) FROM sluice.jobs j
                     WHERE j.lane = given.lane AND j.state = 'running' ORDER BY j.priority, j.run_at, j.id LIMIT \(limit))
                    UNION ALL
                    (SELECT \(fragment: Self.live) FROM sluice.jobs j
                     WHERE j.lane = given.lane AND j.state = 'available' ORDER BY j.priority, j.run_at, j.id LIMIT \(limit))
                ) AS live
                ORDER BY state DESC, priority, run_at, id LIMIT \(limit)
                """)
        ).map(ListedJob.init(row:))
    }

    /// The jobs of some connections that ended last, the latest first.
    ///
    /// - Parameter state: only those that ended in it.
    /// - Throws: `PostgresError`.
    public func endedJobs(connections: [UUID], state: String? = nil, limit: Int) async throws -> [ListedJob] {
        // Spelled out, so that the index on failed jobs finds the few among the many that ended well.
        let meant: PostgresQuery = state == "failed" ? "f.state = 'failed'" : "(\(state)::text IS NULL OR f.state = \(state))"
        return try await pool.query(
            .prepared(
                """
                SELECT ended.* FROM unnest(\(connections)::uuid[]) AS given(connection_id) CROSS JOIN LATERAL (
                    SELECT \(fragment: Self.ended) FROM sluice.finished_jobs f
                    WHERE f.connection_id = given.connection_id AND \(fragment: meant)
                    ORDER BY f.finished_at DESC LIMIT \(limit)
                ) AS ended
                ORDER BY finished_at DESC, id DESC LIMIT \(limit)
                """)
        ).map(ListedJob.init(row:))
    }

    /// A mapping's jobs: those that run or wait, then those that ended, the latest first.
    ///
    /// - Throws: `PostgresError`.
    public func jobs(mapping: UUID, limit: Int) async throws -> [ListedJob] {
        try await pool.query(
            .prepared(
                """
                (SELECT \(fragment: Self.live) FROM sluice.jobs j WHERE j.mapping_id = \(mapping)
                 ORDER BY j.state DESC, j.priority, j.run_at, j.id LIMIT \(limit))
                UNION ALL
                (SELECT \(fragment: Self.ended) FROM sluice.finished_jobs f WHERE f.mapping_id = \(mapping)
                 ORDER BY f.finished_at DESC LIMIT \(limit))
                LIMIT \(limit)
                """)
        ).map(ListedJob.init(row:))
    }
}
