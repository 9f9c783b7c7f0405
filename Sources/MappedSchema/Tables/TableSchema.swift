/// The shape of one mapped table: what the mapping's configuration and Salesforce's describe together ask for. Kept with the mapping, so
/// that pages, polls and writes need no describe of their own.
public struct TableSchema: Codable, Sendable, Equatable {
    /// The sObject's API name.
    public let objectName: String
    /// The schema of the target database.
    public let schema: String
    /// The lower-case table name.
    public let table: String
    /// The mapped fields in the order of the mapping; `Id` is among them as `sfid`.
    public let columns: [MappedColumn]
    /// Whether changes in the table go to Salesforce.
    public let isWritable: Bool
    /// The column of the unique identifier, by which inserts become upserts.
    public let upsertColumn: String?
    /// Columns to index, besides `sfid`.
    public let indexes: [TableIndex]
    /// Which records are mapped: a condition of SOQL; nil for all of them.
    public let filter: String?

    /// The mapped column of a field, by its API name, whatever its case.
    public func column(field: String) -> MappedColumn? {
        columns.first { $0.field.lowercased() == field.lowercased() }
    }

    /// The mapped column by its name.
    public func column(named name: String) -> MappedColumn? {
        columns.first { $0.name == name }
    }

    /// The column that carries SystemModstamp, or LastModifiedDate where the object has none.
    public var stampColumn: MappedColumn? {
        column(field: "SystemModstamp") ?? column(field: "LastModifiedDate")
    }

    /// Whether rows say that they were deleted.
    public var hasIsDeleted: Bool { column(field: "IsDeleted") != nil }

    /// Whether a field holds files, which no bulk query reads.
    public var hasBinary: Bool { columns.contains(where: \.isBinary) }

    /// `"schema"."table"` for messages; SQL quotes its own.
    public var qualifiedName: String { "\(schema).\(table)" }

    /// Columns whose values are unique, in Salesforce or by an index of the mapping.
    package var uniqueColumns: Set<String> {
        Set(columns.filter(\.isUnique).map(\.name) + indexes.filter(\.isUnique).map(\.column) + [upsertColumn].compactMap { $0 })
            .subtracting(["sfid"])
    }

    /// Columns that name other records: those whose rows a write locks at Salesforce, and whose lives it depends on. Users and record types are
    /// not among them.
    package var parentColumns: Set<String> {
        Set(columns.filter { !$0.referencesObjects.isEmpty && !$0.referencesObjects.allSatisfy(Self.unlocked.contains) }.map(\.name))
    }

    /// Columns that set one lookup between them: its own, and those that name the parent by external ids.
    package var sharedLookups: [Set<String>] {
        Dictionary(grouping: columns.filter { $0.lookup != nil }, by: \.lookup).values.filter { $0.count > 1 }.map { Set($0.map(\.name)) }
    }

    private static let unlocked: Set<String> = ["User", "Group", "Queue", "RecordType", "Profile", "UserRole"]

    /// The same table, of which only the ids are read.
    package var idsOnly: TableSchema {
        TableSchema(
            objectName: objectName, schema: schema, table: table, columns: columns.filter { $0.name == "sfid" }, isWritable: isWritable,
            upsertColumn: nil, indexes: [], filter: filter)
    }

    /// The same table with other columns.
    package func with(columns: [MappedColumn]) -> TableSchema {
        TableSchema(
            objectName: objectName, schema: schema, table: table, columns: columns, isWritable: isWritable, upsertColumn: upsertColumn,
            indexes: indexes, filter: filter)
    }

    package init(
        objectName: String, schema: String, table: String, columns: [MappedColumn], isWritable: Bool, upsertColumn: String?,
        indexes: [TableIndex], filter: String? = nil
    ) {
        self.objectName = objectName
        self.schema = schema
        self.table = table
        self.columns = columns
        self.isWritable = isWritable
        self.upsertColumn = upsertColumn
        self.indexes = indexes
        self.filter = filter
    }
}

/// One mapped field and its column.
public struct MappedColumn: Codable, Sendable, Equatable {
    /// The field's API name as SOQL selects it: `Name`, or `Account__r.External_Id__c` through a relationship.
    public let field: String
    /// The column's name.
    public let name: String
    /// The column's Postgres type.
    public let type: ColumnType
    /// Whether an insert may set the field.
    public let isCreateable: Bool
    /// Whether an update may set the field.
    public let isUpdateable: Bool
    /// Objects this field refers to, for lookups and relationship external ids.
    public let referencesObjects: [String]
    /// Whether Salesforce keeps the field's values unique.
    public var isUnique: Bool { unique ?? false }
    /// Shapes that were stored before this was known do not have it.
    private let unique: Bool?
    /// Whether the field holds a file: queries answer with its address.
    public var isBinary: Bool { binary ?? false }
    private let binary: Bool?

    package init(
        field: String, name: String, type: ColumnType, isCreateable: Bool, isUpdateable: Bool, referencesObjects: [String] = [],
        isUnique: Bool = false, isBinary: Bool = false
    ) {
        self.field = field
        self.name = name
        self.type = type
        self.isCreateable = isCreateable
        self.isUpdateable = isUpdateable
        self.referencesObjects = referencesObjects
        unique = isUnique
        binary = isBinary ? true : nil
    }

    /// The same column of another type.
    package func with(type: ColumnType) -> MappedColumn {
        MappedColumn(
            field: field, name: name, type: type, isCreateable: isCreateable, isUpdateable: isUpdateable,
            referencesObjects: referencesObjects, isUnique: isUnique, isBinary: isBinary)
    }

    /// The relationship and the parent's field, when the column is reached through a relationship.
    public var relationship: (name: String, field: String)? {
        guard let dot = field.lastIndex(of: ".") else { return nil }
        return (String(field[..<dot]), String(field[field.index(after: dot)...]))
    }

    /// The field of a lookup that the column sets, itself or by the parent's external id (`Parent__r.Key__c`: `Parent__c`; `Parent.Key__c`: `ParentId`).
    package var lookup: String? {
        guard let name = relationship?.name else { return referencesObjects.isEmpty ? nil : field }
        return name.hasSuffix("__r") ? String(name.dropLast()) + "c" : name + "Id"
    }
}

/// One index of a mapped table.
public struct TableIndex: Codable, Sendable, Equatable {
    /// The indexed column.
    public let column: String
    /// Whether values must be unique.
    public let isUnique: Bool

    package init(column: String, isUnique: Bool) {
        self.column = column
        self.isUnique = isUnique
    }
}
