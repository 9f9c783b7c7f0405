import Catalog
import Foundation
import JobQueue
import MappedSchema
import Postgres
import Salesforce

/// Keeps a table's shape true to its object without a reload: by a conditional describe every ten minutes, and by a full one on every sign that
/// something is another than it was.
struct SchemaWatch: Sendable {
    let scope: SyncScope
    let mapping: Mapping

    /// How often the org is asked whether the object has changed.
    static let interval: TimeInterval = 600

    /// What a look came to: the shape that holds now, and what is to be recorded of the look.
    struct Look: Sendable {
        let table: TableSchema
        /// Whether columns changed.
        let hasChanged: Bool
        /// The date of the describe; nil when nothing was asked.
        let date: String?
        let isDescribed: Bool
    }

    /// Looks where a look is due, or something troubles the mapping.
    ///
    /// - Throws: as `look`.
    func lookIfDue(_ table: TableSchema) async throws -> Look {
        // What troubles a mapping may be its object, or an object that its fields come from.
        if mapping.state == .badConfig || mapping.state == .systemError || mapping.state == .syncRemoved { return try await look(table) }
        let isDue = (mapping.describedAt ?? .distantPast).timeIntervalSinceNow < -Self.interval
        guard isDue, let date = mapping.describeDate else {
            return isDue ? try await look(table) : Look(table: table, hasChanged: false, date: nil, isDescribed: false)
        }
        do {
            guard try await scope.salesforce.describe(mapping.objectName, ifModifiedSince: date) != nil else {
                return Look(table: table, hasChanged: false, date: nil, isDescribed: true)
            }
        } catch let error as SalesforceError where error.meansMissingObject {
            // The full look says what that means.
        }
        return try await look(table)
    }

    /// Describes the object and brings the table to what it has become.
    ///
    /// - Throws: `SyncError` with code `.badConfiguration` naming a field that is gone, or has become something else, and `.objectRemoved`;
    ///   `MappedSchemaError`; `SalesforceError`; `PostgresError`.
    func look(_ table: TableSchema) async throws -> Look {
        let described = try await DescribedTable.make(for: mapping, scope: scope)
        let change = try ShapeChange(from: table, to: described.table)
        guard change.table != table else { return Look(table: table, hasChanged: false, date: described.date, isDescribed: true) }
        let shape = change.table
        if !change.widened.isEmpty {
            try await scope.target.transaction(under: scope.lease) { _ = try TargetTable.ensure(shape, in: $0) }
            try await scope.say(
                mapping: mapping,
                "Salesforce widened fields of \(table.objectName), and their columns were widened: \(change.widened.joined(separator: ", "))"
            )
        }
        var update = MappingUpdate(tableSchema: String(decoding: try JSONEncoder().encode(shape), as: UTF8.self))
        (update.isDescribed, update.describeDate) = (true, described.date)
        try await scope.update(mapping, update)
        return Look(table: shape, hasChanged: true, date: described.date, isDescribed: true)
    }
}

/// What a new describe means for a table. A value without I/O.
struct ShapeChange: Sendable, Equatable {
    /// The shape that holds from now on.
    let table: TableSchema
    /// Columns that have to become wider.
    let widened: [String]

    /// Compares shapes. A field that became narrower leaves its column as it is; one of another type would give the column's values another meaning.
    ///
    /// - Throws: `SyncError` with code `.badConfiguration` naming the field and both types.
    init(from old: TableSchema, to new: TableSchema) throws {
        // A mapping that was edited has its load coming, which makes its columns.
        guard Set(old.columns.map(\.name)) == Set(new.columns.map(\.name)) else {
            (table, widened) = (old, [])
            return
        }
        var widened: [String] = []
        let columns = try new.columns.map { column -> MappedColumn in
            guard let known = old.column(named: column.name), known.type != column.type else { return column }
            if known.type.holds(column.type) { return column.with(type: known.type) }
            guard known.type.canWiden(to: column.type) else {
                throw SyncError(
                    code: .badConfiguration,
                    message:
                        "the field \(new.objectName).\(column.field) has another type in Salesforce: its column \(column.name) is \(known.type.sql), and \(column.type.sql) is needed now. Take the field out of the mapping and drop the column, then map it again; when the field gets its old type back, polling goes on by itself"
                )
            }
            widened.append(column.name)
            return column
        }
        self.widened = widened
        table = old.with(columns: columns)
    }
}

/// Errors after which the object is described anew before anything else is thought of them.
enum SchemaSign {
    /// Whether an error may come of a field or an object that has changed in the org.
    static func isSeen(in error: any Error) -> Bool {
        switch error {
        case let error as PostgresError:
            // Too long a text, a text that is no number or date, a number out of range.
            ["22001", "22P02", "22003", "22007", "22008"].contains(error.sqlState ?? "")
        case let error as SalesforceError: error.retry == .schemaChanged || error.meansMissingObject || error.code == "MALFORMED_QUERY"
        default: false
        }
    }
}
