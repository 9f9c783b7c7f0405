/// What a grouping query makes of the rows it finds.
struct Grouping: Sendable {
    typealias Function = ParsedQuery.Aggregate.Function

    /// Where a column's value comes from.
    enum Source: Sendable, Equatable {
        /// The n-th field grouped by.
        case key(Int)
        /// The n-th of ``functions``.
        case function(Int)
    }

    struct Column: Sendable {
        let name: String
        let source: Source
    }

    struct Order: Sendable {
        let source: Source
        let descending: Bool
        let nullsFirst: Bool
    }

    indirect enum Having: Sendable {
        case all([Having])
        case any([Having])
        case not(Having)
        case compare(Source, Comparison)

        func matches(_ value: (Source) -> Value) -> Bool {
            switch self {
            case .all(let parts): parts.allSatisfy { $0.matches(value) }
            case .any(let parts): parts.contains { $0.matches(value) }
            case .not(let inner): !inner.matches(value)
            case .compare(let source, let comparison): comparison.matches(value(source))
            }
        }
    }

    let keys: [BoundField]
    let functions: [(function: Function, field: BoundField)]
    let columns: [Column]
    let having: Having?
    let order: [Order]
}

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
            guard field.field.isFilterable, field.field.type != .multipicklist, !field.field.type.isNumber else {
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
            let source: Grouping.Source
            var name: String
            switch column {
            case .field(let path, let alias), .label(let path, let alias):
                source = try key(path, found)
                name = alias ?? fields.lastName(path)
            case .aggregate(let aggregate):
                source = try function(aggregate, &found)
                name = aggregate.alias ?? "expr\(unnamed)"
                if aggregate.alias == nil { unnamed += 1 }
                if let alias = aggregate.alias { found.aliases[alias.lowercased()] = source }
            case .group, .children: throw .malformed("Grouped queries select grouped fields and aggregates only")
            }
            guard !columns.contains(where: { $0.name.lowercased() == name.lowercased() }) else {
                throw .malformed("duplicate alias: \(name)")
            }
            columns.append(Grouping.Column(name: name, source: source))
        }
        let having: Grouping.Having? = if let written = parsed.having { try self.having(written, &found) } else { nil }
        var order: [Grouping.Order] = []
        for item in parsed.order {
            let source: Grouping.Source
            if let aggregate = item.aggregate {
                source = try function(aggregate, &found)
            } else if let known = found.aliases[item.path.text.lowercased()] {
                source = known
            } else {
                source = try key(item.path, found)
            }
            order.append(Grouping.Order(source: source, descending: item.descending, nullsFirst: item.nullsFirst))
        }
        return Grouping(keys: found.keys, functions: found.functions, columns: columns, having: having, order: order)
    }

    private func key(_ path: ParsedQuery.Path, _ found: Found) throws(SOQLError) -> Grouping.Source {
        let field = try fields.bind(path)
        guard let index = found.keys.firstIndex(where: { $0.name == field.name }) else {
            throw .at(path.offset, in: fields.query, code: "MALFORMED_QUERY", "Field must be grouped or aggregated: \(field.field.name)")
        }
        return .key(index)
    }

    private func function(_ aggregate: ParsedQuery.Aggregate, _ found: inout Found) throws(SOQLError) -> Grouping.Source {
        let field = try fields.bind(aggregate.path)
        let fits =
            switch aggregate.function {
            case .count, .countDistinct: field.field.isFilterable
            case .min, .max: field.field.isFilterable && field.field.type != .boolean && field.field.type != .multipicklist
            case .sum, .avg: field.field.type.isNumber
            }
        guard fits else {
            throw .at(
                aggregate.path.offset, in: fields.query, code: "MALFORMED_QUERY",
                "field \(field.field.name) does not support aggregate operator \(aggregate.function.rawValue.uppercased())")
        }
        if let index = found.functions.firstIndex(where: { $0.function == aggregate.function && $0.field.name == field.name }) {
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
                    operands.append(try conditions.operand(literal, kind, field.field, aggregate.path))
                }
            }
            return .compare(source, Comparison(kind: kind, operands: operands, prefixes: fields.schema.prefixes))
        case .compare(let path, let kind, let literals):
            let source = try key(path, found)
            let field = try fields.bind(path)
            var operands: [Value] = []
            for literal in literals { operands.append(try conditions.operand(literal, kind, field.field, path)) }
            return .compare(source, Comparison(kind: kind, operands: operands, prefixes: fields.schema.prefixes))
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
