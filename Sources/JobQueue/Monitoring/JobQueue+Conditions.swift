public import Foundation
public import Postgres

/// Questions about jobs as parts of other modules' statements, which ask them of many mappings at once and spell no column of the queue's.
extension JobQueue {
    /// A condition: whether a job of this kind waits or runs for a mapping.
    ///
    /// - Parameter mapping: the mapping's id, an expression of the caller's statement.
    public static func hasLiveJob(kind: String, mapping: PostgresQuery) -> PostgresQuery {
        "EXISTS (SELECT FROM sluice.jobs j WHERE j.mapping_id = \(fragment: mapping) AND j.kind = \(kind))"
    }

    /// A condition: whether a job waits or runs.
    ///
    /// - Parameter id: the job's id, an expression of the caller's statement.
    public static func isLive(_ id: PostgresQuery) -> PostgresQuery { "EXISTS (SELECT FROM sluice.jobs j WHERE j.id = \(fragment: id))" }

    /// A condition: whether another job of this kind than the one named waits or runs for a connection.
    public static func hasLiveJob(kind: String, connection: UUID, besides job: Int64) -> PostgresQuery {
        "EXISTS (SELECT FROM sluice.jobs j WHERE j.kind = \(kind) AND j.connection_id = \(connection) AND j.id <> \(job))"
    }

    /// A query for LATERAL: the job of this kind that ended last for a mapping, with `id`, `state`, `last_error`, `outcome` and `finished_at`.
    ///
    /// - Parameter mapping: the mapping's id, an expression of the caller's statement.
    public static func lastEndedJob(kind: String, mapping: PostgresQuery) -> PostgresQuery {
        """
        SELECT f.id, f.state, f.last_error, f.outcome, f.finished_at FROM sluice.finished_jobs f
        WHERE f.mapping_id = \(fragment: mapping) AND f.kind = \(kind) ORDER BY f.finished_at DESC LIMIT 1
        """
    }

    /// The kind of a job that waits or runs; nil when it has ended.
    ///
    /// - Throws: `PostgresError`.
    public func kind(ofLive id: Int64) async throws -> String? {
        try await pool.query("SELECT kind FROM sluice.jobs WHERE id = \(id)").first?.decode("kind")
    }
}
