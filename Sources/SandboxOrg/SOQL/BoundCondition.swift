/// A WHERE clause with its names and literals resolved.
indirect enum BoundCondition: Sendable {
    case all([BoundCondition])
    case any([BoundCondition])
    case not(BoundCondition)
    case compare(BoundField, Comparison)

    func matches(_ row: Int, object: Int, in snapshot: OrgSnapshot) -> Bool {
        switch self {
        case .all(let parts): parts.allSatisfy { $0.matches(row, object: object, in: snapshot) }
        case .any(let parts): parts.contains { $0.matches(row, object: object, in: snapshot) }
        case .not(let inner): !inner.matches(row, object: object, in: snapshot)
        case .compare(let field, let comparison): comparison.matches(field.value(row, object: object, in: snapshot))
        }
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
            guard field.field.isFilterable else {
                throw .at(
                    path.offset, in: fields.query, code: "INVALID_FIELD",
                    "field '\(field.field.name)' can not be filtered in a query call")
            }
            try checkOperator(kind, field.field, path)
            var operands: [Value] = []
            for literal in literals { operands.append(try operand(literal, kind, field.field, path)) }
            return .compare(field, Comparison(kind: kind, operands: operands, prefixes: fields.schema.prefixes))
        }
    }

    private func bind(_ parts: [ParsedQuery.Condition]) throws(SOQLError) -> [BoundCondition] {
        var bound: [BoundCondition] = []
        for part in parts { bound.append(try bind(part)) }
        return bound
    }

    private func checkOperator(_ kind: ParsedQuery.Operator, _ field: FieldSchema, _ path: ParsedQuery.Path) throws(SOQLError) {
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

    private func operand(
        _ literal: ParsedQuery.Literal, _ kind: ParsedQuery.Operator, _ field: FieldSchema, _ path: ParsedQuery.Path
    ) throws(SOQLError) -> Value {
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
        case (.string, .date), (.string, .datetime), (.string, .boolean):
            throw wrongType(field, path, "and should not be enclosed in quotes")
        case (.string, let type) where type.isNumber: throw wrongType(field, path, "and should not be enclosed in quotes")
        case (_, let type) where type.isText || type == .id || type == .reference:
            throw wrongType(field, path, "and should be enclosed in quotes")
        default: break
        }
        throw wrongType(field, path, "")
    }

    private func wrongType(_ field: FieldSchema, _ path: ParsedQuery.Path, _ advice: String) -> SOQLError {
        let type = field.type.isText || field.type == .id || field.type == .reference ? "string" : field.type.literalName
        let text = "value of filter criterion for field '\(field.name)' must be of type \(type)" + (advice.isEmpty ? "" : " " + advice)
        return .at(path.offset, in: fields.query, code: "INVALID_FIELD", text)
    }
}
