import Postgres

/// A job as the command line shows it.
public struct JobRow: Sendable, Identifiable {
    /// The job's id.
    public let id: Int64
    /// Which handler runs it.
    public let kind: String
    /// `available`, `running`, `completed`, `cancelled` or `failed`.
    public let state: String
    /// Attempts begun.
    public let attempt: Int
    /// The worker that runs it or ran it last.
    public let worker: String?
    /// When it may run, or might have run, as the server writes it.
    public let runAt: String
    /// What came of it or went wrong last; empty when nothing is known.
    public let says: String
    /// Every column, JSON text.
    public let document: String
}

extension JobQueue {
    /// Jobs of the whole queue, live and ended, the newest first.
    ///
    /// - Parameters:
    ///   - state: only those in this state.
    ///   - kind: only those of this kind.
    /// - Throws: `PostgresError`.
    public func rows(state: String?, kind: String?, limit: Int) async throws -> [JobRow] {
        try await pool.query(
            """
            SELECT to_json(j)::text AS document, id, kind, state, attempt, worker, run_at::text, coalesce(outcome, last_error, '') AS says
            FROM sluice.all_jobs j
            WHERE (\(state)::text IS NULL OR state = \(state)) AND (\(kind)::text IS NULL OR kind = \(kind))
            ORDER BY id DESC LIMIT \(limit)
            """, timeout: .seconds(30)
        ).map { row in
            JobRow(
                id: try row.decode("id"), kind: try row.decode("kind"), state: try row.decode("state"), attempt: try row.decode("attempt"),
                worker: try row.decodeIfPresent("worker"), runAt: try row.decode("run_at"), says: try row.decode("says"),
                document: try row.decode("document"))
        }
    }

    /// Every column of one job, JSON text; nil when there is none.
    ///
    /// - Throws: `PostgresError`.
    public func document(of id: Int64) async throws -> String? {
        try await pool.query("SELECT to_json(j)::text AS document FROM sluice.all_jobs j WHERE id = \(id)", timeout: .seconds(10)).first?
            .decode("document")
    }
}
