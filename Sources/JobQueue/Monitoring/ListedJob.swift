public import Foundation
import Postgres

/// A job as people see it, live or ended. Its arguments stay out: an import's hold a whole file.
public struct ListedJob: Sendable, Identifiable {
    /// The job's id.
    public let id: Int64
    /// Which handler runs it.
    public let kind: String
    /// The connection it belongs to.
    public let connectionID: UUID?
    /// The mapping it belongs to.
    public let mappingID: UUID?
    /// `available`, `running`, `completed`, `cancelled` or `failed`.
    public let state: String
    /// 0 to 200, lower runs first.
    public let priority: Int
    /// Attempts begun.
    public let attempt: Int
    /// The worker that runs it or ran it last.
    public var worker: String?
    /// When it may run, or might have run.
    public let runAt: Date
    /// When it was enqueued.
    public let createdAt: Date
    /// When the last attempt began.
    public let startedAt: Date?
    /// When it ended; nil while it is live.
    public let finishedAt: Date?
    /// The last checkpoint, JSON text.
    public let progress: String?
    /// What came of it, for people.
    public let outcome: String?
    /// What the last attempt that failed met.
    public let lastError: String?

    init(row: PostgresRow) throws {
        id = try row.decode("id")
        kind = try row.decode("kind")
        connectionID = try row.decodeIfPresent("connection_id")
        mappingID = try row.decodeIfPresent("mapping_id")
        state = try row.decode("state")
        priority = try row.decode("priority")
        attempt = try row.decode("attempt")
        worker = try row.decodeIfPresent("worker")
        runAt = try row.decode("run_at")
        createdAt = try row.decode("created_at")
        startedAt = try row.decodeIfPresent("started_at")
        finishedAt = try row.decodeIfPresent("finished_at")
        progress = try row.decodeIfPresent("progress")
        outcome = try row.decodeIfPresent("outcome")
        lastError = try row.decodeIfPresent("last_error")
    }

    /// Whether it has ended, for good or ill.
    public var hasEnded: Bool { finishedAt != nil }
}
