public import Catalog
public import Foundation
import Postgres

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
