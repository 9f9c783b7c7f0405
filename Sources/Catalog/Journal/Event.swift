public import Foundation
import Postgres

/// How much an event matters.
public enum EventLevel: String, Sendable, Hashable, CaseIterable, Codable {
    /// Of interest to who looks for a fault.
    case debug
    /// What normally happens.
    case info
    /// Something that passes by itself, or nearly went wrong.
    case warning
    /// Something that somebody should look at.
    case error
}

/// What an event is about.
public enum EventType: String, Sendable, Hashable, CaseIterable, Codable {
    /// Salesforce to Postgres.
    case read
    /// Postgres to Salesforce.
    case write
    /// What is mapped, and how.
    case configuration
    /// The connection itself: its login, its database, its state.
    case connection
    /// Everything else.
    case system

    /// What a job of this kind speaks of.
    public init(jobKind: String) {
        self =
            switch JobKind(rawValue: jobKind) {
            case .load, .loadPage, .poll, .pollMany, .catchUp, .verify: .read
            case .write, .writeLane, .resolve: .write
            case .importConfiguration: .configuration
            default: .system
            }
    }
}

/// A line of the journal, which people see as the log.
public struct Event: Sendable, Identifiable {
    /// Its number.
    public let id: Int64
    /// When.
    public let at: Date
    /// How much it matters.
    public let level: EventLevel
    /// What it is about.
    public let type: EventType
    /// The connection it is about.
    public let connectionID: UUID?
    /// The mapping it is about.
    public let mappingID: UUID?
    /// The object of that mapping, while it exists; nil also where it was not asked for.
    public let objectName: String?
    /// The job that said it.
    public let jobID: Int64?
    /// The row that it speaks of.
    public let row: EventRow?
    /// What happened.
    public let message: String

    init(row: PostgresRow, objectName: String? = nil) throws {
        id = try row.decode("id")
        at = try row.decode("at")
        level = EventLevel(rawValue: try row.decode("level")) ?? .info
        type = EventType(rawValue: try row.decode("type")) ?? .system
        connectionID = try row.decodeIfPresent("connection_id")
        mappingID = try row.decodeIfPresent("mapping_id")
        self.objectName = objectName
        jobID = try row.decodeIfPresent("job_id")
        let (rowID, sfid): (Int64?, String?) = (try row.decodeIfPresent("row_id"), try row.decodeIfPresent("sfid"))
        self.row = rowID == nil && sfid == nil ? nil : EventRow(id: rowID, sfid: sfid)
        message = try row.decode("message")
    }
}
