import ForeignText
public import Foundation
import JobQueue
public import Postgres

extension CatalogStore {
    /// Stops a connection's sync until somebody resumes it. The rules of this and of what follows are functions of the database (V018), which people
    /// in psql call too.
    ///
    /// - Returns: false when its state does not allow it.
    /// - Throws: `PostgresError`.
    public func pause(_ id: UUID) async throws -> Bool {
        try await pool.query("SELECT sluice.pause_connection(\(id)) AS done")[0].decode("done")
    }

    /// Goes on after a pause or an unexpected error, from the last successful poll.
    ///
    /// - Returns: false when its state does not allow it.
    /// - Throws: `PostgresError`.
    public func resume(_ id: UUID) async throws -> Bool {
        try await pool.query("SELECT sluice.resume_connection(\(id)) AS done")[0].decode("done")
    }

    /// Recovers a connection from any error. Whoever resumes or restarts wants everything tried again that failed: what waits for another
    /// attempt, and every mapping that no load works on.
    ///
    /// - Returns: false when its state does not allow it.
    /// - Throws: `PostgresError`.
    public func restart(_ id: UUID) async throws -> Bool {
        try await pool.query("SELECT sluice.restart_connection(\(id)) AS done")[0].decode("done")
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
}
