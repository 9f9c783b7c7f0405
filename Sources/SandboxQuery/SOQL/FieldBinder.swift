import SandboxData

/// Looks names up in the schema.
struct FieldBinder {
    let schema: OrgSchema
    let object: ObjectSchema
    /// Other names for the object and its parents, lower-cased: the path each stands for, which is empty for the object itself.
    let aliases: [String: [String]]
    let query: String
    /// The org's time, from which date literals count.
    let now: Int64

    private static let maximumParents = 5

    /// Where a path has led to so far.
    private enum Place {
        case one(ObjectSchema)
        case any([ObjectSchema])

        var name: String {
            switch self {
            case .one(let object): object.name
            case .any: NameEntity.name
            }
        }
    }

    func bind(_ path: ParsedQuery.Path) throws(SOQLError) -> BoundField {
        var parts = expanded(path)
        let name = parts.removeLast()
        let (parents, place) = try follow(parts, path)
        let found: FieldVariants? =
            switch place {
            case .one(let object): object.field(name).map(FieldVariants.init)
            case .any(let objects): NameEntity.field(name, among: objects)
            }
        guard let variants = found else { throw unknownColumn(name, on: place.name, at: path.offset) }
        let header = (parents.compactMap(\.nominal.relationshipName) + [variants.nominal.name]).joined(separator: ".")
        var bound = BoundField(parents: parents, variants: variants, name: header)
        if let function = path.function {
            try check(function, variants.nominal, path)
            bound.function = function
        }
        return bound
    }

    /// The reference field that a relationship's name stands for, with the way to it.
    func relationship(_ path: ParsedQuery.Path) throws(SOQLError) -> (parents: [FieldVariants], reference: FieldVariants) {
        var (parents, _) = try follow(expanded(path), path)
        guard let reference = parents.popLast() else { throw unknownRelationship(path.text, at: path.offset) }
        return (parents, reference)
    }

    /// A binder of the same query for another object.
    func other(_ object: ObjectSchema) -> FieldBinder {
        FieldBinder(schema: schema, object: object, aliases: [:], query: query, now: now)
    }

    /// Fields of whatever record a polymorphic reference leads to.
    func named(_ path: ParsedQuery.Path, among objects: [ObjectSchema]) throws(SOQLError) -> BoundField {
        guard let variants = NameEntity.field(path.text, among: objects) else {
            throw unknownColumn(path.text, on: NameEntity.name, at: path.offset)
        }
        return BoundField(parents: [], variants: variants, name: variants.nominal.name)
    }

    private func expanded(_ path: ParsedQuery.Path) -> [String] {
        let parts = path.text.split(separator: ".").map(String.init)
        guard parts.count > 1, let first = parts.first else { return parts.isEmpty ? [path.text] : parts }
        if let prefix = aliases[first.lowercased()] { return prefix + parts.dropFirst() }
        if first.lowercased() == object.name.lowercased(), object.relationship(object.name) == nil { return Array(parts.dropFirst()) }
        return parts
    }

    private func follow(_ names: [String], _ path: ParsedQuery.Path) throws(SOQLError) -> ([FieldVariants], Place) {
        guard names.count <= Self.maximumParents else {
            throw .at(
                path.offset, in: query, code: "MALFORMED_QUERY",
                "SOQL relationships can be followed over \(Self.maximumParents) levels at most: \(path.text)")
        }
        var place = Place.one(object)
        var parents: [FieldVariants] = []
        for name in names {
            let found: FieldVariants? =
                switch place {
                case .one(let object): object.relationship(name).map(FieldVariants.init)
                case .any(let objects): NameEntity.relationship(name, among: objects)
                }
            guard let reference = found, let first = reference.targets.first else { throw unknownRelationship(name, at: path.offset) }
            parents.append(reference)
            place = reference.targets.count == 1 ? .one(schema.objects[first]) : .any(reference.targets.map { schema.objects[$0] })
        }
        return (parents, place)
    }

    private func check(_ function: FieldFunction, _ field: FieldSchema, _ path: ParsedQuery.Path) throws(SOQLError) {
        switch function {
        case .date(let function) where !function.takes(field.type):
            throw .at(
                path.offset, in: query, code: "INVALID_FIELD",
                "field \(field.name) does not support the date function \(function.rawValue.uppercased())")
        case .distance where !field.isCompound:
            throw .at(path.offset, in: query, code: "INVALID_FIELD", "field \(field.name) is not a geolocation or address field")
        default: break
        }
    }

    private func unknownRelationship(_ name: String, at offset: Int) -> SOQLError {
        .at(
            offset, in: query, code: "INVALID_FIELD",
            "Didn't understand relationship '\(name)' in field path. If you are attempting to use a custom relationship, be sure to append "
                + "the '__r' after the custom relationship name. Please reference your WSDL or the describe call for the appropriate names."
        )
    }

    private func unknownColumn(_ name: String, on entity: String, at offset: Int) -> SOQLError {
        .at(
            offset, in: query, code: "INVALID_FIELD",
            "No such column '\(name)' on entity '\(entity)'. If you are attempting to use a custom field, be sure to append the '__c' after "
                + "the custom field name. Please reference your WSDL or the describe call for the appropriate names.")
    }
}
