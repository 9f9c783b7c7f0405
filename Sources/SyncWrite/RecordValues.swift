import ForeignText
import LoggedChanges
import MappedSchema
import Postgres
import Salesforce

/// Turns a captured row's texts into the values of a Salesforce record.
enum RecordValues {
    /// What cannot be sent, and why.
    struct Invalid: Error, Equatable {
        let column: String
        let message: String
    }

    /// The fields of an insert: every value that is set and may be set.
    static func insert(
        _ change: Change, table: TableSchema, types: ParentTypes = .none
    ) throws(Invalid) -> [RecordWrite.Field] {
        try fields(change, table: table, types) { $0.isCreateable && change.values[$0.name] != .some(nil) }
    }

    /// The fields of an update: every changed value that may be changed, NULL included.
    static func update(
        _ change: Change, table: TableSchema, types: ParentTypes = .none
    ) throws(Invalid) -> [RecordWrite.Field] {
        try fields(change, table: table, types) { $0.isUpdateable }
    }

    /// The fields of a row that came with the id of a record that lives: every value that is set and may be changed.
    static func restored(
        _ change: Change, table: TableSchema, types: ParentTypes = .none
    ) throws(Invalid) -> [RecordWrite.Field] {
        try fields(change, table: table, types) { $0.isUpdateable && change.values[$0.name] != .some(nil) }
    }

    /// Changed columns that Salesforce will not take, for the message that says so.
    static func readOnlyColumns(_ change: Change, table: TableSchema) -> [String] {
        change.values.keys.filter { name in table.column(named: name).map { !$0.isUpdateable } ?? false }.sorted()
    }

    private static func fields(
        _ change: Change, table: TableSchema, _ types: ParentTypes, where isSent: (MappedColumn) -> Bool
    ) throws(Invalid) -> [RecordWrite.Field] {
        var fields: [RecordWrite.Field] = []
        for column in table.columns where column.name != "sfid" {
            guard let text = change.values[column.name], isSent(column) else { continue }
            if let relationship = column.relationship {
                guard let text, !text.isEmpty else {
                    // No parent: said through the lookup itself, unless that says something of its own.
                    let isSaid = table.columns.contains { $0.field == column.lookup && change.values[$0.name] != nil }
                    if !isSaid, change.action == .update, let lookup = column.lookup { fields.append(.init(lookup, .null)) }
                    continue
                }
                fields.append(
                    .init(
                        relationship.name,
                        .parentReference(
                            relationship: relationship.name, externalField: relationship.field, value: .string(text),
                            type: types.type(of: column, value: text))))
            } else if !isNamed(column, change, table, isSent) {
                fields.append(.init(column.field, try value(text, column)))
            }
        }
        return fields
    }

    /// Whether the change sets a lookup by the parent's external id as well. Salesforce takes one of the two alone: `INVALID_FIELD: Cannot specify both an
    /// external ID reference Parent__r and a salesforce id, Parent__c`.
    private static func isNamed(_ column: MappedColumn, _ change: Change, _ table: TableSchema, _ isSent: (MappedColumn) -> Bool) -> Bool {
        guard let lookup = column.lookup else { return false }
        return table.columns.contains { other in
            !(change.values[other.name].flatMap(\.self) ?? "").isEmpty && other.relationship != nil && other.lookup == lookup
                && isSent(other)
        }
    }

    private static func value(_ text: String?, _ column: MappedColumn) throws(Invalid) -> FieldValue {
        guard let text else { return .null }
        func invalid(_ expected: String) -> Invalid {
            Invalid(column: column.name, message: "\(column.name): expected \(expected), found \(String(foreign: text, limit: 100))")
        }
        switch column.type {
        case .boolean:
            // hstore holds booleans as t and f.
            guard ["t", "true", "f", "false"].contains(text) else { throw invalid("true or false") }
            return .bool(text.hasPrefix("t"))
        case .integer, .double, .numeric:
            guard let number = Double(text), number.isFinite else { throw invalid("a number that Salesforce can hold") }
            return .number(text)
        case .timestamp, .timestamptz:
            guard let time = timestamp(text) else {
                throw invalid("a time such as 2026-01-31 12:00:00 of the years 1700 to 4000 (\(style))")
            }
            return .string(time)
        case .date:
            guard isDate(text) else { throw invalid("a day such as 2026-01-31 of the years 1700 to 4000 (\(style))") }
            return .string(text)
        case .time:
            guard let time = clock(text[...]) else { throw invalid("a time of day before 24:00") }
            return .string(time + "Z")
        case .varchar(let length):
            guard text.utf8.count <= length || text.utf16.count <= length else {
                throw invalid("at most \(length) characters")
            }
            return .string(text)
        case .text: return .string(text)
        }
    }

    /// Why a good day may look bad: an application called hstore() itself, in a session that writes days in another way.
    private static let style = "as DateStyle ISO writes it"

    /// `2026-01-31`, and neither `infinity` nor a year of five digits or before Christ.
    private static func isDate(_ text: some StringProtocol) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == [4, 2, 2], parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }) else {
            return false
        }
        return Int(parts[0]).map { (1700...4000).contains($0) } ?? false
    }

    /// `12:00:00.123456` as `12:00:00.123`.
    private static func clock(_ text: Substring) -> String? {
        let parts = text.split(separator: ".", maxSplits: 1)
        guard let clock = parts.first, clock.utf8.count == 8, let hour = Int(clock.prefix(2)), hour < 24 else { return nil }
        return String(clock) + (parts.count > 1 ? "." + String((parts[1] + "000").prefix(3)) : "")
    }

    /// `2026-01-31 12:00:00.123` as `2026-01-31T12:00:00.123Z`: timestamps of mapped tables are UTC. Those with a zone are captured in the session's, as
    /// `2026-01-31 14:00:00.123+02`.
    private static func timestamp(_ text: String) -> String? {
        let parts = text.split(separator: " ")
        guard parts.count == 2, isDate(parts[0]) else { return nil }
        let zone = parts[1].lastIndex { $0 == "+" || $0 == "-" }.map { parts[1][$0...] } ?? ""
        guard let clock = clock(parts[1].dropLast(zone.count)) else { return nil }
        return "\(parts[0])T\(clock)\(zone.isEmpty || zone == "+00" ? "Z" : zone.contains(":") ? String(zone.prefix(6)) : "\(zone):00")"
    }
}
