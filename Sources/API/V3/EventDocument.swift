import Catalog
import Foundation
import SyncJournal
import WebServer

/// A line of the log as the API tells it.
struct EventDocument {
    let event: Event

    var value: JSONValue {
        [
            "id": .integer(event.id),
            "created_at": .string(Timestamp.iso(event.at)),
            "level": .string(event.level.rawValue),
            "type": .string(event.type.rawValue),
            "mapping": event.mappingID.map { ["id": .string($0.uuidString.lowercased()), "object_name": .optional(event.objectName)] }
                ?? .null,
            "job": event.jobID.map { ["id": .integer($0), "detail_url": .string("/api/v3/jobs/\($0)")] } ?? .null,
            "row": event.row.map { ["id": $0.id.map { .integer($0) } ?? .null, "sfid": .optional($0.sfid)] } ?? .null,
            "message": .string(event.message),
        ]
    }
}
