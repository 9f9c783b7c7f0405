import ForeignText
public import Foundation
public import Postgres

extension CatalogStore {
    /// Raises a notification in the caller's transaction, unless the same one is still open: that which records what it is about, so that a worker
    /// which dies cannot leave the one without the other.
    ///
    /// - Returns: whether it is new.
    /// - Throws: `PostgresError`.
    @discardableResult
    public static func notify(_ connectionID: UUID, eventType: String, message: String, in session: PostgresSession) throws -> Bool {
        let message = String(foreign: message)
        return try session.run(
            """
            INSERT INTO sluice.notifications (connection_id, event_type, message)
            SELECT \(connectionID), \(eventType), \(message)
            WHERE NOT EXISTS (
                SELECT FROM sluice.notifications
                WHERE connection_id = \(connectionID) AND event_type = \(eventType) AND message = \(message) AND acknowledged_at IS NULL
            )
            """) == 1
    }
}
