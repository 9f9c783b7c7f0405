import SandboxData

/// Recursive descent over the tokens of a query.
struct SOQLParser {
    let query: String
    private let tokens: [SOQLToken]
    var position = 0
    private var depth = 0
    /// Conditions may compare aggregates.
    var isHaving = false

    private static let maximumLength = 100_000
    private static let maximumDepth = 100

    static func parse(_ query: String) throws(SOQLError) -> ParsedQuery {
        guard query.utf8.count <= maximumLength else {
            throw .malformed("SOQL statements cannot be longer than \(maximumLength) characters.")
        }
        var parser = SOQLParser(query: query, tokens: try SOQLLexer.tokens(query))
        return try parser.statement()
    }

    private init(query: String, tokens: [SOQLToken]) {
        self.query = query
        self.tokens = tokens
    }

    var current: SOQLToken { tokens[min(position, tokens.count - 1)] }
    var following: SOQLToken { tokens[min(position + 1, tokens.count - 1)] }

    func unexpected(_ token: SOQLToken? = nil) -> SOQLError {
        let token = token ?? current
        return .at(token.offset, in: query, code: "MALFORMED_QUERY", "unexpected token: '\(token.text)'")
    }

    func isKeyword(_ word: String) -> Bool {
        if case .name(let name) = current.kind { name.lowercased() == word } else { false }
    }

    mutating func take(_ word: String) -> Bool {
        guard isKeyword(word) else { return false }
        position += 1
        return true
    }

    mutating func take(symbol: String) -> Bool {
        guard current.kind == .symbol(symbol) else { return false }
        position += 1
        return true
    }

    mutating func expect(_ word: String) throws(SOQLError) {
        guard take(word) else { throw unexpected() }
    }

    mutating func expect(symbol: String) throws(SOQLError) {
        guard take(symbol: symbol) else { throw unexpected() }
    }

    mutating func path() throws(SOQLError) -> ParsedQuery.Path {
        guard case .name(let name) = current.kind, !name.hasSuffix("."), !name.hasPrefix("."), !name.contains("..") else {
            throw unexpected()
        }
        defer { position += 1 }
        return ParsedQuery.Path(text: name, offset: current.offset)
    }

    /// Goes one level deeper; every `enter` has its `leave`.
    mutating func enter() throws(SOQLError) {
        depth += 1
        guard depth < Self.maximumDepth else { throw .tooComplicated }
    }

    mutating func leave() { depth -= 1 }

    mutating func statement(isNested: Bool = false) throws(SOQLError) -> ParsedQuery {
        try enter()
        defer { leave() }
        var result = ParsedQuery()
        try expect("select")
        try selectList(&result)
        try expect("from")
        try source(&result)
        if take("using") {
            try expect("scope")
            result.scope = try path()
        }
        if take("where") { result.condition = try condition() }
        if take("with") { try security() }
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
        try ending()
        guard isNested ? take(symbol: ")") : current.kind == .end else { throw unexpected() }
        return result
    }

    private static let clauses: Set<String> = [
        "using", "where", "with", "group", "having", "order", "limit", "offset", "for", "all", "update",
    ]

    /// `FROM Contact c, c.Account a`
    private mutating func source(_ result: inout ParsedQuery) throws(SOQLError) {
        result.object = try path()
        if let name = sourceAlias() { result.aliases[name.lowercased()] = [] }
        while take(symbol: ",") {
            let path = try path()
            var parts = path.text.split(separator: ".").map(String.init)
            if let first = parts.first, let prefix = result.aliases[first.lowercased()] { parts = prefix + parts.dropFirst() }
            guard let name = sourceAlias() else { throw unexpected() }
            result.aliases[name.lowercased()] = parts
        }
    }

    private mutating func sourceAlias() -> String? {
        guard case .name(let name) = current.kind, !Self.clauses.contains(name.lowercased()), !name.contains(".") else { return nil }
        position += 1
        return name
    }

    /// The user sees everything, so that checking what it may see changes nothing.
    private mutating func security() throws(SOQLError) {
        guard take("security_enforced") || take("user_mode") || take("system_mode") else { throw unexpected() }
    }

    /// `FOR VIEW`, `FOR REFERENCE`, `FOR UPDATE`, `UPDATE TRACKING`: none of them changes what is found. `ALL ROWS` is for Apex alone.
    private mutating func ending() throws(SOQLError) {
        while take("for") { guard take("view") || take("reference") || take("update") else { throw unexpected() } }
        if take("update") {
            repeat { guard take("tracking") || take("viewstat") else { throw unexpected() } } while take(symbol: ",")
        }
        if isKeyword("all") {
            let place = current.offset
            position += 1
            try expect("rows")
            throw .at(place, in: query, code: "MALFORMED_QUERY", "ALL ROWS not allowed in this context")
        }
    }

    private mutating func grouping(_ result: inout ParsedQuery) throws(SOQLError) {
        try expect("by")
        let subtotals: ParsedQuery.Subtotals = isKeyword("rollup") ? .rollup : isKeyword("cube") ? .cube : .none
        if subtotals != .none, following.kind == .symbol("(") {
            position += 2
            result.subtotals = subtotals
            repeat { result.grouping.append(try field()) } while take(symbol: ",")
            try expect(symbol: ")")
            guard result.grouping.count <= 3 else { throw .malformed("GROUP BY ROLLUP and CUBE take three fields at most") }
        } else {
            repeat { result.grouping.append(try field()) } while take(symbol: ",")
        }
        guard take("having") else { return }
        isHaving = true
        defer { isHaving = false }
        result.having = try condition()
    }

    private mutating func order() throws(SOQLError) -> ParsedQuery.Order {
        var aggregate: ParsedQuery.Aggregate?
        var isSubtotal = false
        let path: ParsedQuery.Path
        if following.kind == .symbol("("), isKeyword("grouping") {
            isSubtotal = true
            path = try subtotalField()
        } else if following.kind == .symbol("("), let function = aggregateFunction() {
            let written = try self.aggregate(function)
            aggregate = written
            path = written.path
        } else {
            path = try field()
        }
        var descending = false
        if take("desc") { descending = true } else { _ = take("asc") }
        var nullsFirst = !descending
        if take("nulls") {
            nullsFirst = take("first")
            if !nullsFirst { try expect("last") }
        }
        return ParsedQuery.Order(
            path: path, aggregate: aggregate, isSubtotal: isSubtotal, descending: descending, nullsFirst: nullsFirst)
    }

    mutating func count() throws(SOQLError) -> Int {
        guard case .number(let number) = current.kind, number >= 0, number == number.rounded(), number < 1e9 else { throw unexpected() }
        position += 1
        return Int(number)
    }
}
