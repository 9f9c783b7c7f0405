package import SandboxBytes
package import SandboxData

extension OrgState {
    /// Makes the changes in their order, all or none.
    ///
    /// - Parameter isReplay: They were made before, and are read from the journal.
    package mutating func change(_ changes: [JSON], now: Int64, isReplay: Bool = false) throws(SchemaError) {
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
