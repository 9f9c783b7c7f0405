import ForeignText
import MappedSchema
import Postgres
import Salesforce

/// Turns a captured row's texts into the values of a Salesforce record.
enum RecordValues {
    /// What cannot be sent, and why.
    struct Invalid: Error, Equatable {
        let message: String
    }

    /// The fields of an insert: every value that is set and may be set.
    static func insert(_ change: Change, table: TableSchema) throws(Invalid) -> [RecordWrite.Field] {
        try fields(change, table: table) { $0.isCreateable && change.values[$0.name] != .some(nil) }
    }

    /// The fields of an update: every changed value that may be changed, NULL included.
    static func update(_ change: Change, table: TableSchema) throws(Invalid) -> [RecordWrite.Field] {
        try fields(change, table: table) { $0.isUpdateable }
    }

    /// The fields of a row that came with the id of a record that lives: every value that is set and may be changed.
    static func restored(_ change: Change, table: TableSchema) throws(Invalid) -> [RecordWrite.Field] {
        try fields(change, table: table) { $0.isUpdateable && change.values[$0.name] != .some(nil) }
    }

    /// Changed columns that Salesforce will not take, for the message that says so.
    static func readOnlyColumns(_ change: Change, table: TableSchema) -> [String] {
        change.values.keys.filter { name in table.column(named: name).map { !$0.isUpdateable } ?? false }.sorted()
    }

    private static func fields(
        _ change: Change, table: TableSchema, where isSent: (MappedColumn) -> Bool
    ) throws(Invalid) -> [RecordWrite.Field] {
        var fields: [RecordWrite.Field] = []
        for column in table.columns where column.name != "sfid" {
            guard let text = change.values[column.name], isSent(column) else { continue }
            if let relationship = column.relationship {
                // A parent by its external id; none is left alone, since clearing is said through the lookup itself.
                guard let text else { continue }
                fields.append(
                    .init(
                        relationship.name,
                        .parentReference(relationship: relationship.name, externalField: relationship.field, value: .string(text))))
            } else {
                fields.append(.init(column.field, try value(text, column)))
            }
        }
        return fields
    }

    private static func value(_ text: String?, _ column: MappedColumn) throws(Invalid) -> FieldValue {
        guard let text else { return .null }
        switch column.type {
        case .boolean:
            // hstore holds booleans as t and f.
            return .bool(text == "t" || text == "true")
        case .integer, .double:
            guard let number = Double(text), number.isFinite else {
                throw Invalid(
                    message: "the value \(String(foreign: text, limit: 100)) of \(column.name) is not a number that Salesforce can hold")
            }
            return .number(text)
        case .timestamp:
            return .string(try timestamp(text, column))
        case .date, .time, .text, .varchar:
            return .string(text)
        }
    }

    /// `2026-01-31 12:00:00.123` as `2026-01-31T12:00:00.123Z`: timestamps of mapped tables are UTC.
    private static func timestamp(_ text: String, _ column: MappedColumn) throws(Invalid) -> String {
        let parts = text.split(separator: " ")
        guard parts.count == 2, text.first?.isNumber ?? false else {
            throw Invalid(
                message: "the value \(String(foreign: text, limit: 100)) of \(column.name) is not a time that Salesforce can hold")
        }
        let clock = parts[1].split(separator: ".")
        let milliseconds = clock.count > 1 ? "." + String((clock[1] + "000").prefix(3)) : ""
        return "\(parts[0])T\(clock[0])\(milliseconds)Z"
    }
}
