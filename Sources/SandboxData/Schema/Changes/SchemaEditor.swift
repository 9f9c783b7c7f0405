import Foundation
package import SandboxBytes

/// Changes a schema as an administrator does, one change after the other, and says what the changes mean for the rows.
///
/// A change is a JSON object whose member `change` names it. It says the same whenever it is made to the same schema, so that a journal can
/// hold changes as they were asked for.
package struct SchemaEditor {
    package static let changes = [
        "add_field", "remove_field", "rename_field", "change_field", "add_picklist_value", "remove_picklist_value", "rename_picklist_value",
        "add_object", "remove_object", "change_object",
    ]

    package private(set) var schema: OrgSchema
    package private(set) var effects: [SchemaEffect] = []
    package let seed: UInt64
    /// When describes say that they changed: later than every time they said before.
    package let modified: Int64

    package init(schema: OrgSchema, seed: UInt64, now: Int64) {
        self.schema = schema
        self.seed = seed
        modified = max(now, schema.modified + 1)
    }

    package mutating func apply(_ change: JSON) throws(SchemaError) {
        switch change["change"]?.string {
        case "add_field": try addField(change)
        case "remove_field": try removeField(change)
        case "rename_field": try renameField(change)
        case "change_field": try changeField(change)
        case "add_picklist_value": try addPicklistValue(change)
        case "remove_picklist_value": try removePicklistValue(change)
        case "rename_picklist_value": try renamePicklistValue(change)
        case "add_object": try addObject(change)
        case "remove_object": try removeObject(change)
        case "change_object": try changeObject(change)
        default: throw Self.fail("change", "expected one of \(Self.changes.joined(separator: ", "))")
        }
    }

    package static func fail(_ place: String, _ problem: String) -> SchemaError { SchemaError(description: "\(place): \(problem)") }

    package mutating func note(_ effect: SchemaEffect) { effects.append(effect) }

    package func text(_ change: JSON, _ name: String, _ meaning: String) throws(SchemaError) -> String {
        guard let text = change[name]?.string, !text.isEmpty else { throw Self.fail(name, "expected \(meaning)") }
        return text
    }

    package func object(_ change: JSON) throws(SchemaError) -> ObjectSchema {
        let name = try text(change, "object", "the name of an object")
        guard let object = schema.object(name) else { throw Self.fail("object", "no object '\(name)'") }
        return object
    }

    package func field(_ change: JSON, of object: ObjectSchema) throws(SchemaError) -> FieldSchema {
        let name = try text(change, "field", "the name of a field")
        guard let field = object.fields.first(where: { $0.name.lowercased() == name.lowercased() }) else {
            throw Self.fail("field", "no field '\(name)' in \(object.name)")
        }
        switch field.role {
        case .stored, .autoNumber, .formula, .rollUp, .address: return field
        default: throw Self.fail("field", "\(object.name).\(field.name) is a system field")
        }
    }

    /// Reads a part of a change as the schema file would have it.
    package static func decode<Document: Decodable>(_ type: Document.Type, _ json: JSON, _ place: String) throws(SchemaError) -> Document {
        var writer = JSONWriter(capacity: 1024)
        writer.value(json)
        return try SchemaDocument.decode(type, Data(writer.bytes.array), source: place)
    }

    /// Checks documents against the schema as it is now; what was removed has no name that anything could mean.
    func builder() -> SchemaBuilder {
        var objects = schema.objects.all.map(\.document)
        for place in schema.removed { objects[place].name = "" }
        var builder = SchemaBuilder(document: SchemaDocument(objects: objects), rows: [:], seed: seed)
        for object in schema.objects.all { builder.placed[object.index] = Self.listed(object) }
        return builder
    }

    /// The fields' documents by place; what was removed has no name.
    static func listed(_ object: ObjectSchema) -> [FieldDocument] {
        var fields = object.fields.all.map(\.document)
        for place in object.removed { fields[place].name = "" }
        return fields
    }

    /// Puts an object in place of the one that is there, or at the end.
    package mutating func put(_ object: ObjectSchema, rows: Int? = nil) {
        var objects = schema.objects.all
        if object.index < objects.count { objects[object.index] = object } else { objects.append(object) }
        schema = OrgSchema(objects: objects, rows: schema.rows + (rows.map { [$0] } ?? []), removed: schema.removed)
    }

    package mutating func put(_ fields: [FieldSchema], of object: ObjectSchema, removed: Set<Int>? = nil) {
        var document = object.document
        let gone = removed ?? object.removed
        document.fields = fields.filter { !gone.contains($0.index) && !SystemFields.names.contains($0.name) }.map(\.document)
        if !document.fields.contains(where: { $0.name == document.systemFieldsAfter }) { document.systemFieldsAfter = nil }
        put(ObjectSchema(index: object.index, document: document, fields: fields, rules: object.rules, removed: gone, modified: modified))
    }

    package mutating func drop(_ object: ObjectSchema) {
        touch([object.index])
        schema = OrgSchema(objects: schema.objects.all, rows: schema.rows, removed: schema.removed.union([object.index]))
    }

    /// Objects whose describes changed although their fields did not: their child relationships did.
    package mutating func touch(_ places: [Int]) {
        for place in places where !schema.removed.contains(place) {
            let object = schema.objects[place]
            put(
                ObjectSchema(
                    index: place, document: object.document, fields: object.fields.all, rules: object.rules, removed: object.removed,
                    modified: modified))
        }
    }
}
