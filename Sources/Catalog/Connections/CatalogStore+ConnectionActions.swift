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

    /// Recovers a connection from any error: it and its mappings start afresh, those never loaded with a load.
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
            guard try Self.awaken(id, from: from, in: session) else { return false }
            let mappings = try Self.mappings(id, in: session).filter(\.state.isError)
            for mapping in mappings {
                try Self.updateMapping(
                    mapping.id, MappingUpdate(state: mapping.watermark == nil ? .initial : .dataSynced, nextPoll: .after(.zero)),
                    in: session)
            }
            let loads = try mappings.filter { $0.watermark == nil }.map { try NewJob.load($0, reason: .initial) }
            _ = try JobQueue.enqueue(loads, in: session)
            return true
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
            UPDATE sluice.connections SET state = \(leaves.rawValue), state_description = \(description)
            WHERE id = \(id) AND state = \(ConnectionState.importConfiguration.rawValue)
            AND NOT EXISTS (
                SELECT FROM sluice.jobs WHERE kind = \(JobKind.importConfiguration.rawValue) AND connection_id = \(id) AND id <> \(jobID)
            )
            """) == 1
    }

    private static func awaken(_ id: UUID, from: [ConnectionState], in session: PostgresSession) throws -> Bool {
        let woken = try session.run(
            """
            UPDATE sluice.connections SET state = \(ConnectionState.idle.rawValue), state_description = NULL, next_write_poll_at = sluice.clock()
            WHERE id = \(id) AND credentials_sealed IS NOT NULL AND state = ANY (\(from.map(\.rawValue))::text[])
            """)
        guard woken == 1 else { return false }
        try session.run("UPDATE sluice.mappings SET next_poll_at = sluice.clock() WHERE connection_id = \(id) AND next_poll_at IS NOT NULL")
        return true
    }
}
