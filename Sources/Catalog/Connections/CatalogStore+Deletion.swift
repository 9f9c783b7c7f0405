public import Foundation
import JobQueue
public import Postgres

/// What goes with a connection.
public struct ConnectionHoldings: Sendable {
    /// Its mappings, by object.
    public let mappings: [String]
    /// Jobs that wait or run, counted to 10,000.
    public let jobs: Int
    /// Changes that wait to be written, as its mappings counted them last.
    public let pendingWrites: Int
    /// Changes that could not be written.
    public let erroredWrites: Int
}

extension CatalogStore {
    /// What goes with a connection.
    ///
    /// - Throws: `PostgresError`, `CatalogError`.
    public func holdings(_ connection: Connection) async throws -> ConnectionHoldings {
        let mappings = try await self.mappings(connection.id)
        let jobs = try await JobQueue(pool: pool).depth(connection: connection.id).reduce(0) { $0 + $1.ready + $1.scheduled + $1.running }
        return ConnectionHoldings(
            mappings: mappings.map(\.objectName), jobs: jobs, pendingWrites: mappings.reduce(0) { $0 + $1.pendingWrites },
            erroredWrites: mappings.reduce(0) { $0 + $1.erroredWrites })
    }

    /// Stops a connection for good, and enqueues the job that takes it away.
    ///
    /// - Returns: the job.
    /// - Throws: `PostgresError`, `EncodingError`.
    public static func beginDeletion(_ id: UUID, requestedBy: String, in session: PostgresSession) throws -> Int64? {
        let job = try JobQueue.enqueueOrBringForward([.deleteConnection(id, requestedBy: requestedBy)], in: session)[0]
        _ = try cancelJobs(of: id, besides: job ?? 0, in: session)
        try setConnectionState(id, .paused, description: "being deleted, as \(requestedBy) asked", in: session)
        return job
    }

    /// Cancels what waits or runs for a connection, but for one job.
    ///
    /// - Returns: how many jobs.
    /// - Throws: `PostgresError`.
    public static func cancelJobs(of id: UUID, besides job: Int64, in session: PostgresSession) throws -> Int {
        try session.query("SELECT sluice.cancel_jobs_of_connection(\(id), \(job)) AS jobs", timeout: .seconds(30))[0].decode("jobs")
    }

    /// Deletes a connection's record, and with it those of its mappings, its notifications, its outlets and its figures. The journal and the audit
    /// trail stay.
    ///
    /// - Returns: whether there was one.
    /// - Throws: `PostgresError`.
    public static func deleteConnection(_ id: UUID, in session: PostgresSession) throws -> Bool {
        try session.run("DELETE FROM sluice.connections WHERE id = \(id)", timeout: .seconds(60)) == 1
    }
}
