public import Foundation
public import JobQueue
import Postgres

extension CatalogStore {
    /// Asks, and enqueues the job that answers.
    ///
    /// - Parameter job: makes the job from the inquiry's id.
    /// - Throws: `PostgresError`, what `job` throws.
    public func ask(
        _ kind: Inquiry.Kind, of connectionID: UUID, mapping: UUID? = nil, by user: String, job: @Sendable (UUID) throws -> NewJob
    ) async throws -> Inquiry {
        let id = UUID()
        let new = try job(id)
        return try await pool.transaction { session in
            let jobID = try JobQueue.enqueueOrBringForward([new], in: session)[0]
            return try Inquiry(
                row: session.query(
                    """
                    INSERT INTO sluice.inquiries (id, connection_id, mapping_id, kind, asked_by, job_id)
                    VALUES (\(id), \(connectionID), \(mapping), \(kind.rawValue), \(user), \(jobID)) RETURNING *
                    """)[0])
        }
    }

    /// An inquiry; nil when there is none, or it was forgotten.
    ///
    /// - Throws: `PostgresError`, `CatalogError`.
    public func inquiry(_ id: UUID) async throws -> Inquiry? {
        try await pool.query(.prepared("SELECT * FROM sluice.inquiries WHERE id = \(id)")).first.map(Inquiry.init(row:))
    }

    /// Answers an inquiry, once.
    ///
    /// - Returns: false when it was answered or forgotten before.
    /// - Throws: `PostgresError`.
    @discardableResult
    public func answer(_ id: UUID, _ answer: String) async throws -> Bool {
        try await pool.run(
            "UPDATE sluice.inquiries SET answer = \(answer)::json, answered_at = sluice.clock() WHERE id = \(id) AND answered_at IS NULL")
            == 1
    }

    /// Forgets inquiries, answered or not, that are older than this.
    ///
    /// - Returns: how many were forgotten.
    /// - Throws: `PostgresError`.
    public func pruneInquiries(olderThan age: Duration) async throws -> Int {
        try await pool.run("DELETE FROM sluice.inquiries WHERE asked_at < sluice.clock() - \(age)::interval", timeout: .seconds(30))
    }
}
