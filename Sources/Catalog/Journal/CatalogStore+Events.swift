import ForeignText
public import Foundation
public import Postgres

/// How much an event matters.
public enum EventLevel: String, Sendable, Hashable, CaseIterable, Codable {
    /// Of interest to who looks for a fault.
    case debug
    /// What normally happens.
    case info
    /// Something that passes by itself, or nearly went wrong.
    case warning
    /// Something that somebody should look at.
    case error
}

/// A log line that the dashboard shows.
public struct Event: Sendable, Identifiable {
    /// Its number.
    public let id: Int64
    /// When.
    public let at: Date
    /// How much it matters.
    public let level: EventLevel
    /// The connection it is about.
    public let connectionID: UUID?
    /// The mapping it is about.
    public let mappingID: UUID?
    /// The job that said it.
    public let jobID: Int64?
    /// What happened.
    public let message: String

    init(row: PostgresRow) throws {
        id = try row.decode("id")
        at = try row.decode("at")
        level = EventLevel(rawValue: try row.decode("level")) ?? .info
        connectionID = try row.decodeIfPresent("connection_id")
        mappingID = try row.decodeIfPresent("mapping_id")
        jobID = try row.decodeIfPresent("job_id")
        message = try row.decode("message")
    }
}

extension CatalogStore {
    /// Writes a line to the event log.
    ///
    /// - Throws: `PostgresError`.
    public func event(_ level: EventLevel, connection: UUID?, mapping: UUID? = nil, job: Int64? = nil, _ message: String) async throws {
        try await pool.withSession { try Self.event(level, connection: connection, mapping: mapping, job: job, message, in: $0) }
    }

    /// Writes a line to the event log in the caller's transaction.
    ///
    /// - Throws: `PostgresError`.
    public static func event(
        _ level: EventLevel, connection: UUID?, mapping: UUID? = nil, job: Int64? = nil, _ message: String, in session: PostgresSession
    ) throws {
        try session.run(
            """
            INSERT INTO sluice.events (level, connection_id, mapping_id, job_id, message)
            VALUES (\(level.rawValue), \(connection), \(mapping), \(job), \(String(foreign: message)))
            """)
    }

    /// The latest events of some connections, newest first.
    ///
    /// - Throws: `PostgresError`.
    public func events(connections: [UUID], mapping: UUID? = nil, level: EventLevel? = nil, limit: Int = 50) async throws -> [Event] {
        try await pool.query(
            """
            SELECT * FROM sluice.events
            WHERE connection_id = ANY (\(connections)::uuid[]) AND (\(mapping)::uuid IS NULL OR mapping_id = \(mapping))
            AND (\(level?.rawValue)::text IS NULL OR level = \(level?.rawValue))
            ORDER BY id DESC LIMIT \(limit)
            """
        ).map(Event.init(row:))
    }

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
}
