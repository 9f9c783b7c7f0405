public import Foundation
import JobQueue
public import Postgres

/// What the last comparison of a whole mapping with its object found.
public struct Verification: Sendable {
    /// The job that compares, or compared.
    public let jobID: Int64
    /// Who asked.
    public let requestedBy: String
    /// Whether what differed was mended.
    public let repairs: Bool
    /// When it was asked for.
    public let startedAt: Date
    /// When it ended; nil while it goes on.
    public let finishedAt: Date?
    /// What was found so far.
    public let report: JSONValue
}

extension CatalogStore {
    /// Has a whole mapping compared with its object; one that waits already is the same. The trail says who asked.
    ///
    /// - Returns: the job.
    /// - Throws: `CatalogError` with code `.conflict` while nothing is read or there is nothing to compare, `PostgresError`, `EncodingError`.
    public static func beginVerification(
        of mapping: Mapping, _ connection: Connection, repairs: Bool, requestedBy: String, in session: PostgresSession
    ) throws -> Int64 {
        guard connection.state.allowsSync else {
            throw CatalogError(
                code: .conflict, message: "the connection is \(connection.state.rawValue): nothing is read until it is resumed")
        }
        guard mapping.watermark != nil else { throw CatalogError(code: .conflict, message: "\(mapping.objectName) is not loaded yet") }
        let job = try JobQueue.enqueueOrBringForward([.verify(mapping, repairs: repairs, requestedBy: requestedBy)], in: session)[0]
        guard let job else { throw CatalogError(code: .conflict, message: "a verification has just begun; ask again") }
        try session.run(
            """
            INSERT INTO sluice.verifications (mapping_id, job_id, requested_by, repairs) VALUES (\(mapping.id), \(job), \(requestedBy), \(repairs))
            ON CONFLICT (mapping_id) DO UPDATE
            SET job_id = excluded.job_id, requested_by = excluded.requested_by, repairs = excluded.repairs, started_at = sluice.clock(), finished_at = NULL,
                report = '{}'
            """)
        try audit(
            connection.id, actor: requestedBy, action: "mapping.verify",
            details: ["object_name": .string(mapping.objectName), "repair": .bool(repairs), "job": .integer(job)], in: session)
        return job
    }

    /// Keeps what was found so far.
    ///
    /// - Throws: `PostgresError`.
    public static func noteVerification(
        of mapping: UUID, job: Int64, _ report: JSONValue, isFinished: Bool, in session: PostgresSession
    ) throws {
        try session.run(
            """
            UPDATE sluice.verifications SET report = \(report.text)::jsonb, finished_at = CASE WHEN \(isFinished)::boolean THEN sluice.clock() END
            WHERE mapping_id = \(mapping) AND job_id = \(job)
            """)
    }

    /// What the last comparison found; nil when there was none.
    ///
    /// - Throws: `PostgresError`; `JSONSyntaxError` never, since the database holds JSON only.
    public func verification(of mapping: UUID) async throws -> Verification? {
        try await pool.query("SELECT * FROM sluice.verifications WHERE mapping_id = \(mapping)", timeout: .seconds(5)).first.map { row in
            Verification(
                jobID: try row.decode("job_id"), requestedBy: try row.decode("requested_by"), repairs: try row.decode("repairs"),
                startedAt: try row.decode("started_at"), finishedAt: try row.decodeIfPresent("finished_at"),
                report: try JSONValue(parsing: row.decode("report", as: String.self)))
        }
    }
}
