public import Catalog
public import Foundation
import Postgres

extension CatalogStore {
    /// A connection's open notifications, newest first.
    ///
    /// - Parameter last: where the page before ended: only what was raised before that notification, which may be acknowledged by now.
    /// - Throws: `PostgresError`.
    public func notifications(
        _ connectionID: UUID, _ filter: NotificationFilter = NotificationFilter(), after last: Int64? = nil, limit: Int = 1000
    ) async throws -> [ConnectionNotification] {
        try await pool.query(
            """
            SELECT * FROM sluice.notifications
            WHERE connection_id = \(connectionID) AND \(fragment: filter.condition)
              AND (\(last)::bigint IS NULL OR (created_at, id) < (SELECT l.created_at, l.id FROM sluice.notifications l WHERE l.id = \(last)))
            ORDER BY created_at DESC, id DESC LIMIT \(limit)
            """
        ).map(ConnectionNotification.init(row:))
    }

    /// How many of a connection's notifications are open.
    ///
    /// - Throws: `PostgresError`.
    public func notificationCount(_ connectionID: UUID, _ filter: NotificationFilter = NotificationFilter()) async throws -> Int {
        try await pool.query(
            "SELECT count(*) AS n FROM sluice.notifications WHERE connection_id = \(connectionID) AND \(fragment: filter.condition)"
        )[0].decode("n")
    }

    /// Acknowledges a connection's open notifications.
    ///
    /// - Returns: how many.
    /// - Throws: `PostgresError`.
    @discardableResult
    public func acknowledgeNotifications(_ connectionID: UUID, _ filter: NotificationFilter = NotificationFilter()) async throws -> Int {
        try await pool.run(
            """
            UPDATE sluice.notifications SET acknowledged_at = sluice.clock()
            WHERE connection_id = \(connectionID) AND \(fragment: filter.condition)
            """)
    }
}
