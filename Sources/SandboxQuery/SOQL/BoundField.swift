package import SandboxBytes
package import SandboxData

/// A field with the way to it: reference fields to follow from the queried object, then the field of the last one.
package struct BoundField: Sendable {
    package let parents: [FieldVariants]
    let variants: FieldVariants
    /// As the query wrote it, which is the column's header in Bulk.
    package let name: String
    package var function: FieldFunction?
    var presentation: Presentation = .plain

    package init(parents: [FieldVariants], variants: FieldVariants, name: String) {
        self.parents = parents
        self.variants = variants
        self.name = name
    }

    /// A field of the queried object itself.
    package init(parents: [FieldVariants] = [], field: FieldSchema, name: String) {
        self.init(parents: parents, variants: FieldVariants(field), name: name)
    }

    package var field: FieldSchema { variants.nominal }

    /// The same field as its own object sees it.
    package var withoutParents: BoundField {
        var field = BoundField(parents: [], variants: variants, name: name)
        field.function = function
        field.presentation = presentation
        return field
    }

    /// Of the value, which a function may have changed.
    package var type: FieldType { function?.resultType(of: field.type) ?? field.type }

    /// Salesforce groups by dates and by parts of datetimes, but neither by datetimes nor by broken numbers.
    package var isGroupable: Bool {
        if case .date = function { return true }
        return function == nil && field.isGroupable
    }

    /// `Owner.Manager` of `Owner.Manager.Name`; nil for a field of the queried object itself.
    var parentPath: String? {
        parents.isEmpty ? nil : parents.map { $0.nominal.relationshipName ?? $0.nominal.name }.joined(separator: ".")
    }

    /// The value in a row of the queried object; null when a parent is missing.
    package func value(_ row: Int, object: Int, in snapshot: OrgSnapshot) -> Value {
        guard let id = target(row, object: object, in: snapshot), let field = variants.field(in: id.object) else { return .null }
        let store = snapshot.stores[id.object]
        switch function {
        case nil: return snapshot.value(id, field)
        case .date(let function): return function.apply(snapshot.value(id, field))
        case .distance(let function):
            guard case .address(let components) = field.role else { return .null }
            func component(_ key: String) -> Value {
                components.first { $0.key == key }.map { store.value(id.row, store.object.fields[$0.field]) } ?? .null
            }
            return function.apply(latitude: component("latitude"), longitude: component("longitude"))
        }
    }

    /// The parent record the field belongs to.
    @inline(__always)
    package func target(_ row: Int, object: Int, in snapshot: OrgSnapshot) -> RecordID? {
        var id = RecordID(object: object, row: row)
        for parent in parents {
            guard let reference = parent.field(in: id.object), case .ref(let next) = snapshot.stores[id.object].value(id.row, reference)
            else {
                return nil
            }
            id = next
        }
        return id
    }

    /// Writes the value, without making a ``Value`` where it can be helped.
    package func append(_ row: Int, object: Int, in snapshot: OrgSnapshot, style: ValueStyle, to writer: inout ByteWriter) {
        guard function == nil, !field.isExpression else {
            writer.append(value(row, object: object, in: snapshot), prefixes: snapshot.schema.prefixes, style: style)
            return
        }
        guard let id = target(row, object: object, in: snapshot), let field = variants.field(in: id.object) else {
            writer.appendNull(style)
            return
        }
        snapshot.stores[id.object].append(id.row, field, style: style, to: &writer)
    }
}
