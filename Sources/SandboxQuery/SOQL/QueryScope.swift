import SandboxData

/// `USING SCOPE`: the part of an object's rows that a list view would start from.
enum QueryScope {
    /// What the rows must fulfil; nil for all of them.
    static func condition(_ scope: ParsedQuery.Path?, _ fields: FieldBinder) throws(SOQLError) -> BoundCondition? {
        guard let scope else { return nil }
        switch scope.text.lowercased() {
        case "everything": return nil
        case let name where ["scopingrule", "team"].contains(name) && offers(name, fields.object): return nil
        case "mine", "mineandmygroups":
            guard fields.object.field("OwnerId") != nil, let users = fields.schema.object("User") else { break }
            let owner = try fields.bind(ParsedQuery.Path(text: "OwnerId", offset: scope.offset))
            // The first user acts for every client.
            let me = Value.ref(RecordID(object: users.index, row: 0))
            return .compare(owner, Comparison(kind: .equal, operands: [me], prefixes: fields.schema.prefixes))
        default: break
        }
        throw unsupported(scope, fields)
    }

    private static func offers(_ name: String, _ object: ObjectSchema) -> Bool {
        QueryScopes(object: object).names.contains { $0.lowercased() == name }
    }

    private static func unsupported(_ scope: ParsedQuery.Path, _ fields: FieldBinder) -> SOQLError {
        .at(
            scope.offset, in: fields.query, code: "MALFORMED_QUERY",
            "the scope '\(scope.text)' is not supported on entity '\(fields.object.name)'")
    }
}
