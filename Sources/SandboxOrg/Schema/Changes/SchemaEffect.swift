/// What a change of the schema means for the rows. Salesforce changes no stamps then, and neither does this.
enum SchemaEffect: Sendable {
    /// There is a new object.
    case table(object: Int)
    /// Written values of a field become others.
    case rewrite(object: Int, field: Int, @Sendable (Value) -> Value)
    /// A field's values have to be unique from here on.
    case index(object: Int, field: Int)
}

extension OrgState {
    /// Makes the changes in their order, all or none.
    ///
    /// - Parameter isReplay: They were made before, and are read from the journal.
    mutating func change(_ changes: [JSON], now: Int64, isReplay: Bool = false) throws(SchemaError) {
        var editor = SchemaEditor(schema: schema, seed: seed, now: now)
        for change in changes { try editor.apply(change) }
        var next = self
        next.schema = editor.schema
        for place in next.tables.indices { next.tables[place].adopt(editor.schema.objects[place], prefixes: editor.schema.prefixes) }
        for effect in editor.effects {
            switch effect {
            case .table(let place):
                next.tables.append(Self.table(of: editor.schema.objects[place], in: editor.schema, seed: seed))
                next.autoNumbers.append(editor.schema.rows[place])
            case .rewrite(let place, let field, let convert): next.tables[place].rewrite(field, convert)
            case .index(let place, let field):
                try next.tables[place].demandUnique(editor.schema.objects[place].fields[field], isReplay: isReplay)
            }
        }
        for place in next.tables.indices { next.tables[place].rows.isWatched = journal != nil }
        next.schemaChanges.append(SchemaChange(changes: changes, time: now))
        next.recorded = next.counters
        self = next
    }
}
