import SandboxData

/// Looks up the names of a grouping query.
struct GroupingBinder {
    let fields: FieldBinder
    let conditions: ConditionBinder

    /// Collects the functions while names are looked up.
    private struct Found {
        var keys: [BoundField] = []
        var functions: [(function: Grouping.Function, field: BoundField)] = []
        var aliases: [String: Grouping.Source] = [:]
    }

    func bind(_ parsed: ParsedQuery) throws(SOQLError) -> Grouping {
        var found = Found()
        for path in parsed.grouping {
            let field = try fields.bind(path)
            guard field.isGroupable else {
                throw .at(
                    path.offset, in: fields.query, code: "MALFORMED_QUERY", "field '\(field.name)' can not be grouped in a query call")
            }
            found.keys.append(field)
        }
        if parsed.grouping.isEmpty, parsed.limit != nil {
            throw .malformed("Non-grouped query that uses overall aggregate functions cannot also use LIMIT")
        }
        guard !parsed.isCount else { throw .malformed("Grouped query cannot use COUNT()") }
        var columns: [Grouping.Column] = []
        var unnamed = 0
        for column in parsed.columns {
            var alias: String?
            var fallback: String?
            let source: Grouping.Source
            var type = FieldType.int
            var presentation = Presentation.plain
            switch column {
            case .field(let path, let name), .presented(let path, _, let name):
                source = try key(path, found)
                alias = name
                type = try fields.bind(path).type
                if path.function == nil { fallback = fields.lastName(path) }
                if case .presented(_, let wanted, _) = column { presentation = wanted }
            case .aggregate(let aggregate):
                source = try function(aggregate, &found)
                alias = aggregate.alias
                presentation = aggregate.presentation
                if ![.count, .countDistinct].contains(aggregate.function) { type = try fields.bind(aggregate.path).type }
            case .isSubtotal(let path, let name):
                source = .isSubtotal(try keyIndex(path, found))
                alias = name
            case .group, .children, .typeOf: throw .malformed("Grouped queries select grouped fields and aggregates only")
            }
            let name = alias ?? fallback ?? "expr\(unnamed)"
            if alias == nil, fallback == nil { unnamed += 1 }
            if let alias { found.aliases[alias.lowercased()] = source }
            guard !columns.contains(where: { $0.name.lowercased() == name.lowercased() }) else {
                throw .malformed("duplicate alias: \(name)")
            }
            columns.append(Grouping.Column(name: name, source: source, type: type, presentation: presentation))
        }
        let having: Grouping.Having? = if let written = parsed.having { try self.having(written, &found) } else { nil }
        var order: [Grouping.Order] = []
        for item in parsed.order {
            let source: Grouping.Source
            if item.isSubtotal {
                source = .isSubtotal(try keyIndex(item.path, found))
            } else if let aggregate = item.aggregate {
                source = try function(aggregate, &found)
            } else if item.path.function == nil, let known = found.aliases[item.path.text.lowercased()] {
                source = known
            } else {
                source = try key(item.path, found)
            }
            order.append(Grouping.Order(source: source, descending: item.descending, nullsFirst: item.nullsFirst))
        }
        return Grouping(
            keys: found.keys, sets: Grouping.sets(found.keys.count, parsed.subtotals), functions: found.functions, columns: columns,
            having: having, order: order)
    }

    private func key(_ path: ParsedQuery.Path, _ found: Found) throws(SOQLError) -> Grouping.Source { .key(try keyIndex(path, found)) }

    private func keyIndex(_ path: ParsedQuery.Path, _ found: Found) throws(SOQLError) -> Int {
        let field = try fields.bind(path)
        guard let index = found.keys.firstIndex(where: { $0.name == field.name && $0.function == field.function }) else {
            throw .at(path.offset, in: fields.query, code: "MALFORMED_QUERY", "Field must be grouped or aggregated: \(field.field.name)")
        }
        return index
    }

    private func function(_ aggregate: ParsedQuery.Aggregate, _ found: inout Found) throws(SOQLError) -> Grouping.Source {
        let field = try fields.bind(aggregate.path)
        let fits =
            switch aggregate.function {
            case .count, .countDistinct: field.field.isFilterable
            case .min, .max: field.field.isFilterable && field.type != .boolean && field.type != .multipicklist
            case .sum, .avg: field.type.isNumber
            }
        guard fits else {
            throw .at(
                aggregate.path.offset, in: fields.query, code: "MALFORMED_QUERY",
                "field \(field.field.name) does not support aggregate operator \(aggregate.function.rawValue.uppercased())")
        }
        if let index = found.functions.firstIndex(where: {
            $0.function == aggregate.function && $0.field.name == field.name && $0.field.function == field.function
        }) {
            return .function(index)
        }
        found.functions.append((aggregate.function, field))
        return .function(found.functions.count - 1)
    }

    private func having(_ condition: ParsedQuery.Condition, _ found: inout Found) throws(SOQLError) -> Grouping.Having {
        switch condition {
        case .all(let parts): return .all(try having(parts, &found))
        case .any(let parts): return .any(try having(parts, &found))
        case .not(let inner): return .not(try having(inner, &found))
        case .aggregate(let aggregate, let kind, let literals):
            let source = try function(aggregate, &found)
            let field = try fields.bind(aggregate.path)
            var operands: [Value] = []
            for literal in literals {
                if case .number(let number) = literal {
                    operands.append(.double(number))
                } else {
                    operands.append(try conditions.operand(literal, field, aggregate.path))
                }
            }
            return .compare(source, Comparison(kind: kind, operands: operands, prefixes: fields.schema.prefixes))
        case .compare(let path, let kind, let literals):
            let source = try key(path, found)
            let field = try fields.bind(path)
            var operands: [Value] = []
            for literal in literals { operands.append(try conditions.operand(literal, field, path)) }
            return .compare(source, Comparison(kind: kind, operands: operands, prefixes: fields.schema.prefixes))
        case .isSubtotal(let path, let kind, let literals):
            var operands: [Value] = []
            for literal in literals {
                guard case .number(let number) = literal else {
                    throw .at(path.offset, in: fields.query, code: "MALFORMED_QUERY", "GROUPING can be compared with 0 and 1")
                }
                operands.append(.double(number))
            }
            let comparison = Comparison(kind: kind, operands: operands, prefixes: fields.schema.prefixes)
            return .compare(.isSubtotal(try keyIndex(path, found)), comparison)
        case .semiJoin(let path, _, _):
            throw .at(path.offset, in: fields.query, code: "MALFORMED_QUERY", "semi joins cannot be used in HAVING")
        }
    }

    private func having(_ parts: [ParsedQuery.Condition], _ found: inout Found) throws(SOQLError) -> [Grouping.Having] {
        var bound: [Grouping.Having] = []
        for part in parts { bound.append(try having(part, &found)) }
        return bound
    }
}

extension FieldBinder {
    /// The name a grouped field has in the result: without the parents before it.
    func lastName(_ path: ParsedQuery.Path) -> String { (try? bind(path))?.field.name ?? path.text }
}
