/// A field with the way to it: reference fields to follow from the queried object, then the field of the last one.
struct BoundField: Sendable {
    let parents: [FieldSchema]
    let field: FieldSchema
    /// As the query wrote it, which is the column's header in Bulk.
    let name: String

    /// The value in a row of the queried object; null when a parent is missing.
    func value(_ row: Int, object: Int, in snapshot: OrgSnapshot) -> Value {
        guard !parents.isEmpty else { return snapshot.stores[object].value(row, field) }
        guard let id = target(row, object: object, in: snapshot) else { return .null }
        return snapshot.stores[id.object].value(id.row, field)
    }

    /// The parent record the field belongs to.
    func target(_ row: Int, object: Int, in snapshot: OrgSnapshot) -> RecordID? {
        var id = RecordID(object: object, row: row)
        for parent in parents {
            guard case .ref(let next) = snapshot.stores[id.object].value(id.row, parent) else { return nil }
            id = next
        }
        return id
    }
}

/// Looks names up in the schema.
struct FieldBinder {
    let schema: OrgSchema
    let object: ObjectSchema
    let alias: String?
    let query: String
    /// The org's time, from which date literals count.
    let now: Int64

    func bind(_ path: ParsedQuery.Path) throws(SOQLError) -> BoundField {
        var parts = path.text.split(separator: ".")[...]
        if let alias, parts.count > 1, parts.first?.lowercased() == alias.lowercased() { parts.removeFirst() }
        if parts.count > 1, parts.first?.lowercased() == object.name.lowercased(), object.relationship(object.name) == nil {
            parts.removeFirst()
        }
        guard parts.count <= 6 else { throw .malformed("relationships can be followed over five levels at most: \(path.text)") }
        var current = object
        var parents: [FieldSchema] = []
        while parts.count > 1 {
            let name = parts.removeFirst()
            guard let reference = current.relationship(name), let target = reference.targets.first else {
                throw .at(
                    path.offset, in: query, code: "INVALID_FIELD",
                    "Didn't understand relationship '\(name)' in field path. If you are attempting to use a custom relationship, be sure to "
                        + "append the '__r' after the custom relationship name. Please reference your WSDL or the describe call for the "
                        + "appropriate names.")
            }
            parents.append(reference)
            current = schema.objects[target]
        }
        guard let name = parts.first, let field = current.field(name) else {
            throw .at(
                path.offset, in: query, code: "INVALID_FIELD",
                "No such column '\(parts.first.map(String.init) ?? path.text)' on entity '\(current.name)'. If you are attempting to use a "
                    + "custom field, be sure to append the '__c' after the custom field name. Please reference your WSDL or the describe "
                    + "call for the appropriate names.")
        }
        let header = (parents.compactMap(\.relationshipName) + [field.name]).joined(separator: ".")
        return BoundField(parents: parents, field: field, name: header)
    }
}
