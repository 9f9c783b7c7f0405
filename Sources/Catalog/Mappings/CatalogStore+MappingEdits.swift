public import Foundation
import JobQueue
public import Postgres

/// Mappings that people make and change one by one, with the loads that follow. An import does the same to many.
extension CatalogStore {
    /// Makes a mapping and enqueues its first load.
    ///
    /// - Throws: `CatalogError` with code `.conflict` when the object is mapped already, or the connection was never authorized, `.notFound`
    ///   when the connection is gone; `PostgresError`.
    public static func createMapping(
        _ connectionID: UUID, objectName: String, config: MappingConfig, requestedBy: String, in session: PostgresSession
    ) throws -> Mapping {
        let rows = try session.query("SELECT state FROM sluice.connections WHERE id = \(connectionID) FOR SHARE")
        guard let row = rows.first else {
            throw CatalogError(code: .notFound, message: "there is no connection \(connectionID.uuidString.lowercased())")
        }
        let state = ConnectionState(rawValue: try row.decode("state")) ?? .idle
        guard state != .new, state != .needAuthentication else {
            throw CatalogError(
                code: .conflict, message: "the connection is \(state.rawValue): authorize it at Salesforce before mapping objects")
        }
        guard let made = try insertMapping(connectionID, objectName: objectName, config: config, in: session) else {
            throw CatalogError(code: .conflict, message: "\(objectName) is mapped already; a connection maps each object once")
        }
        _ = try JobQueue.enqueue([try .load(made, reason: .initial, requestedBy: requestedBy)], in: session)
        return made
    }

    /// Gives a mapping another configuration and enqueues the load that it needs, if any.
    ///
    /// - Parameters:
    ///   - revision: the one that the client saw; nil changes whatever is there.
    ///   - change: makes the configuration from the one that is there.
    /// - Returns: the mapping before and after.
    /// - Throws: `CatalogError` with code `.conflict` when the revision is another by now, `.notFound` when the mapping is gone; what `change`
    ///   throws; `PostgresError`.
    public static func changeMapping(
        _ id: UUID, expecting revision: Int?, requestedBy: String, in session: PostgresSession,
        to change: (MappingConfig) throws -> MappingConfig
    ) throws -> (before: Mapping, after: Mapping) {
        let rows = try session.query("SELECT * FROM sluice.mappings WHERE id = \(id) FOR UPDATE")
        guard let before = try rows.first.map(Mapping.init(row:)) else {
            throw CatalogError(code: .notFound, message: "there is no mapping \(id.uuidString.lowercased())")
        }
        if let revision, revision != before.revision {
            throw CatalogError(
                code: .conflict,
                message:
                    "the mapping of \(before.objectName) is at revision \(before.revision) by now, not \(revision): read it again and repeat the change"
            )
        }
        let (after, changed) = try reconfigure(
            before, objectName: before.objectName, config: try change(before.config), isConfigFirst: before.isConfigFirst, in: session)
        if let reason = changed.load(of: after) {
            _ = try JobQueue.enqueueOrBringForward(
                [try .load(after, reason: reason, requestedBy: requestedBy)], joiningBegun: false, in: session)
        }
        return (before, after)
    }

    /// The mappings that the last import no longer named, in the order of the export.
    ///
    /// - Throws: `PostgresError`, `CatalogError`.
    public func orphanedMappings(_ connectionID: UUID) async throws -> [Mapping] {
        try await pool.query(
            "SELECT * FROM sluice.mappings WHERE connection_id = \(connectionID) AND orphaned_at IS NOT NULL ORDER BY position, internal_id"
        ).map(Mapping.init(row:))
    }
}
