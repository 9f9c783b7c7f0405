import SandboxData

/// Looks up what a query selects that does not group.
struct OutputBinder {
    let fields: FieldBinder
    let includesDeleted: Bool
    /// How many queries this one is inside of.
    let depth: Int

    private static let maximumLimit = 200
    private static let maximumDepth = 5

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
            case .presented(let path, let presentation, let alias):
                var field = try fields.bind(path)
                field.presentation = presentation
                try add(field, alias: alias, at: path.offset)
            case .typeOf(let written): outputs.append(.typeOf(try typeOf(written)))
            case .group(let group, let offset):
                if group != .standard, (parsed.limit ?? .max) > Self.maximumLimit {
                    throw .malformed(
                        "The SOQL FIELDS function must have a LIMIT of at most \(Self.maximumLimit)")
                }
                for field in fields.object.visibleFields where group == .all || field.isCustom == (group == .custom) {
                    try add(BoundField(parents: [], field: field, name: field.name), alias: nil, at: offset)
                }
            case .children(let query): outputs.append(.children(try children(query)))
            case .aggregate, .isSubtotal: break
            }
        }
        return outputs
    }

    private func children(_ parsed: ParsedQuery) throws(SOQLError) -> ChildQuery {
        let name = parsed.object.text
        guard depth < Self.maximumDepth - 1 else {
            throw .at(
                parsed.object.offset, in: fields.query, code: "MALFORMED_QUERY",
                "Child queries can be nested \(Self.maximumDepth) levels deep at most")
        }
        for object in fields.schema.objects {
            for field in object.fields where field.targets.contains(fields.object.index) {
                guard let relationship = field.document.childRelationshipName, relationship.lowercased() == name.lowercased() else {
                    continue
                }
                let plan = try QueryPlan.make(
                    parsed, of: fields.query, schema: fields.schema, includesDeleted: includesDeleted, now: fields.now,
                    child: QueryPlan.Child(object: object, depth: depth + 1))
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

    private func typeOf(_ written: ParsedQuery.TypeOf) throws(SOQLError) -> TypeOf {
        let (parents, reference) = try fields.relationship(written.reference)
        guard parents.isEmpty, reference.nominal.targets.count > 1 else {
            throw .at(
                written.reference.offset, in: fields.query, code: "INVALID_FIELD",
                "TYPEOF expressions need a polymorphic relationship: \(written.reference.text)")
        }
        let targets = reference.nominal.targets.map { fields.schema.objects[$0] }
        var branches: [Int: [BoundField]] = [:]
        for branch in written.branches {
            guard let object = targets.first(where: { $0.name.lowercased() == branch.object.text.lowercased() }) else {
                throw .at(
                    branch.object.offset, in: fields.query, code: "INVALID_TYPE",
                    "\(branch.object.text) is not a type that the relationship \(written.reference.text) can lead to")
            }
            let binder = fields.other(object)
            var columns: [BoundField] = []
            for path in branch.fields { columns.append(try binder.bind(path)) }
            guard branches.updateValue(columns, forKey: object.index) == nil else {
                throw .at(branch.object.offset, in: fields.query, code: "MALFORMED_QUERY", "duplicate type in TYPEOF: \(object.name)")
            }
        }
        var otherwise: [BoundField]?
        for path in written.otherwise ?? [] { otherwise = (otherwise ?? []) + [try fields.named(path, among: targets)] }
        return TypeOf(
            reference: reference.nominal, name: reference.nominal.relationshipName ?? reference.nominal.name, branches: branches,
            otherwise: otherwise)
    }
}
