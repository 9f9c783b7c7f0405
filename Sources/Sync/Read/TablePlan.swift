import Catalog
import MappedSchema
import Salesforce

/// Works out a mapped table's shape from the mapping's configuration and Salesforce's describe.
enum TablePlan {
    /// The field that carries the id.
    private static let identifier = "Id"

    /// - Parameter describe: describes an object by name; asked for the mapped object, and for parents of relationship fields.
    /// - Throws: `SyncError` with code `.badConfiguration` naming the unknown object, the unknown or unsupported field, or the missing
    ///   mandatory one; what `describe` threw.
    static func make(
        for mapping: Mapping, schema: String, describe: (String) async throws -> ObjectDescribe
    ) async throws -> TableSchema {
        let object: ObjectDescribe
        do {
            object = try await describe(mapping.objectName)
        } catch let error as SalesforceError where error.meansMissingObject {
            throw SyncError(
                code: .badConfiguration,
                message: "the object \(mapping.objectName) does not exist in the org, or the integration user may not see it")
        }
        guard object.queryable else {
            throw SyncError(code: .badConfiguration, message: "the object \(mapping.objectName) cannot be queried")
        }
        guard mapping.config.fields.contains(where: { $0.lowercased() == identifier.lowercased() }) else {
            throw SyncError(
                code: .badConfiguration,
                message: "the mapping of \(mapping.objectName) lacks the field Id, without which rows cannot be matched")
        }
        if let reason = mapping.config.tooManyFields {
            throw SyncError(code: .badConfiguration, message: "fields of \(mapping.objectName): \(reason)")
        }
        var columns: [MappedColumn] = []
        for field in mapping.config.fields {
            columns.append(try await preferred(column(field, of: object, describe: describe), mapping))
        }
        var indexes = mapping.config.indexes.map { TableIndex(column: SalesforceName.column(ofField: $0.field), isUnique: $0.isUnique) }
        // Files from before 2016 name no indexes; Heroku Connect has always made this one, which drives polling.
        let stamp = columns.first { $0.name == "systemmodstamp" } ?? columns.first { $0.name == "lastmodifieddate" }
        if let stamp, !indexes.contains(where: { $0.column == stamp.name }) {
            indexes.append(TableIndex(column: stamp.name, isUnique: false))
        }
        let upsertColumn = try upsertColumn(mapping, object: object)
        let upsertIndex = upsertColumn.map { [TableIndex(column: $0, isUnique: true)] } ?? []
        return TableSchema(
            objectName: object.name, schema: schema, table: mapping.tableName, columns: columns,
            isWritable: mapping.config.access == .readWrite,
            upsertColumn: upsertColumn, indexes: upsertIndex + indexes.filter { $0.column != upsertColumn },
            filter: mapping.config.rowFilter)
    }

    /// The column as somebody prefers it.
    private static func preferred(_ column: MappedColumn, _ mapping: Mapping) throws -> MappedColumn {
        guard let wish = mapping.config.options.columnTypes[column.name] else { return column }
        switch (wish, column.type) {
        case (.numeric, .double), (.numeric, .integer): return column.with(type: .numeric)
        case (.timestamptz, .timestamp): return column.with(type: .timestamptz)
        default:
            throw SyncError(
                code: .badConfiguration,
                message:
                    "column_types.\(column.field) of \(mapping.objectName): expected a field of \(wish == .numeric ? "numbers" : "times"), found one whose column is \(column.type.sql)"
            )
        }
    }

    private static func upsertColumn(_ mapping: Mapping, object: ObjectDescribe) throws -> String? {
        guard let name = mapping.config.upsertField else { return nil }
        guard let field = object.field(name), field.externalId, field.unique else {
            // The last sentence is Heroku Connect's.
            throw SyncError(
                code: .badConfiguration,
                message:
                    "upsert_field \(name) of \(mapping.objectName): Upsert fields must be defined as unique External ID fields in Salesforce."
            )
        }
        return SalesforceName.column(ofField: field.name)
    }

    private static func column(
        _ name: String, of object: ObjectDescribe, describe: (String) async throws -> ObjectDescribe
    ) async throws -> MappedColumn {
        let path = try await FieldPath.resolve(name, of: object, describe: describe)
        let field = path.field
        if field.type.lowercased() == "base64", path.lookup == nil {
            return MappedColumn(
                field: field.name, name: SalesforceName.column(ofField: field.name), type: .text, isCreateable: field.createable,
                isUpdateable: field.updateable, isBinary: true)
        }
        guard let type = ColumnType.of(salesforceType: field.type.lowercased(), length: field.length) else {
            throw SyncError(
                code: .badConfiguration,
                message: "the field \(path.owner).\(field.name) of type \(field.type) cannot be mapped; map its components")
        }
        guard let lookup = path.lookup else {
            return MappedColumn(
                field: field.name, name: SalesforceName.column(ofField: field.name), type: type, isCreateable: field.createable,
                isUpdateable: field.updateable, referencesObjects: field.referenceTo, isUnique: field.unique)
        }
        // Salesforce finds a record's own parent by an external id of it, or by a unique field that it looks records up by, as Username.
        let namesParent = (field.externalId || field.idLookup && field.unique) && path.isDirect
        return MappedColumn(
            field: path.soql, name: SalesforceName.column(ofField: name), type: type, isCreateable: namesParent && lookup.createable,
            isUpdateable: namesParent && lookup.updateable, referencesObjects: path.parents)
    }
}
