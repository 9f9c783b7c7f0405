import ForeignText
public import Foundation
import JobQueue
public import Postgres

extension CatalogStore {
    /// Keeps a mapping's changes from being tried for a while that doubles with each try: a minute at first, half an hour at most. The mapping
    /// says why, and when they are tried again.
    ///
    /// - Parameters:
    ///   - state: the state that the mapping shows meanwhile.
    ///   - reason: what is wrong, and what to do.
    ///   - needsLoad: whether a load mends it.
    /// - Returns: whether somebody was notified: not of the same reason twice.
    /// - Throws: `PostgresError`.
    @discardableResult
    public static func parkWrites(
        _ id: UUID, state: MappingState, reason: String, needsLoad: Bool, in session: PostgresSession
    ) throws -> Bool {
        let rows = try session.query(
            """
            UPDATE sluice.mappings
            SET write_attempts = write_attempts + 1,
                next_write_at = sluice.clock() + least(interval '1 minute' * power(2, least(write_attempts, 10)), interval '30 minutes')
            WHERE id = \(id)
            RETURNING write_attempts, to_char(next_write_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS next
            """)
        guard let row = rows.first else { return false }
        let (attempt, next): (Int, String) = (try row.decode("write_attempts"), try row.decode("next"))
        let reason = String(foreign: reason, limit: String.foreignLimit - 500)
        let trouble = MappingTrouble(
            source: .write, state: state, reason: "writes are parked: \(reason) (attempt \(attempt) failed; next try at \(next))",
            cause: reason, needsLoad: needsLoad, attempt: attempt)
        return try record(trouble, of: id, in: session) ?? false
    }

    /// The mappings of a connection whose changes are parked and not to be tried yet.
    ///
    /// - Throws: `PostgresError`.
    public func parkedWrites(_ connectionID: UUID) async throws -> Set<UUID> {
        Set(
            try await pool.query(
                "SELECT id FROM sluice.mappings WHERE connection_id = \(connectionID) AND next_write_at > sluice.clock()"
            ).map { try $0.decode("id", as: UUID.self) })
    }

    /// Notes that a mapping's changes can be written again.
    ///
    /// - Throws: `PostgresError`.
    public func releaseWrites(_ id: UUID) async throws {
        try await pool.transaction { session in
            let before = try session.query(
                "SELECT state FROM sluice.mapping_troubles WHERE mapping_id = \(id) AND source = \(JobKind.write.rawValue)"
            ).first?.decodeIfPresent("state", as: String.self)
            try Self.solve(id, [.write], in: session)
            try session.run(
                """
                UPDATE sluice.mappings
                SET write_attempts = 0, next_write_at = NULL, updated_at = sluice.clock(), state_description = \(fragment: Self.troubleDescription),
                    state = CASE WHEN state = \(before) THEN coalesce(\(fragment: Self.troubleState), \(MappingState.dataSynced.rawValue)) ELSE state END
                WHERE id = \(id)
                """)
        }
    }

    /// Has parked changes tried at once: those of one mapping, or of all of a connection's.
    ///
    /// - Throws: `PostgresError`.
    public static func retryParkedWrites(_ connectionID: UUID, mapping: UUID? = nil, in session: PostgresSession) throws {
        try session.run("SELECT sluice.retry_parked_writes(\(connectionID), \(mapping))")
    }
}
