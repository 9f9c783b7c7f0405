import ForeignText
public import Foundation
public import Postgres

/// Something that somebody should look at, until it is acknowledged.
public struct ConnectionNotification: Sendable, Identifiable {
    /// Its number.
    public let id: Int64
    /// When it was raised.
    public let createdAt: Date
    /// Its kind, such as `mapping-error` or `postgres-connection`.
    public let eventType: String
    /// What happened.
    public let message: String

    init(row: PostgresRow) throws {
        id = try row.decode("id")
        createdAt = try row.decode("created_at")
        eventType = try row.decode("event_type")
        message = try row.decode("message")
    }
}

/// Which notifications are meant.
public struct NotificationFilter: Sendable {
    /// Raised before this.
    public var before: Date?
    /// Raised at or after this.
    public var after: Date?
    /// Of this kind.
    public var eventType: String?
    /// The one of this number.
    public var id: Int64?

    /// Which notifications; nil does not restrict.
    public init(before: Date? = nil, after: Date? = nil, eventType: String? = nil, id: Int64? = nil) {
        self.id = id
        self.before = before
        self.after = after
        self.eventType = eventType
    }
}

extension CatalogStore {
    /// Raises a notification, unless the same one is still open.
    ///
    /// - Returns: whether it is new.
    /// - Throws: `PostgresError`.
    @discardableResult
    public func notify(_ connectionID: UUID, eventType: String, message: String) async throws -> Bool {
        try await pool.withSession { try Self.notify(connectionID, eventType: eventType, message: message, in: $0) }
    }

    /// Raises a notification in the caller's transaction, unless the same one is still open.
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

extension NotificationFilter {
    fileprivate var condition: PostgresQuery {
        """
        acknowledged_at IS NULL AND (\(before)::timestamptz IS NULL OR created_at < \(before))
        AND (\(after)::timestamptz IS NULL OR created_at >= \(after)) AND (\(eventType)::text IS NULL OR event_type = \(eventType))
        AND (\(id)::bigint IS NULL OR id = \(id))
        """
    }
}
