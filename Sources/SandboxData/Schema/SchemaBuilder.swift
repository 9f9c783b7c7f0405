/// Turns a schema file into an ``OrgSchema``, checking every cross-reference; the first thing wrong is reported by name.
package struct SchemaBuilder {
    package var document: SchemaDocument
    /// Rows to generate, by object name; wins over the file.
    package let rows: [String: Int]
    package let seed: UInt64
    /// By object: its fields by place, after changes that left gaps or put fields at the end.
    var placed: [Int: [FieldDocument]] = [:]

    package init(document: SchemaDocument, rows: [String: Int], seed: UInt64, placed: [Int: [FieldDocument]] = [:]) {
        self.document = document
        self.rows = rows
        self.seed = seed
        self.placed = placed
    }

    /// The schema and the number of generated rows per object.
    package func build() throws(SchemaError) -> (schema: OrgSchema, rows: [Int]) {
        let names = document.objects.map { $0.name.lowercased() }
        guard !document.objects.isEmpty else { throw fail("objects", "expected at least one object") }
        for name in rows.keys where !names.contains(name.lowercased()) {
            throw fail("--rows \(name)", "no such object in the schema (\(document.objects.map(\.name).joined(separator: ", ")))")
        }
        guard names.contains("user") else { throw fail("objects", "expected an object named User: records are owned and changed by users") }
        var counts: [Int] = []
        for object in document.objects {
            let given = rows.first { $0.key.lowercased() == object.name.lowercased() }?.value
            let count = given ?? object.rows ?? 0
            guard (0...100_000_000).contains(count) else { throw fail("rows of \(object.name)", "expected 0 to 100000000, got \(count)") }
            counts.append(object.name.lowercased() == "user" ? max(count, 1) : count)
        }
        try checkObjects(names)
        var objects: [ObjectSchema] = []
        for index in document.objects.indices { objects.append(try object(index, counts: counts)) }
        try checkCircles(objects)
        return (OrgSchema(objects: objects, rows: counts), counts)
    }

    package func fail(_ place: String, _ problem: String) -> SchemaError { SchemaError(description: "\(place): \(problem)") }

    private func checkObjects(_ names: [String]) throws(SchemaError) {
        var prefixes: Set<String> = []
        for (index, object) in document.objects.enumerated() {
            guard Self.isIdentifier(object.name) else { throw fail("objects[\(index)].name", "expected an API name, got '\(object.name)'") }
            guard names.firstIndex(of: names[index]) == index else {
                throw fail("objects[\(index)].name", "'\(object.name)' is there twice")
            }
            try checkObject(object, prefixes: prefixes)
            prefixes.insert(object.keyPrefix)
        }
    }

    /// - Parameter prefixes: Those that are taken.
    func checkObject(_ object: ObjectDocument, prefixes: Set<String>) throws(SchemaError) {
        guard Self.isIdentifier(object.name) else { throw fail("object.name", "expected an API name, got '\(object.name)'") }
        let prefix = object.keyPrefix
        guard prefix.utf8.count == 3, prefix.utf8.allSatisfy({ Self.isAlphanumeric($0) }) else {
            throw fail("\(object.name).keyPrefix", "expected three letters or digits, got '\(prefix)'")
        }
        guard !prefixes.contains(prefix) else { throw fail("\(object.name).keyPrefix", "'\(prefix)' is used by another object") }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }

    private static func isIdentifier(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(48...57).contains(first) else { return false }
        return name.utf8.count <= 80 && name.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "_") }
    }

    package func object(_ index: Int, counts: [Int]) throws(SchemaError) -> ObjectSchema {
        let object = document.objects[index]
        try checkSystemFields(object)
        let listed = listed(index)
        var fields: [FieldSchema] = []
        for (position, field) in listed.enumerated() {
            fields.append(try self.field(field, at: position, in: listed, of: index, counts: counts))
        }
        return ObjectSchema(index: index, document: object, fields: fields, rules: try rules(of: object, at: index, in: listed))
    }

    /// An object's fields by place.
    func listed(_ object: Int) -> [FieldDocument] {
        placed[object] ?? document.objects[object].listedFields
    }

    /// One field of an object, whose documents by place are `listed`.
    package func field(
        _ field: FieldDocument, at position: Int, in listed: [FieldDocument], of index: Int, counts: [Int]
    ) throws(SchemaError) -> FieldSchema {
        let object = document.objects[index].name
        let place = "\(object).\(field.name)"
        let name = field.name.lowercased()
        guard Self.isIdentifier(field.name) else { throw fail("\(place).name", "expected an API name") }
        guard listed.firstIndex(where: { $0.name.lowercased() == name }) == position else {
            throw fail(place, "is there twice, or is a system field")
        }
        let targets = try targets(of: field, place: place)
        try check(field, place: place)
        let role = try role(of: field, at: position, in: listed, object: index, place: place)
        let source = GeneratorSource(
            field: field, object: object, objectIndex: index, names: document.objects.map(\.name), targets: targets, counts: counts,
            seed: seed, role: role)
        return FieldSchema(
            index: position, document: field, role: role, generator: try source.generator(place), targets: targets,
            sumOfDetails: try field.sumOfDetails.map { document throws(SchemaError) in
                try rollUp(document, of: field, object: index, place: "\(place).sumOfDetails")
            })
    }

    private func targets(of field: FieldDocument, place: String) throws(SchemaError) -> [Int] {
        guard field.type == .reference else { return [] }
        guard let names = field.referenceTo, !names.isEmpty else { throw fail("\(place).referenceTo", "expected the name of an object") }
        var targets: [Int] = []
        for name in names {
            guard let target = document.objects.firstIndex(where: { $0.name.lowercased() == name.lowercased() }) else {
                throw fail("\(place).referenceTo", "no object '\(name)' in the schema")
            }
            targets.append(target)
        }
        return targets
    }

    private func check(_ field: FieldDocument, place: String) throws(SchemaError) {
        if let length = field.length, !(1...131_072).contains(length) {
            throw fail("\(place).length", "expected 1 to 131072, got \(length)")
        }
        if let scale = field.scale, !(0...15).contains(scale) { throw fail("\(place).scale", "expected 0 to 15, got \(scale)") }
        if let precision = field.precision, !(1...18).contains(precision) {
            throw fail("\(place).precision", "expected 1 to 18, got \(precision)")
        }
        if field.type == .picklist || field.type == .multipicklist, field.picklistValues?.isEmpty ?? true {
            throw fail("\(place).picklistValues", "expected at least one value")
        }
        if let nulls = field.generate?.nulls, !(0...100).contains(nulls) { throw fail("\(place).generate.nulls", "expected 0 to 100") }
        if let low = field.generate?.min, let high = field.generate?.max, low > high || abs(low) > 1e9 || abs(high) > 1e9 {
            throw fail("\(place).generate", "expected min <= max, both within 1e9")
        }
    }

    private func role(
        of field: FieldDocument, at position: Int, in listed: [FieldDocument], object: Int, place: String
    ) throws(SchemaError) -> FieldSchema.Role {
        switch field.name {
        case "Id": return .id
        case "IsDeleted": return .isDeleted
        case "CreatedDate": return .createdDate
        case "CreatedById": return .createdBy
        case "LastModifiedDate": return .modifiedDate
        case "LastModifiedById": return .modifiedBy
        case "SystemModstamp": return .modstamp
        default: break
        }
        if field.type == .id { throw fail("\(place).type", "id belongs to the field Id alone") }
        if let prefix = field.autoNumber {
            guard field.type == .string else { throw fail("\(place).type", "an auto-number is a string") }
            return .autoNumber(prefix: prefix)
        }
        if let rollUp = field.rollUp {
            return .rollUp(try self.rollUp(rollUp, of: field, object: object, place: "\(place).rollUp"))
        }
        if let expression = field.formula?.expression {
            return .formula(.expression(try self.expression(expression, of: field, object: object, place: "\(place).formula.expression")))
        }
        if let formula = field.formula {
            return .formula(try FormulaBuilder(document: formula, type: field.type, listed: listed, place: place).build())
        }
        guard field.type == .address || field.type == .location else { return .stored }
        var components: [(key: String, field: Int)] = []
        for (index, part) in listed.enumerated() where part.compoundFieldName == field.name {
            components.append((Self.componentKey(part.name, of: field.name), index))
        }
        guard !components.isEmpty else {
            throw fail(place, "a compound field needs fields with compoundFieldName '\(field.name)'")
        }
        return .address(components.sorted { $0.key < $1.key })
    }

    /// `postalCode` of BillingPostalCode in BillingAddress, `latitude` of Place__Latitude__s in Place__c.
    private static func componentKey(_ part: String, of compound: String) -> String {
        let stem = compound.hasSuffix("Address") ? compound.dropLast(7) : compound.hasSuffix("__c") ? compound.dropLast(1) : ""
        var key = part.hasPrefix(stem) ? part.dropFirst(stem.count) : part[...]
        if key.hasSuffix("__s") { key = key.dropLast(3) }
        return key.prefix(1).lowercased() + key.dropFirst()
    }

    private func checkSystemFields(_ object: ObjectDocument) throws(SchemaError) {
        for name in object.without ?? [] where name == "Id" || !SystemFields.names.contains(name) {
            throw fail("\(object.name).without", "expected names of system fields other than Id, got '\(name)'")
        }
        if let name = object.systemFieldsAfter, !object.fields.contains(where: { $0.name == name }) {
            throw fail("\(object.name).systemFieldsAfter", "no field '\(name)'")
        }
    }
}
