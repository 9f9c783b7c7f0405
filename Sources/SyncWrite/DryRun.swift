import Catalog
import Foundation
import LoggedChanges
import MappedSchema
import Salesforce

/// What a write would send, as a report for people. Nothing is sent or marked, and the org is not asked.
struct DryRun: Sendable {
    /// Changes looked at.
    static let limit = 20_000
    /// Changes of one table and action that the report spells out.
    private static let spelledOut = 20

    let tables: [String: TableSchema]
    let isOrdered: Bool

    /// The report: per table and action, how many changes would be sent, the first of them field by field, and what would fail before it is sent.
    func report(_ entries: [LogEntry], isComplete: Bool) -> JSONValue {
        var changes: [Change] = []
        var refused: [JSONValue] = []
        for entry in entries {
            switch entry {
            case .change(let change): changes.append(change)
            case .malformed(let id, let table, let problem): refused.append(Self.refusal(id, table, problem))
            }
        }
        if !isOrdered { changes = ChangeMerge(changes, shapes: WriteShape.of(tables)).changes }
        var groups: [String: (table: TableSchema, action: Change.Action, count: Int, sent: [JSONValue])] = [:]
        for change in changes {
            guard let table = tables[change.table] else { continue }
            do throws(RecordValues.Invalid) {
                let fields = try fields(of: change, table)
                if change.action == .update, fields.isEmpty { continue }
                let key = "\(change.table) \(change.action.rawValue)"
                var group = groups[key] ?? (table, change.action, 0, [])
                group.count += 1
                if group.sent.count < Self.spelledOut { group.sent.append(Self.document(change, fields)) }
                groups[key] = group
            } catch {
                refused.append(Self.refusal(change.id, change.table, error.message))
            }
        }
        return [
            "changes": .integer(entries.count), "complete": .bool(isComplete),
            "writes": .array(
                groups.sorted { $0.key < $1.key }.map { _, group in
                    [
                        "object_name": .string(group.table.objectName), "table_name": .string(group.table.table),
                        "action": .string(group.action.rawValue), "count": .integer(group.count), "first": .array(group.sent),
                    ]
                }),
            "refused_count": .integer(refused.count), "refused": .array(Array(refused.prefix(Self.spelledOut))),
        ]
    }

    private func fields(of change: Change, _ table: TableSchema) throws(RecordValues.Invalid) -> [RecordWrite.Field] {
        switch change.action {
        case .insert: try RecordValues.insert(change, table: table)
        case .update: try RecordValues.update(change, table: table)
        case .delete: []
        }
    }

    private static func document(_ change: Change, _ fields: [RecordWrite.Field]) -> JSONValue {
        [
            "log_id": .integer(change.id), "record_id": .integer(change.recordID), "sfid": .optional(change.sfid ?? change.broughtSfid),
            "fields": .object(fields.map { .init($0.name, value($0.value)) }),
        ]
    }

    private static func value(_ value: FieldValue) -> JSONValue {
        switch value {
        case .null: .null
        case .bool(let flag): .bool(flag)
        case .number(let text): .string(text)
        case .string(let text): .string(text)
        case .parentReference(_, let field, let parent, _): .object([.init(field, Self.value(parent))])
        }
    }

    private static func refusal(_ id: Int64, _ table: String, _ problem: String) -> JSONValue {
        ["log_id": .integer(id), "table_name": .string(table), "message": .string(problem)]
    }
}
