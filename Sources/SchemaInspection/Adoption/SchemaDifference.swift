import MappedSchema

/// What has become of a schema between two looks. A value without I/O.
package struct SchemaDifference: Sendable {
    package let before: SchemaSnapshot
    package let after: SchemaSnapshot
    /// The mapped schema's name.
    package let schema: String

    package init(before: SchemaSnapshot, after: SchemaSnapshot, schema: String) {
        self.before = before
        self.after = after
        self.schema = schema
    }

    /// In the order in which they may be made; they are taken back in the opposite one.
    package var alterations: [SchemaAlteration] {
        let tables = after.tables.subtracting(before.tables)
        // What comes with a table goes with it.
        func isNew(_ part: SchemaSnapshot.Part) -> Bool { tables.contains(part.table) }
        var list: [SchemaAlteration] = after.schemas.subtracting(before.schemas).filter {
            $0 == schema || $0 == TargetMetadata.stagingSchema || $0 == TargetMetadata.functionSchema
        }
        .sorted().map { .madeSchema($0) }
        if before.hstore == nil, let place = after.hstore { list.append(.madeExtension("hstore in the schema \(place)")) }
        list += tables.sorted().map { .madeTable($0) }
        for (part, type) in after.columns.sorted(by: { $0.key < $1.key }) where !isNew(part) {
            guard let old = before.columns[part] else {
                list.append(.addedColumn(table: part.table, column: part.name, type: type))
                continue
            }
            if old != type { list.append(.widenedColumn(table: part.table, column: part.name, from: old, to: type)) }
        }
        for (name, definition) in after.functions.sorted(by: { $0.key < $1.key }) {
            guard let old = before.functions[name] else {
                list.append(.madeFunction(name))
                continue
            }
            if old != definition { list.append(.replacedFunction(name, previous: old)) }
        }
        list += after.triggers.keys.filter { before.triggers[$0] == nil && !isNew($0) }.sorted().map {
            .madeTrigger(table: $0.table, name: $0.name)
        }
        list += after.indexes.keys.filter { before.indexes[$0] == nil && !isNew($0) }.sorted().map {
            .madeIndex(table: $0.table, name: $0.name)
        }
        if before.meta != after.meta {
            list.append(
                .recordedOwner(
                    details: before.meta?.details, organizationID: before.meta?.organizationID, existed: before.meta != nil))
        }
        return list
    }
}
