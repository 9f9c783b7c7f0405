/// The nested shape of a query's rows: fields of the object, and parents with fields of their own, in the order they were selected.
struct RowShape: Sendable {
    private enum Member: Sendable {
        case field(FieldSchema, key: String)
        case parent(FieldSchema, RowShape)
        case children(ChildRows)
    }

    private let object: ObjectSchema
    private var members: [Member] = []

    init(object: ObjectSchema, columns: [BoundField], schema: OrgSchema) {
        self.object = object
        for column in columns { add(column.parents[...], column.field, column.field.name, schema) }
    }

    /// Everything a query selects; the children are found already, in the order of the query.
    init(plan: QueryPlan, children: [ChildRows], schema: OrgSchema) {
        self.object = plan.object
        var children = children[...]
        for output in plan.outputs {
            switch output {
            case .field(let column, let alias): add(column.parents[...], column.field, alias ?? column.field.name, schema)
            case .children: if let rows = children.popFirst() { members.append(.children(rows)) }
            }
        }
    }

    private mutating func add(_ parents: ArraySlice<FieldSchema>, _ field: FieldSchema, _ key: String, _ schema: OrgSchema) {
        guard let parent = parents.first else {
            members.append(.field(field, key: key))
            return
        }
        let rest = parents.dropFirst()
        for (index, member) in members.enumerated() {
            if case .parent(let known, var shape) = member, known === parent {
                shape.add(rest, field, key, schema)
                members[index] = .parent(known, shape)
                return
            }
        }
        var shape = RowShape(object: schema.objects[parent.targets[0]], columns: [], schema: schema)
        shape.add(rest, field, key, schema)
        members.append(.parent(parent, shape))
    }

    /// Writes a row with its `attributes`; `path` is `/services/data/v60.0/sobjects/`.
    func write(_ row: Int, in snapshot: OrgSnapshot, path: String, to writer: inout ByteWriter) {
        let store = snapshot.stores[object.index]
        writer.append("{\"attributes\":{\"type\":\"" as StaticString)
        writer.append(string: object.name)
        writer.append("\",\"url\":\"" as StaticString)
        writer.append(string: path)
        writer.append(string: object.name)
        writer.append(UInt8(ascii: "/"))
        RecordIDText.append(prefix: object.prefix, number: row + 1, to: &writer)
        writer.append("\"}" as StaticString)
        for member in members {
            writer.append(",\"" as StaticString)
            switch member {
            case .children(let children):
                writer.append(string: children.name)
                writer.append("\":" as StaticString)
                children.write(of: row, in: snapshot, path: path, to: &writer)
            case .field(let field, let key):
                writer.append(string: key)
                writer.append("\":" as StaticString)
                store.append(row, field, style: .restJSON, to: &writer)
            case .parent(let reference, let shape):
                writer.append(string: reference.relationshipName ?? reference.name)
                writer.append("\":" as StaticString)
                if case .ref(let id) = store.value(row, reference) {
                    shape.write(id.row, in: snapshot, path: path, to: &writer)
                } else {
                    writer.append("null" as StaticString)
                }
            }
        }
        writer.append(UInt8(ascii: "}"))
    }
}
