public import Foundation
import Postgres

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

extension NotificationFilter {
    var condition: PostgresQuery {
        """
        acknowledged_at IS NULL AND (\(before)::timestamptz IS NULL OR created_at < \(before))
        AND (\(after)::timestamptz IS NULL OR created_at >= \(after)) AND (\(eventType)::text IS NULL OR event_type = \(eventType))
        AND (\(id)::bigint IS NULL OR id = \(id))
        """
    }
}
