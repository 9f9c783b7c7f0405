public import Catalog
import JobQueue
import Postgres

/// What is forgotten after a while, a few thousand rows at a time.
extension CatalogStore {
    /// Rows of one pass.
    private static let passRows = 5000

    /// Removes events older than this, a few thousand at a time.
    ///
    /// - Returns: how many were removed.
    /// - Throws: `PostgresError`.
    public func pruneEvents(olderThan age: Duration) async throws -> Int {
        // Ids grow with time, so that the oldest are found without an index on it.
        try await pool.run(
            """
            DELETE FROM sluice.events WHERE id IN (SELECT id FROM sluice.events ORDER BY id LIMIT 5000) AND at < sluice.clock() - \(age)::interval
            """, timeout: .seconds(30))
    }

    /// Forgets notifications older than an age, whether somebody has read them or not.
    ///
    /// - Returns: how many.
    /// - Throws: `PostgresError`.
    public func pruneNotifications(olderThan age: Duration) async throws -> Int {
        try await pool.run(
            """
            DELETE FROM sluice.notifications WHERE id IN (
                SELECT id FROM sluice.notifications WHERE created_at < sluice.clock() - \(age)::interval ORDER BY id LIMIT \(Self.passRows)
            )
            """, timeout: .seconds(60))
    }

    /// Forgets entries of the audit trail older than an age.
    ///
    /// - Returns: how many.
    /// - Throws: `PostgresError`.
    public func pruneAudit(olderThan age: Duration) async throws -> Int {
        try await pool.run(
            """
            DELETE FROM sluice.audit_trail WHERE id IN (
                SELECT id FROM sluice.audit_trail WHERE at < sluice.clock() - \(age)::interval ORDER BY id LIMIT \(Self.passRows)
            )
            """, timeout: .seconds(60))
    }

    /// Forgets how many calls to Salesforce were made on days longer ago than an age.
    ///
    /// - Returns: how many days of connections.
    /// - Throws: `PostgresError`.
    public func pruneUsage(olderThan age: Duration) async throws -> Int {
        try await pool.run("DELETE FROM sluice.api_usage WHERE day < (sluice.clock() - \(age)::interval)::date", timeout: .seconds(60))
    }

    /// Forgets pages of loads that ended without their end.
    ///
    /// - Returns: how many.
    /// - Throws: `PostgresError`.
    public func pruneLoadPages() async throws -> Int {
        try await pool.run(
            """
            DELETE FROM sluice.load_pages WHERE (load_job_id, number) IN (
                SELECT p.load_job_id, p.number FROM sluice.load_pages p WHERE NOT \(fragment: JobQueue.isLive("p.load_job_id")) LIMIT \(Self.passRows)
            )
            """, timeout: .seconds(60))
    }
}
