public import Foundation

/// A job to be enqueued.
public struct NewJob: Sendable {
    /// Which handler runs it.
    public let kind: String
    /// The connection it belongs to: fairness counts by it.
    public let connectionID: UUID?
    /// The mapping it belongs to, for people to see.
    public let mappingID: UUID?
    /// The handler's arguments as a JSON object.
    public let args: String
    /// 0 to 200, lower runs first; a point is worth a second of waiting. 100 is ordinary.
    public let priority: Int
    /// How long one attempt may run before it counts as hung and is taken from its worker.
    public let timeout: Duration
    /// How long to wait before it may run.
    public let runAfter: Duration
    /// Attempts before the job counts as failed.
    public let maxAttempts: Int
    /// While a job with this key waits, enqueueing another is a no-op.
    public let uniqueKey: String?
    /// Two jobs with one key never run at the same time.
    public let exclusiveKey: String?

    /// Describes a job.
    ///
    /// - Throws: `EncodingError` when the arguments cannot be written as JSON.
    public init(
        kind: String, connectionID: UUID? = nil, mappingID: UUID? = nil, args: some Encodable & Sendable = EmptyArgs(), priority: Int = 100,
        timeout: Duration = .seconds(3600), runAfter: Duration = .zero, maxAttempts: Int = 10, uniqueKey: String? = nil,
        exclusiveKey: String? = nil
    ) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        self.kind = kind
        self.connectionID = connectionID
        self.mappingID = mappingID
        self.args = JobTrace.adding(to: String(decoding: try encoder.encode(args), as: UTF8.self))
        self.priority = priority
        self.timeout = timeout
        self.runAfter = runAfter
        self.maxAttempts = maxAttempts
        self.uniqueKey = uniqueKey
        self.exclusiveKey = exclusiveKey
    }
}

/// Arguments of a job that needs none.
public struct EmptyArgs: Codable, Sendable {
    /// No arguments.
    public init() {}
}
