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

    /// On which channel the database announces that events were written.
    public static let eventChannel = "sluice_events"
}
