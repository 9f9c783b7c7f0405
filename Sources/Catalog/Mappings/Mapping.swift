public import Foundation
import Postgres

/// One Salesforce object mapped to one table, and how far its reader has come.
public struct Mapping: Sendable, Identifiable {
    /// The id in every address of the API.
    public let id: UUID
    /// A short number, for clients that want one (`_id`).
    public let internalID: Int64
    /// The connection it belongs to.
    public let connectionID: UUID
    /// Its place in an export.
    public let position: Int
    /// The Salesforce object, as imported.
    public let objectName: String
    /// The table: the object's name in lower case.
    public let tableName: String
    /// What it maps and how.
    public let config: MappingConfig
    /// Counts the changes of the configuration.
    public let revision: Int
    /// What its reader is doing.
    public let state: MappingState
    /// Why, when the state needs a reason.
    public let stateDescription: String?
    /// When its changes are tried again that cannot be written for now; nil while they can.
    public let nextWriteAt: Date?
    /// The table's shape by the last describe, JSON text of the sync engine's own.
    public let tableSchema: String?
    /// Everything stamped before this is in the table; nil before the first load ended.
    public let watermark: Date?
    /// Everything deleted before this is gone from the table.
    public let deleteWatermark: Date?
    /// Every commit of the org up to this moment is in the table, those included whose transaction lasted; nil before the first load ended.
    public let completeWatermark: Date?
    /// When the object was last described, or had not changed since it was.
    public let describedAt: Date?
    /// The `Last-Modified` of its last describe, as Salesforce wrote it.
    public let describeDate: String?
    /// When the next poll is due; nil while none is planned.
    public let nextPollAt: Date?
    /// Rows of the table, and when they were counted.
    public let dbCount: Int?
    /// When the table's rows were counted.
    public let dbCountAt: Date?
    /// Records at Salesforce.
    public let sfCount: Int?
    /// When the records were counted.
    public let sfCountAt: Date?
    /// Changes waiting to be written.
    public let pendingWrites: Int
    /// Changes that could not be written.
    public let erroredWrites: Int
    /// When Salesforce was last read.
    public let sfPolledAt: Date?
    /// When Salesforce was last written.
    public let sfWrittenAt: Date?
    /// When the trigger log was last read.
    public let dbPolledAt: Date?
    /// When the table was last written.
    public let dbWrittenAt: Date?
    /// When it was made.
    public let createdAt: Date
    /// When anything of it last changed.
    public let updatedAt: Date
    /// When its configuration last changed.
    public let appliedAt: Date
    /// Whether it came with its configuration before its name: it leaves as it came.
    public let isConfigFirst: Bool
    /// Since which import it is in no file any more; nil while it is in the last one, or there was none since it was made.
    public let orphanedAt: Date?
    /// How `dbCount` came about.
    public let dbCountKind: CountKind
    /// How `sfCount` came about.
    public let sfCountKind: CountKind

    init(row: PostgresRow) throws {
        id = try row.decode("id")
        internalID = try row.decode("internal_id")
        connectionID = try row.decode("connection_id")
        position = try row.decode("position")
        objectName = try row.decode("object_name")
        tableName = try row.decode("table_name")
        config = try MappingConfig(json: row.decode("config"))
        revision = try row.decode("revision")
        let stateName: String = try row.decode("state")
        guard let state = MappingState(rawValue: stateName) else {
            throw CatalogError(code: .corrupt, message: "mapping \(id) has the unknown state \(stateName)")
        }
        self.state = state
        stateDescription = try row.decodeIfPresent("state_description")
        nextWriteAt = try row.decodeIfPresent("next_write_at")
        tableSchema = try row.decodeIfPresent("table_schema")
        watermark = try row.decodeIfPresent("watermark")
        deleteWatermark = try row.decodeIfPresent("delete_watermark")
        completeWatermark = try row.decodeIfPresent("complete_watermark")
        describedAt = try row.decodeIfPresent("described_at")
        describeDate = try row.decodeIfPresent("describe_date")
        nextPollAt = try row.decodeIfPresent("next_poll_at")
        dbCount = try row.decodeIfPresent("db_count")
        dbCountAt = try row.decodeIfPresent("db_count_at")
        sfCount = try row.decodeIfPresent("sf_count")
        sfCountAt = try row.decodeIfPresent("sf_count_at")
        pendingWrites = try row.decode("pending_writes")
        erroredWrites = try row.decode("errored_writes")
        sfPolledAt = try row.decodeIfPresent("sf_polled_at")
        sfWrittenAt = try row.decodeIfPresent("sf_written_at")
        dbPolledAt = try row.decodeIfPresent("db_polled_at")
        dbWrittenAt = try row.decodeIfPresent("db_written_at")
        createdAt = try row.decode("created_at")
        updatedAt = try row.decode("updated_at")
        appliedAt = try row.decode("applied_at")
        isConfigFirst = try row.decode("config_first")
        orphanedAt = try row.decodeIfPresent("orphaned_at")
        dbCountKind = try CountKind(row.decodeIfPresent("db_count_kind"))
        sfCountKind = try CountKind(row.decodeIfPresent("sf_count_kind"))
    }
}
