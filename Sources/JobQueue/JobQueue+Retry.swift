import Postgres

extension JobQueue {
    /// Gives a job that failed or was cancelled its attempts anew: it leaves the history and waits again, from the progress it had saved.
    ///
    /// - Returns: whether there was such a job.
    /// - Throws: `PostgresError`.
    public func retry(_ jobID: Int64) async throws -> Bool {
        let rows = try await pool.query(
            """
            WITH again AS (
                DELETE FROM sluice.finished_jobs WHERE id = \(jobID) AND state IN ('failed', 'cancelled') RETURNING *
            ), enqueued AS (
                INSERT INTO sluice.jobs
                    (id, kind, connection_id, mapping_id, priority, args, progress, last_error, exclusive_key, created_at)
                OVERRIDING SYSTEM VALUE
                SELECT id, kind, connection_id, mapping_id, priority, args, progress, last_error, exclusive_key, created_at FROM again
                RETURNING id
            )
            SELECT pg_notify(\(Self.channel), '') FROM enqueued
            """, timeout: .seconds(10))
        return !rows.isEmpty
    }
}
