/// Recursive descent over the tokens of a query.
struct SOQLParser {
    private let query: String
    private let tokens: [SOQLToken]
    private var position = 0
    private var depth = 0
    /// Conditions may compare aggregates.
    private var isHaving = false

    static func parse(_ query: String) throws(SOQLError) -> ParsedQuery {
        guard query.utf8.count <= 100_000 else { throw .malformed("SOQL statements cannot be longer than 100000 characters.") }
        var parser = SOQLParser(query: query, tokens: try SOQLLexer.tokens(query))
        return try parser.statement()
    }

    private init(query: String, tokens: [SOQLToken]) {
        self.query = query
        self.tokens = tokens
    }

    private var current: SOQLToken { tokens[min(position, tokens.count - 1)] }

    private func unexpected(_ token: SOQLToken? = nil) -> SOQLError {
        let token = token ?? current
        return .at(token.offset, in: query, code: "MALFORMED_QUERY", "unexpected token: '\(token.text)'")
    }

    private func unsupported(_ what: String) -> SOQLError {
        .at(current.offset, in: query, code: "MALFORMED_QUERY", "\(what) not supported by this org")
    }

    private func isKeyword(_ word: String) -> Bool {
        if case .name(let name) = current.kind { name.lowercased() == word } else { false }
    }

    private mutating func take(_ word: String) -> Bool {
        guard isKeyword(word) else { return false }
        position += 1
        return true
    }

    private mutating func take(symbol: String) -> Bool {
        guard current.kind == .symbol(symbol) else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ word: String) throws(SOQLError) {
        guard take(word) else { throw unexpected() }
    }

    private mutating func path() throws(SOQLError) -> ParsedQuery.Path {
        guard case .name(let name) = current.kind, !name.hasSuffix("."), !name.hasPrefix("."), !name.contains("..") else {
            throw unexpected()
        }
        defer { position += 1 }
        return ParsedQuery.Path(text: name, offset: current.offset)
    }

    private mutating func statement(isNested: Bool = false) throws(SOQLError) -> ParsedQuery {
        depth += 1
        defer { depth -= 1 }
        guard depth < 100 else { throw .malformed("the query is nested too deeply") }
        var result = ParsedQuery()
        try expect("select")
        try selectList(&result)
        try expect("from")
        result.object = try path()
        if case .name(let name) = current.kind, !Self.clauses.contains(name.lowercased()) {
            result.alias = name
            position += 1
        }
        if isKeyword("using") { throw unsupported("USING SCOPE is") }
        if take("where") { result.condition = try condition() }
        if isKeyword("with") { throw unsupported("WITH is") }
        if take("group") { try grouping(&result) }
        if take("order") {
            try expect("by")
            repeat { result.order.append(try order()) } while take(symbol: ",")
        }
        if take("limit") { result.limit = try count() }
        if take("offset") {
            let offset = try count()
            guard offset <= 2000 else {
                throw SOQLError(code: "NUMBER_OUTSIDE_VALID_RANGE", message: "Maximum SOQL offset allowed is 2000")
            }
            result.offset = offset
        }
        if take("for") { guard take("view") || take("reference") || take("update") else { throw unexpected() } }
        guard isNested ? take(symbol: ")") : current.kind == .end else { throw unexpected() }
        return result
    }

    private static let clauses: Set<String> = ["using", "where", "with", "group", "having", "order", "limit", "offset", "for"]

    private mutating func grouping(_ result: inout ParsedQuery) throws(SOQLError) {
        try expect("by")
        repeat {
            let path = try path()
            if current.kind == .symbol("(") { throw unsupported("GROUP BY \(path.text)() is") }
            result.grouping.append(path)
        } while take(symbol: ",")
        guard take("having") else { return }
        isHaving = true
        defer { isHaving = false }
        result.having = try condition()
    }

    private mutating func selectList(_ result: inout ParsedQuery) throws(SOQLError) {
        repeat {
            if take(symbol: "(") {
                result.columns.append(.children(try statement(isNested: true)))
                continue
            }
            if isKeyword("typeof") { throw unsupported("TYPEOF is") }
            let path = try path()
            if take(symbol: "(") { try function(path, &result) } else { result.columns.append(.field(path, alias: alias())) }
        } while take(symbol: ",")
        if result.isCount, !result.columns.isEmpty { throw unexpected() }
    }

    /// A name behind a column, unless the statement goes on with FROM.
    private mutating func alias() -> String? {
        guard case .name(let name) = current.kind, name.lowercased() != "from", !name.contains(".") else { return nil }
        position += 1
        return name
    }

    /// Behind the opening parenthesis.
    private mutating func function(_ name: ParsedQuery.Path, _ result: inout ParsedQuery) throws(SOQLError) {
        switch name.text.lowercased() {
        case "count" where take(symbol: ")"):
            guard !result.isCount else { throw unexpected() }
            result.isCount = true
        case "fields":
            guard case .name(let word) = current.kind, let group = ParsedQuery.FieldGroup(rawValue: word.lowercased()) else {
                throw unexpected()
            }
            position += 1
            guard take(symbol: ")") else { throw unexpected() }
            result.columns.append(.group(group, offset: name.offset))
        case "tolabel", "convertcurrency":
            let field = try path()
            guard take(symbol: ")") else { throw unexpected() }
            result.columns.append(.label(field, alias: alias()))
        default:
            var aggregate = try aggregate(name)
            aggregate.alias = alias()
            result.columns.append(.aggregate(aggregate))
        }
    }

    /// Behind the opening parenthesis.
    private mutating func aggregate(_ name: ParsedQuery.Path) throws(SOQLError) -> ParsedQuery.Aggregate {
        guard let function = ParsedQuery.Aggregate.Function(rawValue: name.text.lowercased()) else {
            throw unsupported("the function \(name.text)() is")
        }
        let path = try path()
        guard take(symbol: ")") else { throw unexpected() }
        return ParsedQuery.Aggregate(function: function, path: path)
    }

    private mutating func order() throws(SOQLError) -> ParsedQuery.Order {
        let path = try path()
        let aggregate: ParsedQuery.Aggregate? = if take(symbol: "(") { try aggregate(path) } else { nil }
        var descending = false
        if take("desc") { descending = true } else { _ = take("asc") }
        var nullsFirst = !descending
        if take("nulls") {
            nullsFirst = take("first")
            if !nullsFirst { try expect("last") }
        }
        return ParsedQuery.Order(path: path, aggregate: aggregate, descending: descending, nullsFirst: nullsFirst)
    }

    private mutating func count() throws(SOQLError) -> Int {
        guard case .number(let number) = current.kind, number >= 0, number == number.rounded(), number < 1e9 else { throw unexpected() }
        position += 1
        return Int(number)
    }

    /// `a AND b AND c` or `a OR b OR c`; a mixture needs parentheses, as in Salesforce.
    private mutating func condition() throws(SOQLError) -> ParsedQuery.Condition {
        depth += 1
        defer { depth -= 1 }
        guard depth < 100 else { throw .malformed("the query is nested too deeply") }
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
            depth += 1
            defer { depth -= 1 }
            guard depth < 100 else { throw .malformed("the query is nested too deeply") }
            return .not(try factor())
        }
        if take(symbol: "(") {
            let inner = try condition()
            guard take(symbol: ")") else { throw unexpected() }
            return inner
        }
        let path = try path()
        if current.kind == .symbol("(") {
            guard isHaving else { throw unsupported("the function \(path.text)() is") }
            position += 1
            let aggregate = try aggregate(path)
            guard case .symbol(let symbol) = current.kind, let kind = ParsedQuery.Operator(rawValue: symbol) else { throw unexpected() }
            position += 1
            return .aggregate(aggregate, kind, [try literal()])
        }
        return try comparison(path)
    }

    private mutating func comparison(_ path: ParsedQuery.Path) throws(SOQLError) -> ParsedQuery.Condition {
        if case .symbol(let symbol) = current.kind, let kind = ParsedQuery.Operator(rawValue: symbol) {
            position += 1
            return .compare(path, kind, [try literal()])
        }
        if take("like") {
            guard case .string(let pattern) = current.kind else { throw unexpected() }
            position += 1
            return .compare(path, .like, [.string(pattern)])
        }
        if take("in") { return try membership(path, .in) }
        if take("includes") { return .compare(path, .includes, try list()) }
        if take("excludes") { return .compare(path, .excludes, try list()) }
        if take("not") {
            try expect("in")
            return try membership(path, .notIn)
        }
        throw unexpected()
    }

    /// A list of literals, or a query for ids.
    private mutating func membership(_ path: ParsedQuery.Path, _ kind: ParsedQuery.Operator) throws(SOQLError) -> ParsedQuery.Condition {
        if current.kind == .symbol("("), case .name(let word) = tokens[min(position + 1, tokens.count - 1)].kind,
            word.lowercased() == "select"
        {
            position += 1
            return .semiJoin(path, isNegated: kind == .notIn, try statement(isNested: true))
        }
        return .compare(path, kind, try list())
    }

    private mutating func list() throws(SOQLError) -> [ParsedQuery.Literal] {
        guard take(symbol: "(") else { throw unexpected() }
        var literals: [ParsedQuery.Literal] = []
        repeat { literals.append(try literal()) } while take(symbol: ",")
        guard take(symbol: ")") else { throw unexpected() }
        return literals
    }

    private mutating func literal() throws(SOQLError) -> ParsedQuery.Literal {
        let token = current
        position += 1
        switch token.kind {
        case .string(let text): return .string(text.replacing("\\_", with: "_").replacing("\\%", with: "%"))
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
        guard take(symbol: ":") else { throw unexpected() }
        let place = current
        guard let literal = DateLiteral(name, number: try count()) else { throw unexpected(place) }
        return literal
    }
}
