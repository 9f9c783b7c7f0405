import Foundation
import SandboxBytes

extension SchemaEditor {
    /// `{"object", "field": {…}}`: the field as the schema file would have it. Records that are there have no value in it, unless `generate` says
    /// that generated ones have.
    mutating func addField(_ change: JSON) throws(SchemaError) {
        let object = try object(change)
        guard let json = change["field"], json.members != nil else {
            throw Self.fail("field", "expected a field as the schema file has it")
        }
        var document = try Self.decode(FieldDocument.self, json, "field")
        guard document.rollUp == nil, document.sumOfDetails == nil, document.follows == nil else {
            throw Self.fail("field", "a roll-up, or a field that follows others, cannot be added while the org runs")
        }
        if document.generate == nil, document.formula == nil, document.autoNumber == nil, document.type != .address {
            document.generate = try Self.noValues()
        }
        let field = try built(document, at: object.fields.all.count, of: object)
        let isTrue = document.type == .boolean && document.defaultValue == "true" && document.generate?.kind == GeneratorKind.none
        put(
            object.fields.all + [isTrue ? field.with(generator: FieldGenerator(source: .alwaysTrue, salt: 0, nulls: 0)) : field], of: object
        )
        touch(field.targets)
        try builder().checkCircles(schema.objects.all)
    }

    private static func noValues() throws(SchemaError) -> GenerateDocument {
        try decode(GenerateDocument.self, .object([JSON.Member(key: "kind", value: .string("none"))]), "generate")
    }

    /// The field as the builder makes it of a document, at a place that is taken or at the end.
    private func built(_ document: FieldDocument, at place: Int, of object: ObjectSchema) throws(SchemaError) -> FieldSchema {
        var listed = Self.listed(object)
        if place < listed.count { listed[place] = document } else { listed.append(document) }
        var builder = builder()
        builder.placed[object.index] = listed
        return try builder.field(document, at: place, in: listed, of: object.index, counts: schema.rows)
    }

    /// `{"object", "field", "name"}`: another API name for the same values; `X__c` gives its relationship the name `X__r`.
    mutating func renameField(_ change: JSON) throws(SchemaError) {
        let object = try object(change)
        let field = try field(change, of: object)
        let name = try text(change, "name", "the new name")
        var document = field.document
        document.name = name
        if let relationship = document.relationshipName, relationship == field.name.dropLast() + "r", name.hasSuffix("__c") {
            document.relationshipName = name.dropLast() + "r"
        }
        var fields = object.fields.all
        for other in object.fields where other.document.compoundFieldName == field.name {
            var document = other.document
            document.compoundFieldName = name
            fields[other.index] = other.with(document: document)
        }
        // Names are checked by the builder; an address finds its components by the name they have for it.
        var probe = document
        if case .address = field.role { probe.type = .string }
        _ = try built(probe, at: field.index, of: object)
        fields[field.index] = field.with(document: document)
        put(fields, of: object)
        touch(field.targets)
    }

    /// `{"object", "field", "set": {…}}`: members of the field's document get other values; null takes one away. Values are converted to
    /// another type, and cut off where they are too long; what cannot be converted is lost.
    mutating func changeField(_ change: JSON) throws(SchemaError) {
        let object = try object(change)
        let field = try field(change, of: object)
        guard let set = change["set"]?.members else { throw Self.fail("set", "expected members of a field as the schema file has it") }
        guard !set.contains(where: { ["name", "rollUp", "sumOfDetails", "follows"].contains($0.key) }) else {
            throw Self.fail("set", "a name is changed by rename_field, and a roll-up not at all")
        }
        var document = try changed(field.document, set)
        if case .address = field.role, document.type != field.type { throw Self.fail("set", "the type of an address stays") }
        // The values stay those that were generated before, converted where they have to be.
        if case .stored = field.role, document.type != field.type || document.unique ?? false { document.generate = try Self.noValues() }
        let built = try built(document, at: field.index, of: object)
        var new = FieldSchema(
            index: field.index, document: document, role: built.role, generator: field.generator, targets: built.targets,
            sumOfDetails: field.sumOfDetails)
        let isConverted = new.isNarrower(than: field)
        if isConverted {
            let conversion = FieldConversion(to: new, schema: schema)
            new = new.with(generator: FieldGenerator(converting: field.generator) { conversion.convert($0) })
            note(.rewrite(object: object.index, field: field.index) { conversion.convert($0) })
        }
        if new.isUnique, isConverted || !field.isUnique { note(.index(object: object.index, field: field.index)) }
        var fields = object.fields.all
        fields[field.index] = new
        put(fields, of: object)
        touch(field.targets + new.targets)
        try builder().checkCircles(schema.objects.all)
    }

    private func changed(_ document: FieldDocument, _ set: [JSON.Member]) throws(SchemaError) -> FieldDocument {
        guard let data = try? JSONEncoder().encode(document), let json = try? JSONParser.parse(Array(data)) else {
            throw Self.fail("field", "cannot be changed")
        }
        let kept = (json.members ?? []).filter { member in !set.contains { $0.key == member.key } }
        return try Self.decode(FieldDocument.self, .object(kept + set.filter { $0.value != .null }), "set")
    }
}

extension FieldSchema {
    package func with(generator: FieldGenerator) -> FieldSchema {
        FieldSchema(index: index, document: document, role: role, generator: generator, targets: targets, sumOfDetails: sumOfDetails)
    }

    package func with(document: FieldDocument) -> FieldSchema {
        FieldSchema(index: index, document: document, role: role, generator: generator, targets: targets, sumOfDetails: sumOfDetails)
    }

    package func with(role: Role) -> FieldSchema {
        FieldSchema(index: index, document: document, role: role, generator: generator, targets: targets, sumOfDetails: sumOfDetails)
    }

    /// Whether values of the other one may not be values of this one.
    func isNarrower(than old: FieldSchema) -> Bool {
        type != old.type || length < old.length || type.isNumber && (scale < old.scale || precision - scale < old.precision - old.scale)
            || type == .reference && !Set(old.targets).isSubset(of: targets)
    }
}
