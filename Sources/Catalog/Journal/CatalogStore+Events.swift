import ForeignText
public import Foundation
public import Postgres

extension CatalogStore {
    /// Writes a line to the event log.
    ///
    /// - Throws: `PostgresError`.
    public func event(
        _ level: EventLevel, connection: UUID?, mapping: UUID? = nil, job: Int64? = nil, row: EventRow? = nil, type: EventType = .system,
        _ message: String
    ) async throws {
        try await pool.withSession {
            try Self.event(level, connection: connection, mapping: mapping, job: job, row: row, type: type, message, in: $0)
        }
    }

    /// Writes a line to the event log in the caller's transaction.
    ///
    /// - Throws: `PostgresError`.
    public static func event(
        _ level: EventLevel, connection: UUID?, mapping: UUID? = nil, job: Int64? = nil, row: EventRow? = nil, type: EventType,
        _ message: String,
        in session: PostgresSession
    ) throws {
        try session.run(
            """
            INSERT INTO sluice.events (level, connection_id, mapping_id, job_id, row_id, sfid, type, message)
            VALUES (\(level.rawValue), \(connection), \(mapping), \(job), \(row?.id), \(row?.sfid), \(type.rawValue),
                    \(String(foreign: message)))
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
        ).map { try Event(row: $0) }
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
