public import Foundation
import Postgres

/// Tables whose changes are not captured, since triggers of theirs were dropped or disabled: told with the mapping as long as it is so.
extension CatalogStore {
    /// What stands in `sluice.mapping_troubles` for them; no kind of job is called so.
    private static let source = "capture"

    /// Records what a look at a table's triggers found. Somebody is notified when it is news.
    ///
    /// - Parameter reason: what is wrong and what to do; nil when all is well.
    /// - Throws: `PostgresError`.
    public func noteCapture(_ reason: String?, of mappingID: UUID) async throws {
        try await pool.transaction { session in
            guard
                let mapping = try session.query(
                    "SELECT connection_id, object_name FROM sluice.mappings WHERE id = \(mappingID) FOR NO KEY UPDATE"
                ).first
            else { return }
            let known = try session.query(
                "SELECT reason FROM sluice.mapping_troubles WHERE mapping_id = \(mappingID) AND source = \(Self.source)"
            ).first?.decode("reason", as: String.self)
            guard known != reason else { return }
            try session.run("DELETE FROM sluice.mapping_troubles WHERE mapping_id = \(mappingID) AND source = \(Self.source)")
            if let reason {
                try session.run(
                    """
                    INSERT INTO sluice.mapping_troubles (mapping_id, source, description, reason, cause)
                    VALUES (\(mappingID), \(Self.source), \(reason), \(reason), 'capture')
                    """)
                let (connection, object): (UUID, String) = (try mapping.decode("connection_id"), try mapping.decode("object_name"))
                try Self.event(.error, connection: connection, mapping: mappingID, type: .write, reason, in: session)
                try Self.notify(connection, eventType: "mapping-error", message: "\(object): \(reason)", in: session)
            }
            try session.run("UPDATE sluice.mappings SET state_description = \(fragment: Self.troubleDescription) WHERE id = \(mappingID)")
        }
    }
}
