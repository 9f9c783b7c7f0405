/// Looks up what a query selects that does not group.
struct OutputBinder {
    let fields: FieldBinder
    let includesDeleted: Bool
    /// A child query has no children of its own.
    let isChild: Bool

    private static let maximumLimit = 200

    func bind(_ parsed: ParsedQuery) throws(SOQLError) -> [QueryPlan.Output] {
        var outputs: [QueryPlan.Output] = []
        var names: Set<String> = []
        func add(_ field: BoundField, alias: String?, at offset: Int) throws(SOQLError) {
            guard names.insert((alias ?? field.name).lowercased()).inserted else {
                throw .at(offset, in: fields.query, code: "INVALID_FIELD", "duplicate field selected: \(field.name)")
            }
            outputs.append(.field(field, alias: alias))
        }
        for column in parsed.columns {
            switch column {
            case .field(let path, let alias):
                guard alias == nil else { throw .malformed("only aggregate expressions use field aliasing") }
                try add(try fields.bind(path), alias: nil, at: path.offset)
            case .label(let path, let alias): try add(try fields.bind(path), alias: alias, at: path.offset)
            case .group(let group, let offset):
                if group != .standard, (parsed.limit ?? .max) > Self.maximumLimit {
                    throw .malformed(
                        "The SOQL FIELDS function must have a LIMIT of at most \(Self.maximumLimit)")
                }
                for field in fields.object.fields where group == .all || field.isCustom == (group == .custom) {
                    try add(BoundField(parents: [], field: field, name: field.name), alias: nil, at: offset)
                }
            case .children(let query): outputs.append(.children(try children(query)))
            case .aggregate: break
            }
        }
        return outputs
    }

    private func children(_ parsed: ParsedQuery) throws(SOQLError) -> ChildQuery {
        let name = parsed.object.text
        guard !isChild else { throw .malformed("Nesting of semi join sub-selects is not supported") }
        for object in fields.schema.objects {
            for field in object.fields where field.targets.contains(fields.object.index) {
                guard let relationship = field.document.childRelationshipName, relationship.lowercased() == name.lowercased() else {
                    continue
                }
                let plan = try QueryPlan.make(
                    parsed, of: fields.query, schema: fields.schema, includesDeleted: includesDeleted, now: fields.now, object: object)
                guard plan.grouping == nil, !plan.isCount else {
                    throw .at(
                        parsed.object.offset, in: fields.query, code: "MALFORMED_QUERY", "aggregates cannot be used in a child query")
                }
                return ChildQuery(name: relationship, reference: field, plan: plan)
            }
        }
        throw .at(
            parsed.object.offset, in: fields.query, code: "INVALID_TYPE",
            "Didn't understand relationship '\(name)' in FROM part of query call. If you are attempting to use a custom relationship, be sure "
                + "to append the '__r' after the custom relationship name. Please reference your WSDL or the describe call for the "
                + "appropriate names.")
    }
}
