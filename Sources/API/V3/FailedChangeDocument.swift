import Catalog
import Foundation
import LoggedChanges
import WebServer

/// A change of the trigger log as the API tells it.
struct ChangeDocument {
    let change: LoggedChange

    var value: JSONValue {
        [
            "id": .integer(change.id),
            "table_name": .string(change.tableName),
            "record_id": change.recordID.map { .integer($0) } ?? .null,
            "sfid": .optional(change.sfid),
            "action": .string(change.action),
            "state": .string(change.state),
            "message": .string(change.message),
            "cause": .string(change.cause),
            "created_at": .string(Timestamp.iso(change.createdAt)),
            "processed_at": .optional(Timestamp.iso(change.processedAt)),
            "archived": .bool(change.isArchived),
            "values": Self.object(change.values),
            "old": Self.object(change.old),
        ]
    }

    private static func object(_ values: [String: String?]?) -> JSONValue {
        values.map { .object($0.sorted { $0.key < $1.key }.map { .init($0.key, .optional($0.value)) }) } ?? .null
    }
}

/// Failures of one cause as the API tells them.
struct FailureGroupDocument {
    let group: FailureGroup

    var value: JSONValue {
        [
            "table_name": .string(group.tableName), "cause": .string(group.cause), "reason": .string(group.reason),
            "example": .string(group.example), "count": .integer(group.count), "first_at": .string(Timestamp.iso(group.firstAt)),
            "last_at": .string(Timestamp.iso(group.lastAt)),
        ]
    }
}
