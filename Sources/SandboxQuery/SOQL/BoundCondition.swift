import SandboxBytes
package import SandboxData

/// A WHERE clause with its names and literals resolved.
package indirect enum BoundCondition: Sendable {
    case all([BoundCondition])
    case any([BoundCondition])
    case not(BoundCondition)
    case compare(BoundField, Comparison)
    /// Membership in what another query finds; ``resolved(_:)`` runs it.
    case semiJoin(BoundField, isNegated: Bool, SubSelect)
    case member(BoundField, Set<RecordID>, isNegated: Bool)

    package func matches(_ row: Int, object: Int, in snapshot: OrgSnapshot) -> Bool {
        switch self {
        case .all(let parts): parts.allSatisfy { $0.matches(row, object: object, in: snapshot) }
        case .any(let parts): parts.contains { $0.matches(row, object: object, in: snapshot) }
        case .not(let inner): !inner.matches(row, object: object, in: snapshot)
        case .compare(let field, let comparison): comparison.matches(field.value(row, object: object, in: snapshot))
        case .semiJoin: false
        case .member(let field, let ids, let isNegated):
            if case .ref(let id) = field.value(row, object: object, in: snapshot) { ids.contains(id) != isNegated } else { isNegated }
        }
    }

    /// The same with the queries inside it run.
    package func resolved(_ org: any RowSource) async -> BoundCondition {
        switch self {
        case .all(let parts): return .all(await Self.resolved(parts, org))
        case .any(let parts): return .any(await Self.resolved(parts, org))
        case .not(let inner): return .not(await inner.resolved(org))
        case .compare, .member: return self
        case .semiJoin(let field, let isNegated, let select): return .member(field, await select.ids(org), isNegated: isNegated)
        }
    }

    private static func resolved(_ parts: [BoundCondition], _ org: any RowSource) async -> [BoundCondition] {
        var resolved: [BoundCondition] = []
        for part in parts { resolved.append(await part.resolved(org)) }
        return resolved
    }
}

/// The query of a semi-join: one field that holds ids.
package struct SubSelect: Sendable {
    package let plan: QueryPlan
    package let field: BoundField

    package func ids(_ org: any RowSource) async -> Set<RecordID> {
        let rows = await QueryRunner(plan: plan, org: org).run()
        let snapshot = org.snapshot()
        var ids: Set<RecordID> = []
        for position in 0..<rows.count {
            if position & 0x3FFF == 0x3FFF { await Task.yield() }
            if case .ref(let id) = field.value(rows[position], object: plan.object.index, in: snapshot) { ids.insert(id) }
        }
        return ids
    }
}

/// Checks that fields can be filtered and that literals fit them.
struct ConditionBinder {
    let fields: FieldBinder

    func bind(_ condition: ParsedQuery.Condition) throws(SOQLError) -> BoundCondition {
        switch condition {
        case .all(let parts): return .all(try bind(parts))
        case .any(let parts): return .any(try bind(parts))
        case .not(let inner): return .not(try bind(inner))
        case .compare(let path, let kind, let literals):
            let field = try fields.bind(path)
            guard field.field.isFilterable || field.function != nil else {
                throw .at(
                    path.offset, in: fields.query, code: "INVALID_FIELD",
                    "field '\(field.field.name)' can not be filtered in a query call")
            }
            try checkOperator(kind, field, path)
            if literals.count == 1, case .relative(let literal) = literals[0] { return try relative(literal, kind, field, path) }
            var operands: [Value] = []
            for literal in literals { operands.append(try operand(literal, field, path)) }
            return .compare(
                field,
                Comparison(
                    kind: kind, operands: operands, prefixes: fields.schema.prefixes, isCaseSensitive: field.field.isCaseSensitive))
        case .semiJoin(let path, let isNegated, let parsed): return try semiJoin(path, isNegated, parsed)
        case .aggregate(let aggregate, _, _):
            throw .at(aggregate.path.offset, in: fields.query, code: "MALFORMED_QUERY", "aggregates can be compared in HAVING only")
        case .isSubtotal(let path, _, _):
            throw .at(path.offset, in: fields.query, code: "MALFORMED_QUERY", "GROUPING can be compared in HAVING only")
        }
    }

    /// `CreatedDate = THIS_MONTH` and the like, as comparisons with the ends of the span.
    private func relative(
        _ literal: DateLiteral, _ kind: ParsedQuery.Operator, _ field: BoundField, _ path: ParsedQuery.Path
    ) throws(SOQLError) -> BoundCondition {
        guard field.type == .date || field.type == .datetime else { throw wrongType(field, path) }
        let days = literal.days(at: fields.now)
        func compare(_ kind: ParsedQuery.Operator, _ day: Int) -> BoundCondition {
            let operand: Value = field.type == .date ? .date(day) : .datetime(Int64(day) * 86_400)
            return .compare(field, Comparison(kind: kind, operands: [operand], prefixes: fields.schema.prefixes))
        }
        let inside = BoundCondition.all([compare(.greaterOrEqual, days.lowerBound), compare(.less, days.upperBound)])
        switch kind {
        case .equal: return inside
        case .notEqual: return .not(inside)
        case .less: return compare(.less, days.lowerBound)
        case .lessOrEqual: return compare(.less, days.upperBound)
        case .greater: return compare(.greaterOrEqual, days.upperBound)
        case .greaterOrEqual: return compare(.greaterOrEqual, days.lowerBound)
        default: throw wrongType(field, path)
        }
    }

    private func semiJoin(_ path: ParsedQuery.Path, _ isNegated: Bool, _ parsed: ParsedQuery) throws(SOQLError) -> BoundCondition {
        let field = try fields.bind(path)
        let plan = try QueryPlan.make(parsed, of: fields.query, schema: fields.schema, includesDeleted: false, now: fields.now)
        guard plan.outputs.count == 1, let selected = plan.columns.first, plan.grouping == nil else {
            throw .malformed("A semi join sub-select can only query a single field.")
        }
        guard Self.holdsIDs(selected.field), Self.holdsIDs(field.field),
            !Set(Self.objects(selected, plan.object)).isDisjoint(with: Self.objects(field, fields.object))
        else {
            throw .malformed(
                "The selected field '\(selected.field.name)' in the subquery and the left operand field in the where expression in the outer "
                    + "query '\(field.field.name)' should point to the same object type")
        }
        return .semiJoin(field, isNegated: isNegated, SubSelect(plan: plan, field: selected))
    }

    private static func holdsIDs(_ field: FieldSchema) -> Bool { field.type == .id || field.type == .reference }

    /// The objects whose ids a field holds.
    private static func objects(_ field: BoundField, _ object: ObjectSchema) -> [Int] {
        guard field.field.type == .id else { return field.variants.targets }
        return field.parents.last?.targets ?? [object.index]
    }

    private func bind(_ parts: [ParsedQuery.Condition]) throws(SOQLError) -> [BoundCondition] {
        var bound: [BoundCondition] = []
        for part in parts { bound.append(try bind(part)) }
        return bound
    }

    private func checkOperator(_ kind: ParsedQuery.Operator, _ field: BoundField, _ path: ParsedQuery.Path) throws(SOQLError) {
        let isWrong =
            switch kind {
            case .like: !field.type.isText
            case .includes, .excludes: field.type != .multipicklist
            case .less, .lessOrEqual, .greater, .greaterOrEqual: field.type == .boolean || field.type == .multipicklist
            default: false
            }
        guard isWrong else { return }
        throw .at(path.offset, in: fields.query, code: "INVALID_QUERY_FILTER_OPERATOR", "invalid operator on \(field.type.rawValue) field")
    }

    func operand(_ literal: ParsedQuery.Literal, _ field: BoundField, _ path: ParsedQuery.Path) throws(SOQLError) -> Value {
        switch (literal, field.type) {
        case (.null, _): return .null
        case (.bool(let flag), .boolean): return .bool(flag)
        case (.number(let number), let type) where type.isNumber: return .double(number)
        case (.string(let text), let type) where type.isText: return .text(text)
        case (.string(let text), .id), (.string(let text), .reference):
            if let id = fields.schema.recordID(text) { return .ref(id) }
            guard text.isEmpty || RecordIDText.parse(text) != nil else {
                throw .at(path.offset, in: fields.query, code: "INVALID_QUERY_FILTER_OPERATOR", "invalid ID field: \(text)")
            }
            return text.isEmpty ? .null : .text(text)
        case (.date(let days), .date): return .date(days)
        case (.datetime(let seconds), .datetime): return .datetime(seconds)
        case (.string(let text), .time):
            if let time = TimeParser.time(text) { return .time(time) }
        default: break
        }
        throw wrongType(field, path)
    }

    private func wrongType(_ field: BoundField, _ path: ParsedQuery.Path) -> SOQLError {
        let isQuoted = field.type.isText || field.type == .id || field.type == .reference
        let type = isQuoted ? "string" : field.type.literalName
        return .at(
            path.offset, in: fields.query, code: "INVALID_FIELD",
            "value of filter criterion for field '\(field.field.name)' must be of type \(type) and should "
                + (isQuoted ? "" : "not ") + "be enclosed in quotes")
    }
}
