import ForeignText
public import Foundation
import JobQueue
public import Postgres

extension CatalogStore {
    /// Stops a connection's sync until somebody resumes it.
    ///
    /// - Returns: false when its state does not allow it.
    /// - Throws: `PostgresError`.
    public func pause(_ id: UUID) async throws -> Bool {
        try await setConnectionState(id, .paused, from: [.idle, .pollingDBChanges, .busy])
    }

    /// Goes on after a pause or an unexpected error, from the last successful poll.
    ///
    /// - Returns: false when its state does not allow it.
    /// - Throws: `PostgresError`.
    public func resume(_ id: UUID) async throws -> Bool {
        try await pool.transaction { session in
            try Self.awaken(id, from: [.paused, .systemError, .dbUnavailable, .tooManyRows, .systemOnIce], in: session)
        }
    }

    /// Recovers a connection from any error. Whoever resumes or restarts wants everything tried again that failed: what waits for another
    /// attempt, and every mapping that no load works on.
    ///
    /// - Returns: false when its state does not allow it.
    /// - Throws: `PostgresError`.
    public func restart(_ id: UUID) async throws -> Bool {
        try await pool.transaction { session in
            let from: [ConnectionState] = [
                .idle, .pollingDBChanges, .busy, .paused, .recovery, .systemError, .dbUnavailable, .tooManyRows, .unauthorized,
                .herokuUnauth,
                .inactiveOrg, .systemOnIce,
            ]
            return try Self.awaken(id, from: from, in: session)
        }
    }

    /// Announces that a configuration is being imported and enqueues the job that does it.
    ///
    /// - Returns: the job's id, or nil when the connection's state does not allow an import.
    /// - Throws: `PostgresError`, `CatalogError` with code `.notFound`.
    public func startImport(_ id: UUID, export: String, requestedBy: String) async throws -> Int64? {
        try await pool.transaction { session in
            let rows = try session.query("SELECT state FROM sluice.connections WHERE id = \(id) FOR UPDATE")
            guard let row = rows.first else {
                throw CatalogError(code: .notFound, message: "there is no connection \(id.uuidString.lowercased())")
            }
            let state = ConnectionState(rawValue: try row.decode("state")) ?? .idle
            guard state != .new, state != .needAuthentication else { return nil }
            // The state that this import finds is the state it leaves, but a failure that an import may cure is not put back.
            let leaves: ConnectionState = state == .paused ? .paused : .idle
            let job = try NewJob.importConfiguration(id, export: export, leaves: leaves, requestedBy: requestedBy)
            let jobID = try JobQueue.enqueue([job], in: session)[0]
            try Self.setConnectionState(id, .importConfiguration, in: session)
            return jobID
        }
    }

    /// Ends an import: the connection leaves `IMPORT_CONFIGURATION` unless another import waits behind this one.
    ///
    /// - Throws: `PostgresError`.
    @discardableResult
    public static func finishImport(
        _ id: UUID, jobID: Int64, leaves: ConnectionState, description: String? = nil, in session: PostgresSession
    ) throws -> Bool {
        try session.run(
            """
            UPDATE sluice.connections SET state = \(leaves.rawValue), state_description = \(description.map { String(foreign: $0) })
            WHERE id = \(id) AND state = \(ConnectionState.importConfiguration.rawValue)
            AND NOT \(fragment: JobQueue.hasLiveJob(kind: JobKind.importConfiguration.rawValue, connection: id, besides: jobID))
            """) == 1
    }

    private static func awaken(_ id: UUID, from: [ConnectionState], in session: PostgresSession) throws -> Bool {
        // Before the connection's row is locked, as everybody who locks both does it.
        try forgetRefusal(id, in: session)
        let woken = try session.run(
            """
            UPDATE sluice.connections SET state = \(ConnectionState.idle.rawValue), state_description = NULL, next_write_poll_at = sluice.clock()
            WHERE id = \(id) AND credentials_sealed IS NOT NULL AND state = ANY (\(from.map(\.rawValue))::text[])
            """)
        guard woken == 1 else { return false }
        try heal(id, in: session)
        return true
    }

    /// Tries everything again at once that failed or that nobody works on: what waits for another attempt, mappings in a state of error, and
    /// mappings without a load that need one.
    private static func heal(_ id: UUID, in session: PostgresSession) throws {
        try JobQueue.bringRetriesForward(connectionID: id, in: session)
        try retryParkedWrites(id, in: session)
        let errors = MappingState.allCases.filter(\.isError).map(\.rawValue)
        let unloaded = try session.query(
            """
            WITH healed AS (
                UPDATE sluice.mappings
                SET next_poll_at = CASE WHEN watermark IS NOT NULL AND (next_poll_at IS NOT NULL OR state = ANY (\(errors)::text[]))
                        THEN sluice.clock() ELSE next_poll_at END,
                    state_description = \(fragment: troubleDescription),
                    state = CASE WHEN watermark IS NULL THEN \(MappingState.initial.rawValue)
                        WHEN state = ANY (\(errors)::text[]) THEN \(MappingState.recovery.rawValue) ELSE state END
                WHERE connection_id = \(id)
                  AND NOT \(fragment: JobQueue.hasLiveJob(kind: JobKind.load.rawValue, mapping: "mappings.id"))
                RETURNING id, watermark
            )
            SELECT id, watermark IS NULL AS is_first FROM healed
            WHERE watermark IS NULL OR EXISTS (
                SELECT FROM sluice.mapping_troubles t
                WHERE t.mapping_id = healed.id AND t.state IS NOT NULL AND (t.source = \(JobKind.load.rawValue) OR t.needs_load)
            )
            """)
        let loads = try unloaded.map { row in
            try NewJob.load(row.decode("id"), connectionID: id, reason: row.decode("is_first") ? .initial : .reload)
        }
        _ = try JobQueue.enqueue(loads, in: session)
    }
}
