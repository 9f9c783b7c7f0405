import Foundation
public import Logging
public import Postgres

/// Runs the jobs of one kind.
public struct JobHandler: Sendable {
    /// The kind it runs.
    public let kind: String
    let run: @Sendable (JobContext) async throws -> JobOutcome

    /// A handler for one kind.
    ///
    /// Arguments are a JSON object. When their meaning changes so that older handlers would misread them, whoever enqueues writes a higher
    /// `version` among them; without one they are of version 1. A job whose arguments are newer than `argsVersion` fails at once, and its
    /// error names both versions.
    ///
    /// `run` may throw `JobFailure` to say whether and when to try again; any other error is retried with the ordinary backoff.
    /// It is cancelled when its lease is lost, when somebody cancels the job, and near the end of a shutdown.
    public init(kind: String, argsVersion: Int = 1, run: @escaping @Sendable (JobContext) async throws -> JobOutcome) {
        self.init(unchecked: kind) { context in
            try context.job.checkArgs(upTo: argsVersion)
            return try await run(context)
        }
    }

    init(unchecked kind: String, run: @escaping @Sendable (JobContext) async throws -> JobOutcome) {
        self.kind = kind
        self.run = run
    }
}

/// What a handler is given.
public struct JobContext: Sendable {
    /// The job and its lease.
    public let job: Job
    /// The queue it came from.
    public let queue: JobQueue
    /// Carries the job's id, kind, connection and mapping.
    public let logger: Logger

    /// Saves progress: what a later attempt, on any worker, goes on from.
    ///
    /// - Throws: `LeaseLost`, after which the handler must end; `PostgresError`; `EncodingError`.
    public func checkpoint(_ progress: some Encodable & Sendable) async throws {
        try await queue.checkpoint(job.lease, progress: try Self.json(progress))
    }

    /// Saves progress as part of the caller's transaction.
    ///
    /// - Throws: `LeaseLost`; `PostgresError`; `EncodingError`.
    public func checkpoint(_ progress: some Encodable & Sendable, in session: PostgresSession) throws {
        try JobQueue.checkpoint(job.lease, progress: try Self.json(progress), in: session)
    }

    private static func json(_ progress: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        return String(decoding: try encoder.encode(progress), as: UTF8.self)
    }
}
