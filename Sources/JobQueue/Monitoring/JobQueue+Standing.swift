import Postgres

extension JobQueue {
    /// Where a job stands that somebody waits for.
    public struct Standing: Sendable, Hashable {
        /// What came of it, or why nothing did; nil while it waits or runs.
        public let endedWith: String?
    }

    /// Where a job stands; nil when there is none.
    ///
    /// - Throws: `PostgresError`.
    public func standing(of id: Int64) async throws -> Standing? {
        try await pool.query(
            .prepared(
                """
                SELECT NULL::text AS ended FROM sluice.jobs WHERE id = \(id)
                UNION ALL SELECT coalesce(last_error, outcome, state) FROM sluice.finished_jobs WHERE id = \(id) LIMIT 1
                """), timeout: .seconds(5)
        ).first.map { Standing(endedWith: try $0.decodeIfPresent("ended")) }
    }
}
