import Catalog
import Foundation
import WebServer

/// A mapping as the API tells it.
struct MappingDocument {
    let mapping: Mapping
    let connection: Connection
    let base: String

    var value: JSONValue {
        let id = mapping.id.uuidString.lowercased()
        let connectionID = connection.id.uuidString.lowercased()
        let path = "/api/v3/mappings/\(id)"
        return [
            "id": .string(id),
            "_id": .integer(mapping.internalID),
            "object_name": .string(mapping.objectName),
            "state": .string(mapping.state.rawValue),
            "state_description": .string(stateDescription),
            "config": configDocument,
            "access": .string(config.access.rawValue),
            "sf_notify_enabled": .bool(config.acceleratesPolling),
            "sf_polling_seconds": .integer(config.pollingSeconds),
            "upsert_field": .optional(config.upsertField),
            "detail_url": .string(path),
            "errors_url": .string("\(path)/errors"),
            "schema_url": .string("\(base)/api/v3/connections/\(connectionID)/schemas/\(mapping.objectName)"),
            "created_at": .string(Timestamp.iso(mapping.createdAt)),
            "updated_at": .string(Timestamp.iso(mapping.updatedAt)),
            "connection": ["id": .string(connectionID)],
            "counts": [
                "db": .integer(mapping.dbCount ?? 0), "sf": .integer(mapping.sfCount ?? 0), "pending": .integer(mapping.pendingWrites),
                "errors": .integer(mapping.erroredWrites),
            ],
            "count_kinds": ["db": .string(mapping.dbCountKind.rawValue), "sf": .string(mapping.sfCountKind.rawValue)],
            "db_count_date": .optional(Timestamp.iso(mapping.dbCountAt)),
            "salesforce_count_date": .optional(Timestamp.iso(mapping.sfCountAt)),
            "actively_writing": .bool(connection.state == .pollingDBChanges && mapping.pendingWrites > 0),
            "is_polling": .bool(mapping.state.isPolling),
            "sync_flags": [:],
            "has_hc_columns": true,
            "orphaned_at": .optional(Timestamp.iso(mapping.orphanedAt)),
            "times": [
                "sf_poll": .optional(Timestamp.spaced(mapping.sfPolledAt)), "sf_write": .optional(Timestamp.spaced(mapping.sfWrittenAt)),
                "db_poll": .optional(Timestamp.spaced(mapping.dbPolledAt)), "db_write": .optional(Timestamp.spaced(mapping.dbWrittenAt)),
            ],
        ]
    }

    /// Why the state is as it is, or the words for it; what of the configuration does nothing here is told behind them.
    private var stateDescription: String {
        ([mapping.stateDescription ?? mapping.state.label] + [connection.budgetDescription].compactMap(\.self)
            + UnservedOption.of(config).map(\.text)).joined(separator: "; ")
    }

    private var config: MappingConfig { mapping.config }

    /// The configuration as imported, with what the server knows beside it.
    private var configDocument: JSONValue {
        let config = mapping.config
        let stored = config.document
        var document: [JSONValue.Member] = [
            .init("access", .string(config.access.rawValue)),
            .init("sf_notify_enabled", .bool(config.acceleratesPolling)),
            .init("sf_polling_seconds", .integer(config.pollingSeconds)),
            .init("sf_max_daily_api_calls", .integer(config.maxDailyAPICalls)),
            .init("fields", stored["fields"] ?? [:]),
            .init("indexes", stored["indexes"] ?? [:]),
        ]
        if let upsertField = config.upsertField { document.append(.init("upsert_field", .string(upsertField))) }
        document += MappingOptions.names.compactMap { name in stored[name].flatMap { $0 == .null ? nil : .init(name, $0) } }
        document.append(.init("revision", .integer(mapping.revision)))
        document.append(.init("applied_at", .string(Timestamp.iso(mapping.appliedAt))))
        return .object(document)
    }
}
