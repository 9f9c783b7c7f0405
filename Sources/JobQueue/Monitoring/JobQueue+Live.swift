public import Foundation
public import Postgres

// What other modules ask about jobs that have not ended.
extension JobQueue {
    /// The jobs of a mapping that wait or run.
    ///
    /// - Throws: `PostgresError`.
    public func live(ofMapping mappingID: UUID) async throws -> [Int64] {
        try await pool.query("SELECT id FROM sluice.jobs WHERE mapping_id = \(mappingID)").map { try $0.decode("id") }
    }

    /// Whether a mapping has a live job, but for one, whose checkpoint has a key.
    ///
    /// - Parameter other: a key that leaves out the jobs whose checkpoint has it.
    /// - Throws: `PostgresError`.
    public func hasLive(ofMapping mappingID: UUID, besides job: Int64, checkpointKey: String, unlessKey other: String? = nil) async throws
        -> Bool
    {
        try await !pool.query(
            """
            SELECT FROM sluice.jobs
            WHERE mapping_id = \(mappingID) AND id <> \(job) AND progress->\(checkpointKey) IS NOT NULL AND progress->\(other)::text IS NULL LIMIT 1
            """
        ).isEmpty
    }

    /// The checkpoint of a live job, if it has a key.
    ///
    /// - Throws: `PostgresError`; `DecodingError`.
    public func checkpoint<Value: Decodable & Sendable>(ofLive id: Int64, key: String, as type: Value.Type = Value.self) async throws
        -> Value?
    {
        try await pool.query("SELECT progress FROM sluice.jobs WHERE id = \(id) AND progress->\(key) IS NOT NULL").first?
            .decodeJSON("progress", as: type)
    }

    /// The arguments of a connection's jobs of a kind that wait or run.
    ///
    /// - Throws: `PostgresError`; `DecodingError`.
    public func liveArguments<Value: Decodable & Sendable>(kind: String, of connectionID: UUID, as type: Value.Type) async throws -> [Value]
    {
        try await pool.query(.prepared("SELECT args FROM sluice.jobs WHERE kind = \(kind) AND connection_id = \(connectionID)")).map {
            try $0.decodeJSON("args", as: type)
        }
    }

    /// Whether a mapping has live jobs of a kind whose arguments hold this number under this name.
    ///
    /// - Throws: `PostgresError`.
    public func hasLive(kind: String, ofMapping mappingID: UUID, argument: String, _ value: Int64) async throws -> Bool {
        try await !pool.query(
            "SELECT FROM sluice.jobs WHERE kind = \(kind) AND mapping_id = \(mappingID) AND (args->>\(argument))::bigint = \(value) LIMIT 1"
        ).isEmpty
    }

    /// What the last error was of jobs of a kind that ended without success and whose arguments hold this number under this name; nil when there
    /// is none.
    ///
    /// - Throws: `PostgresError`.
    public func lastError(kind: String, ofMapping mappingID: UUID, argument: String, _ value: Int64) async throws -> String? {
        try await pool.query(
            """
            SELECT max(last_error) AS error FROM sluice.finished_jobs
            WHERE kind = \(kind) AND mapping_id = \(mappingID) AND state <> 'completed' AND (args->>\(argument))::bigint = \(value)
            """)[0].decodeIfPresent("error")
    }

    /// A statement that enqueues what another selects, for those who decide set-wise what is due. It returns the `id`s of the jobs that did not wait
    /// already; announcing them is the caller's. A job that waits to look again (`JobOutcome.snooze`) is brought forward; one that failed is not.
    ///
    /// - Parameter source: yields kind, connection_id, mapping_id, args, priority, unique_key and exclusive_key, in this order.
    public static func enqueueing(_ source: PostgresQuery) -> PostgresQuery {
        """
        INSERT INTO sluice.jobs (kind, connection_id, mapping_id, args, priority, unique_key, exclusive_key)
        \(fragment: source)
        ON CONFLICT (unique_key) WHERE state = 'available' AND unique_key IS NOT NULL
        DO UPDATE SET run_at = excluded.run_at WHERE jobs.attempt = 0 AND jobs.run_at > excluded.run_at
        RETURNING id
        """
    }
}
