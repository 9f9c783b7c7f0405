import Catalog
import MappedSchema

/// What the planner of writes has to know of a table. A value without I/O.
struct WriteShape: Sendable, Equatable {
    /// A column that names a parent by one of the parent's own columns.
    struct ParentKey: Sendable, Equatable {
        let column: String
        let parentTables: [String]
        let parentColumn: String
    }

    /// Columns whose values Salesforce or the table keeps unique.
    var uniqueColumns: Set<String> = []
    /// Columns that name parents by their external ids.
    var parentKeys: [ParentKey] = []
    /// Columns that name parents by their Salesforce ids.
    var referenceColumns: Set<String> = []
    /// The column of the unique identifier.
    var upsertColumn: String?
    /// Columns that set one lookup between them.
    var sharedLookups: [Set<String>] = []

    /// The shapes of a connection's tables, by name.
    static func of(_ tables: [String: TableSchema]) -> [String: WriteShape] {
        tables.mapValues { table in
            WriteShape(
                uniqueColumns: table.uniqueColumns, parentKeys: table.parentKeys,
                referenceColumns: table.parentColumns.subtracting(table.parentKeys.map(\.column)), upsertColumn: table.upsertColumn,
                sharedLookups: table.sharedLookups)
        }
    }
}

extension MappedColumn {
    /// The tables of the objects that the column refers to, mapped or not.
    var referencedTables: [String] { referencesObjects.map(SalesforceName.table(ofObject:)) }
}

extension TableSchema {
    /// Columns that name parents by their external ids.
    var parentKeys: [WriteShape.ParentKey] {
        columns.compactMap { column in
            guard let relationship = column.relationship else { return nil }
            return WriteShape.ParentKey(
                column: column.name, parentTables: column.referencedTables,
                parentColumn: SalesforceName.column(ofField: relationship.field))
        }
    }
}
