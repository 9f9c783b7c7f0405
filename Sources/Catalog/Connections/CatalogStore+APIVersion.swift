public import Foundation
import JobQueue
public import Postgres

/// Changing the Salesforce API version of a connection, by the rules that Heroku Connect set for it in 2026.
extension CatalogStore {
    /// Refuses a change that would come in the way of work: the connection must be paused, or stopped because the org serves its version no more,
    /// and its mappings at rest. The rows are locked until the transaction ends.
    ///
    /// - Throws: `CatalogError` with code `.conflict` and the words for people; `PostgresError`.
    public static func requireChangeOfVersion(_ id: UUID, in session: PostgresSession) throws {
        let rows = try session.query("SELECT state FROM sluice.connections WHERE id = \(id) FOR UPDATE")
        guard let row = rows.first else {
            throw CatalogError(code: .notFound, message: "there is no connection \(id.uuidString.lowercased())")
        }
        let state = ConnectionState(rawValue: try row.decode("state")) ?? .idle
        guard state.allowsChangeOfVersion else {
            throw CatalogError(
                code: .conflict,
                message: "The connection must be paused before its API version is changed; it is \(state.rawValue). Pause it and retry.")
        }
        let syncing = try mappings(id, in: session).filter { !$0.state.isAtRest }.map(\.objectName)
        guard syncing.isEmpty else {
            let names = syncing.joined(separator: ", ")
            let verb =
                syncing.count == 1 ? "Mapping \(names) is still syncing. Wait for it" : "Mappings \(names) are still syncing. Wait for them"
            throw CatalogError(code: .conflict, message: "\(verb) to finish syncing before changing the API version.")
        }
    }

    /// Changes the version, and has the tables loaded that the difference alters.
    ///
    /// - Parameters:
    ///   - old: the version that was compared with.
    ///   - objects: mapped objects whose fields differ.
    /// - Throws: `CatalogError` with code `.conflict` when somebody changed anything meanwhile; `PostgresError`, `EncodingError`.
    public static func changeVersion(
        _ id: UUID, from old: String, to new: String, reloading objects: Set<String>, requestedBy: String, in session: PostgresSession
    ) throws {
        try requireChangeOfVersion(id, in: session)
        let changed = try session.run("UPDATE sluice.connections SET api_version = \(new) WHERE id = \(id) AND api_version = \(old)")
        guard changed == 1 else {
            throw CatalogError(code: .conflict, message: "The connection's API version was changed meanwhile. Look at it and retry.")
        }
        let loads = try mappings(id, in: session).filter { objects.contains($0.objectName) }
            .map { try NewJob.load($0, reason: .columns, requestedBy: requestedBy) }
        _ = try JobQueue.enqueueOrBringForward(loads, joiningBegun: false, in: session)
    }
}
