import Postgres

extension JobQueue {
    /// Gives a job that failed or was cancelled its attempts anew: it leaves the history and waits again, from the progress it had saved.
    ///
    /// - Returns: whether there was such a job.
    /// - Throws: `PostgresError`.
    public func retry(_ jobID: Int64) async throws -> Bool {
        try await pool.query("SELECT sluice.retry_job(\(jobID)) AS done", timeout: .seconds(10))[0].decode("done")
    }
}
