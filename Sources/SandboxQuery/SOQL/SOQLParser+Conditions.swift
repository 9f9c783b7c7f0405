import SandboxData

/// WHERE and HAVING.
extension SOQLParser {
    private static let maximumText = 4000

    /// `a AND b AND c` or `a OR b OR c`; a mixture needs parentheses, as in Salesforce.
    mutating func condition() throws(SOQLError) -> ParsedQuery.Condition {
        try enter()
        defer { leave() }
        let first = try factor()
        let word = isKeyword("and") ? "and" : "or"
        var parts = [first]
        while take(word) { parts.append(try factor()) }
        if isKeyword("and") || isKeyword("or") { throw unexpected() }
        if parts.count == 1 { return first }
        return word == "and" ? .all(parts) : .any(parts)
    }

    private mutating func factor() throws(SOQLError) -> ParsedQuery.Condition {
        if take("not") {
            try enter()
            defer { leave() }
            return .not(try factor())
        }
        if take(symbol: "(") {
            let inner = try condition()
            try expect(symbol: ")")
            return inner
        }
        if isHaving, following.kind == .symbol("(") {
            if let function = aggregateFunction() {
                let aggregate = try aggregate(function)
                let (kind, literals) = try comparison()
                return .aggregate(aggregate, kind, literals)
            }
            if isKeyword("grouping") {
                let field = try subtotalField()
                let (kind, literals) = try comparison()
                return .isSubtotal(field, kind, literals)
            }
        }
        let field = try field()
        if let semiJoin = try semiJoin(field) { return semiJoin }
        let (kind, literals) = try comparison()
        return .compare(field, kind, literals)
    }

    /// `IN (SELECT …)`, or nil when it is anything else.
    private mutating func semiJoin(_ field: ParsedQuery.Path) throws(SOQLError) -> ParsedQuery.Condition? {
        var ahead = self
        let isNegated = ahead.take("not")
        guard ahead.take("in"), ahead.take(symbol: "("), ahead.isKeyword("select") else { return nil }
        position = ahead.position
        return .semiJoin(field, isNegated: isNegated, try statement(isNested: true))
    }

    private mutating func comparison() throws(SOQLError) -> (ParsedQuery.Operator, [ParsedQuery.Literal]) {
        if case .symbol(let symbol) = current.kind, let kind = ParsedQuery.Operator(rawValue: symbol) {
            position += 1
            return (kind, [try literal()])
        }
        if take("like") {
            guard case .string(let pattern) = current.kind else { throw unexpected() }
            position += 1
            return (.like, [.string(pattern)])
        }
        if take("in") { return (.in, try list()) }
        if take("includes") { return (.includes, try list()) }
        if take("excludes") { return (.excludes, try list()) }
        if take("not") {
            try expect("in")
            return (.notIn, try list())
        }
        throw unexpected()
    }

    private mutating func list() throws(SOQLError) -> [ParsedQuery.Literal] {
        try expect(symbol: "(")
        var literals: [ParsedQuery.Literal] = []
        repeat { literals.append(try literal()) } while take(symbol: ",")
        try expect(symbol: ")")
        return literals
    }

    private mutating func literal() throws(SOQLError) -> ParsedQuery.Literal {
        let token = current
        position += 1
        switch token.kind {
        case .string(let text):
            guard text.utf8.count <= Self.maximumText else {
                throw .at(
                    token.offset, in: query, code: "MALFORMED_QUERY", "a string in a condition has \(Self.maximumText) characters at most")
            }
            return .string(text.replacing("\\_", with: "_").replacing("\\%", with: "%"))
        case .number(let number): return .number(number)
        case .date(let days): return .date(days)
        case .datetime(let seconds): return .datetime(seconds)
        case .name(let name):
            switch name.lowercased() {
            case "true": return .bool(true)
            case "false": return .bool(false)
            case "null": return .null
            default:
                if let literal = try dateLiteral(name) { return .relative(literal) }
                throw unexpected(token)
            }
        default: throw unexpected(token)
        }
    }

    /// Behind its name: `:30` where it takes a number.
    private mutating func dateLiteral(_ name: String) throws(SOQLError) -> DateLiteral? {
        guard let takesNumber = DateLiteral.takesNumber(name) else { return nil }
        guard takesNumber else { return DateLiteral(name, number: nil) }
        try expect(symbol: ":")
        let place = current
        guard let literal = DateLiteral(name, number: try count()) else { throw unexpected(place) }
        return literal
    }
}
