public import Foundation
import Postgres

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
