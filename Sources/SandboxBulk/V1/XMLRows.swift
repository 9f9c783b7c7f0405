import NIOCore
import SandboxBytes
import SandboxData
import SandboxHTTP
import SandboxQuery
import SandboxStore

/// Encodes a query's rows as the XML of Bulk 1.0, a chunk at a time.
struct XMLRows: ChunkSource {
    private static let chunkBytes = 128 * 1024

    let snapshot: OrgSnapshot
    let object: ObjectSchema
    let rows: RowSet
    private let shape: XMLShape
    private var position = 0
    private var isDone = false

    init(snapshot: OrgSnapshot, plan: QueryPlan, rows: RowSet) {
        self.snapshot = snapshot
        self.object = plan.object
        self.rows = rows
        self.shape = XMLShape(plan.columns)
    }

    mutating func next() -> ByteBuffer? {
        guard !isDone else { return nil }
        var xml = XMLWriter(fragmentOfCapacity: Self.chunkBytes + 16_384)
        if position == 0 {
            xml.bytes.append(string: XMLWriter.declaration)
            xml.bytes.append(string: "<queryResult\(AsyncInfo.namespace) xmlns:xsi=\"\(XMLNames.instance)\">")
        }
        while position < rows.count, xml.bytes.count < Self.chunkBytes {
            shape.write(RecordID(object: object.index, row: rows[position]), as: "records", in: snapshot, to: &xml)
            position += 1
        }
        isDone = position == rows.count
        if isDone { xml.bytes.append("\n</queryResult>" as StaticString) }
        return xml.bytes.makeBuffer()
    }
}

/// The nested shape of a row in XML: its type and id, which every record of a partner document begins with, then what was selected.
private struct XMLShape: Sendable {
    private indirect enum Member: Sendable {
        case field(BoundField)
        case parent(FieldVariants, XMLShape)
    }

    private var members: [(name: String, member: Member)] = []
    private var selectsID = false

    init(_ columns: [BoundField]) {
        for column in columns { add(column, column.parents[...]) }
    }

    private mutating func add(_ column: BoundField, _ parents: ArraySlice<FieldVariants>) {
        guard let parent = parents.first else {
            if column.field.type == .id { selectsID = true }
            members.append((column.field.name, .field(column.withoutParents)))
            return
        }
        for (index, entry) in members.enumerated() {
            if case .parent(let known, var shape) = entry.member, known.nominal === parent.nominal {
                shape.add(column, parents.dropFirst())
                members[index].member = .parent(known, shape)
                return
            }
        }
        var shape = XMLShape([])
        shape.add(column, parents.dropFirst())
        members.append((parent.nominal.relationshipName ?? parent.nominal.name, .parent(parent, shape)))
    }

    func write(_ id: RecordID, as element: String, in snapshot: OrgSnapshot, to xml: inout XMLWriter) {
        let store = snapshot.stores[id.object]
        xml.element(element, attributes: " xsi:type=\"sObject\"") { xml in
            xml.element("type", store.object.name)
            if selectsID { xml.element("Id", snapshot.schema.text(of: id)) } else { xml.nilElement("Id") }
            for (name, member) in members {
                switch member {
                case .field(let column):
                    let value = column.value(id.row, object: id.object, in: snapshot)
                    if let text = Self.text(value, snapshot.schema) { xml.element(name, text) } else { xml.nilElement(name) }
                case .parent(let reference, let shape):
                    if let field = reference.field(in: id.object), case .ref(let parent) = store.value(id.row, field) {
                        shape.write(parent, as: name, in: snapshot, to: &xml)
                    } else {
                        xml.nilElement(name)
                    }
                }
            }
        }
    }

    private static func text(_ value: Value, _ schema: OrgSchema) -> String? {
        switch value {
        case .null: return nil
        case .text(let text): return text
        case .datetime(let seconds): return CivilTime.zuluText(seconds)
        case .ref(let id): return schema.text(of: id)
        case .double(let number):
            var writer = ByteWriter(capacity: 32)
            DecimalText(number).appendJava(to: &writer)
            return writer.string
        case .bool, .int, .date, .time:
            var writer = ByteWriter(capacity: 32)
            writer.append(value, prefixes: schema.prefixes, style: .canonical)
            return writer.string
        }
    }
}
