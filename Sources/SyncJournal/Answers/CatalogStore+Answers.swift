public import Catalog
import Postgres

extension CatalogStore {
    /// Keeps what a short job found out, for who waits for it; once more does no harm.
    ///
    /// - Throws: `PostgresError`.
    public func answer(job id: Int64, _ document: JSONValue) async throws {
        try await pool.run(
            """
            INSERT INTO sluice.answers (job_id, document) VALUES (\(id), \(document.text)::json)
            ON CONFLICT (job_id) DO UPDATE SET document = excluded.document
            """, timeout: .seconds(10))
    }

    /// What a job found out; nil while it has not.
    ///
    /// - Throws: `PostgresError`; `JSONSyntaxError` never, since the database holds JSON only.
    public func answer(of job: Int64) async throws -> JSONValue? {
        try await pool.query(.prepared("SELECT document FROM sluice.answers WHERE job_id = \(job)"), timeout: .seconds(5)).first.map {
            try JSONValue(parsing: $0.decode("document", as: String.self))
        }
    }

    /// Forgets answers that are older than this.
    ///
    /// - Returns: how many.
    /// - Throws: `PostgresError`.
    public func pruneAnswers(olderThan age: Duration) async throws -> Int {
        try await pool.run("DELETE FROM sluice.answers WHERE made_at < sluice.clock() - \(age)::interval", timeout: .seconds(30))
    }
}
