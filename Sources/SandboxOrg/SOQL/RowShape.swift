/// The nested shape of a query's rows: fields of the object, and parents with fields of their own, in the order they were selected.
struct RowShape: Sendable {
    private enum Member: Sendable {
        case field(FieldSchema)
        case parent(FieldSchema, RowShape)
    }

    private let object: ObjectSchema
    private var members: [Member] = []

    init(object: ObjectSchema, columns: [BoundField], schema: OrgSchema) {
        self.object = object
        for column in columns { add(column.parents[...], column.field, schema) }
    }

    private mutating func add(_ parents: ArraySlice<FieldSchema>, _ field: FieldSchema, _ schema: OrgSchema) {
        guard let parent = parents.first else {
            members.append(.field(field))
            return
        }
        let rest = parents.dropFirst()
        for (index, member) in members.enumerated() {
            if case .parent(let known, var shape) = member, known === parent {
                shape.add(rest, field, schema)
                members[index] = .parent(known, shape)
                return
            }
        }
        var shape = RowShape(object: schema.objects[parent.targets[0]], columns: [], schema: schema)
        shape.add(rest, field, schema)
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
            case .field(let field):
                writer.append(string: field.name)
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
