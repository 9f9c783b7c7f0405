package import SandboxBytes
package import SandboxData

/// The nested shape of a query's rows: fields of the object, and parents with fields of their own, in the order they were selected.
package struct RowShape: Sendable {
    private indirect enum Member: Sendable {
        /// What to generate for a row that nobody has written, without a look at the schema.
        case flat(FlatColumn, FieldSchema)
        case field(BoundField)
        /// A file, for which rows show the path to read it from.
        case blob(FieldSchema)
        case parent(FieldVariants, RowShape)
        case typeOf(FieldSchema, branches: [Int: RowShape], otherwise: RowShape?)
        case children(ChildRows)
    }

    private struct Entry: Sendable {
        /// `,"Name":`
        let key: [UInt8]
        var member: Member
    }

    /// Nil where a polymorphic reference leads: the rows' objects differ.
    private let object: ObjectSchema?
    private var entries: [Entry] = []

    package init(object: ObjectSchema, columns: [BoundField], schema: OrgSchema) {
        self.object = object
        for column in columns { add(column.parents[...], column, column.field.name, schema) }
    }

    private init(object: ObjectSchema?) { self.object = object }

    /// Everything a query selects, with the children of its rows.
    package static func make(_ plan: QueryPlan, of rows: RowSet, _ org: any RowSource, pages: ChildPages?) async -> RowShape {
        var shape = RowShape(object: plan.object)
        for output in plan.outputs {
            switch output {
            case .field(let column, let alias): shape.add(column.parents[...], column, alias ?? column.field.name, org.schema)
            case .children(let query):
                let children = await query.rows(of: rows, object: plan.object.index, org, pages: pages)
                shape.append(children.name, .children(children))
            case .typeOf(let expression): shape.add(expression, org.schema)
            }
        }
        return shape
    }

    private mutating func append(_ key: String, _ member: Member) {
        entries.append(Entry(key: Array(",\"\(key)\":".utf8), member: member))
    }

    private mutating func add(_ parents: ArraySlice<FieldVariants>, _ column: BoundField, _ key: String, _ schema: OrgSchema) {
        guard let parent = parents.first else {
            if column.field.type == .base64 {
                append(key, .blob(column.field))
                return
            }
            let isPlain = !column.variants.isPolymorphic && column.function == nil && column.presentation == .plain
            append(
                key, isPlain && !column.field.isExpression ? .flat(FlatColumn(column.field), column.field) : .field(column.withoutParents))
            return
        }
        let rest = parents.dropFirst()
        for (index, entry) in entries.enumerated() {
            if case .parent(let known, var shape) = entry.member, known.nominal === parent.nominal {
                shape.add(rest, column, key, schema)
                entries[index].member = .parent(known, shape)
                return
            }
        }
        let targets = parent.targets
        var shape = RowShape(object: targets.count == 1 ? schema.objects[targets[0]] : nil)
        shape.add(rest, column, key, schema)
        append(parent.nominal.relationshipName ?? parent.nominal.name, .parent(parent, shape))
    }

    private mutating func add(_ expression: TypeOf, _ schema: OrgSchema) {
        var branches: [Int: RowShape] = [:]
        for (object, columns) in expression.branches {
            branches[object] = RowShape(object: schema.objects[object], columns: columns, schema: schema)
        }
        var otherwise: RowShape?
        if let columns = expression.otherwise {
            var shape = RowShape(object: nil)
            for column in columns { shape.add([], column, column.field.name, schema) }
            otherwise = shape
        }
        append(expression.name, .typeOf(expression.reference, branches: branches, otherwise: otherwise))
    }

    /// Writes a row of the queried object with its `attributes`; `path` is `/services/data/v60.0/sobjects/`.
    package func write(_ row: Int, in snapshot: OrgSnapshot, path: String, style: ValueStyle = .restJSON, to writer: inout ByteWriter) {
        guard let object else { return }
        write(RecordID(object: object.index, row: row), in: snapshot, path: path, style: style, to: &writer)
    }

    private func write(_ id: RecordID, in snapshot: OrgSnapshot, path: String, style: ValueStyle, to writer: inout ByteWriter) {
        let store = snapshot.stores[id.object]
        let actual = store.object
        writer.append("{\"attributes\":{\"type\":\"" as StaticString)
        writer.append(string: object?.name ?? NameEntity.name)
        writer.append("\",\"url\":\"" as StaticString)
        writer.append(string: path)
        writer.append(string: actual.name)
        writer.append(UInt8(ascii: "/"))
        RecordIDText.append(prefix: actual.prefix, number: id.row + 1, to: &writer)
        writer.append("\"}" as StaticString)
        let state = store.state(id.row)
        entries.withUnsafeBufferPointer { entries in
            for index in entries.indices {
                writer.append(entries[index].key)
                switch entries[index].member {
                case .flat(let column, let field):
                    if state == nil, column.append(id.row, store, style: style, to: &writer) { continue }
                    store.append(id.row, state, field, style: style, to: &writer)
                case .field(let column): write(column, of: id, in: snapshot, style: style, to: &writer)
                case .blob(let field): writeBlob(field, of: id, in: store, path: path, to: &writer)
                case .parent(let reference, let shape):
                    if let field = reference.field(in: id.object), case .ref(let parent) = store.value(id.row, field) {
                        shape.write(parent, in: snapshot, path: path, style: style, to: &writer)
                    } else {
                        writer.append("null" as StaticString)
                    }
                case .typeOf(let reference, let branches, let otherwise):
                    if case .ref(let parent) = store.value(id.row, reference), let shape = branches[parent.object] ?? otherwise {
                        shape.write(parent, in: snapshot, path: path, style: style, to: &writer)
                    } else {
                        writer.append("null" as StaticString)
                    }
                case .children(let children): children.write(of: id.row, in: snapshot, path: path, to: &writer)
                }
            }
        }
        writer.append(UInt8(ascii: "}"))
    }

    private func writeBlob(_ field: FieldSchema, of id: RecordID, in store: RowStore, path: String, to writer: inout ByteWriter) {
        guard !store.value(id.row, field).isNull else {
            writer.append("null" as StaticString)
            return
        }
        writer.append(UInt8(ascii: "\""))
        writer.append(string: "\(path)\(store.object.name)/")
        RecordIDText.append(prefix: store.object.prefix, number: id.row + 1, to: &writer)
        writer.append(string: "/\(field.name)\"")
    }

    private func write(
        _ column: BoundField, of id: RecordID, in snapshot: OrgSnapshot, style: ValueStyle, to writer: inout ByteWriter
    ) {
        guard column.presentation == .formatted else {
            column.append(id.row, object: id.object, in: snapshot, style: style, to: &writer)
            return
        }
        let text = LocaleText.text(column.value(id.row, object: id.object, in: snapshot), column.type)
        writer.append(text, prefixes: snapshot.schema.prefixes, style: style)
    }
}
