public import Foundation
import Postgres

/// The right to listen to an org's change events for one connection, until it lapses.
public struct StreamLease: Sendable, Hashable {
    /// The connection.
    public let connectionID: UUID
    /// What every statement under the lease names.
    public let token: UUID
    /// How often in a row listening has failed before.
    public let attempts: Int

    init(row: PostgresRow) throws {
        connectionID = try row.decode("connection_id")
        token = try row.decode("lease_token")
        attempts = try row.decode("attempts")
    }
}

/// A mapping whose object's change events are listened to.
public struct StreamedMapping: Sendable, Hashable {
    /// The mapping.
    public let id: UUID
    /// The object.
    public let objectName: String
    /// The last event that was noted; nil before the first.
    public let replayID: Int64?
}

/// A record of which an event told.
public struct StreamedChange: Sendable, Hashable {
    /// The record.
    public let sfid: String
    /// Whether it is gone, as far as the event knows.
    public let isDeleted: Bool
    /// The event.
    public let replayID: Int64

    /// A record of an event.
    public init(sfid: String, isDeleted: Bool, replayID: Int64) {
        self.sfid = sfid
        self.isDeleted = isDeleted
        self.replayID = replayID
    }
}

/// What accelerated polling of a mapping is doing.
public struct AcceleratedMapping: Sendable, Hashable {
    /// The mapping.
    public let id: UUID
    /// `live`: its changes come by events. `waiting`: nobody listens yet. `resting`, `refused`: only polls bring them; the description says why.
    public let state: String
    /// Why it is not live.
    public let description: String?
    /// When listening is tried again, while it rests.
    public let nextTryAt: Date?

    package init(id: UUID, state: String, description: String?, nextTryAt: Date?) {
        self.id = id
        self.state = state
        self.description = description
        self.nextTryAt = nextTryAt
    }
}
