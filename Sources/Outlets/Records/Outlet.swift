public import Catalog
public import Foundation
import Postgres

/// How an outlet is told.
public enum OutletKind: String, Sendable, Hashable, CaseIterable, Codable {
    /// By signed requests over HTTPS.
    case webhook
    /// By e-mail.
    case email
    /// By the log's lines, over HTTPS or syslog.
    case drain
}

/// What webhooks and mailboxes are told of.
public enum OutletEvent: String, Sendable, Hashable, CaseIterable, Codable {
    /// A notification was raised.
    case notification
    /// A connection's state changed, but for idle and at work.
    case connectionState = "connection.state"
    /// A mapping got into trouble, out of it, or was loaded.
    case mappingState = "mapping.state"
    /// Changes could not be written to Salesforce.
    case writeFailed = "write.failed"
}

/// Where a connection tells what happens to it. Address and key stay sealed.
public struct Outlet: Sendable, Identifiable {
    /// The outlet's id.
    public let id: UUID
    /// The connection that it is told of.
    public let connectionID: UUID
    /// How it is told.
    public let kind: OutletKind
    /// Where, for people: without what is secret in the address.
    public let target: String
    /// The whole address, sealed.
    public let addressSealed: String
    /// The key that webhooks are signed with, sealed.
    public let secretSealed: String?
    /// What stands in each line of a drain.
    public let drainToken: String?
    /// What it is told of; empty of a drain.
    public let events: [OutletEvent]
    /// The least severe level that a drain is told of.
    public let level: EventLevel
    /// Whether it is told anything.
    public let isEnabled: Bool
    /// When it was made.
    public let createdAt: Date
    /// Who made it.
    public let createdBy: String
    /// What was delivered so far.
    public let delivered: Int
    /// When something was delivered last.
    public let deliveredAt: Date?
    /// Deliveries that failed since the last that worked.
    public let failures: Int
    /// Since when none works; nil while they do.
    public let failingSince: Date?
    /// What the last that failed met.
    public let lastError: String?
    /// When the next is tried.
    public let nextAttemptAt: Date?
    /// What was given up.
    public let dropped: Int
    /// What waits to be delivered, counted to 10,000.
    public let waiting: Int

    init(row: PostgresRow) throws {
        id = try row.decode("id")
        connectionID = try row.decode("connection_id")
        kind = try Self.word(row, "kind")
        target = try row.decode("target")
        addressSealed = try row.decode("address_sealed")
        secretSealed = try row.decodeIfPresent("secret_sealed")
        drainToken = try row.decodeIfPresent("drain_token")
        events = try row.decode("event_types", as: [String].self).compactMap(OutletEvent.init(rawValue:))
        level = try Self.word(row, "level")
        isEnabled = try row.decode("is_enabled")
        createdAt = try row.decode("created_at")
        createdBy = try row.decode("created_by")
        delivered = try row.decode("delivered")
        deliveredAt = try row.decodeIfPresent("delivered_at")
        failures = try row.decode("failures")
        failingSince = try row.decodeIfPresent("failing_since")
        lastError = try row.decodeIfPresent("last_error")
        nextAttemptAt = try row.decodeIfPresent("next_attempt_at")
        dropped = try row.decode("dropped")
        waiting = try row.decode("waiting")
    }

    private static func word<Word: RawRepresentable>(_ row: PostgresRow, _ column: String) throws -> Word where Word.RawValue == String {
        let text: String = try row.decode(column)
        guard let word = Word(rawValue: text) else {
            throw CatalogError(code: .corrupt, message: "an outlet has the unknown \(column) \(text)")
        }
        return word
    }
}

/// What an outlet is to be told, or was.
public struct OutletDelivery: Sendable, Identifiable {
    /// Its number, the same at every attempt.
    public let id: Int64
    /// Its type: an `OutletEvent`, `log` or `test`.
    public let type: String
    /// What happened, JSON text.
    public let payload: String
    /// When.
    public let createdAt: Date
    /// Attempts that failed.
    public let attempts: Int
    /// What the last of these met.
    public let lastError: String?
    /// When it was delivered; nil while it waits.
    public let deliveredAt: Date?

    init(row: PostgresRow) throws {
        id = try row.decode("id")
        type = try row.decode("event_type")
        payload = try row.decode("payload")
        createdAt = try row.decode("created_at")
        attempts = try row.decode("attempts")
        lastError = try row.decodeIfPresent("last_error")
        deliveredAt = try row.decodeIfPresent("delivered_at")
    }
}
