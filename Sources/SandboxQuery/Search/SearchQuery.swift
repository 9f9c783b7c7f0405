package import SandboxData

/// A SOSL statement, `FIND {term} IN NAME FIELDS RETURNING Account(Id, Name WHERE … LIMIT 5), Contact LIMIT 20`, or the same as parameters.
package struct SearchQuery: Sendable {
    package enum Group: String, Sendable {
        case all, name, email, phone, sidebar
    }

    /// What is wanted of one object: a query whose rows must match the term as well.
    package struct Returning: Sendable {
        package let plan: QueryPlan

        package init(plan: QueryPlan) {
            self.plan = plan
        }
    }

    package let term: SearchTerm
    package let group: Group
    package let returning: [Returning]
    package let limit: Int

    package init(term: SearchTerm, group: Group, returning: [Returning], limit: Int) {
        self.term = term
        self.group = group
        self.returning = returning
        self.limit = limit
    }

    package static let maximumLimit = 2000

    package static func parse(_ text: String, schema: OrgSchema, now: Int64) throws(SOQLError) -> SearchQuery {
        let (term, rest) = try find(text)
        var parser = SearchParser(text: rest, tokens: try SOQLLexer.tokens(rest))
        let group = try parser.group()
        var returning: [Returning] = []
        for query in try parser.returning() {
            returning.append(Returning(plan: try QueryPlan.make(query, schema: schema, includesDeleted: false, now: now)))
        }
        let limit = try parser.limit()
        return SearchQuery(
            term: try SearchTerm(term), group: group, returning: try returning.isEmpty ? everything(schema, now: now) : returning,
            limit: min(limit ?? maximumLimit, maximumLimit))
    }

    /// The ids of every object that has a name.
    package static func everything(_ schema: OrgSchema, now: Int64) throws(SOQLError) -> [Returning] {
        var all: [Returning] = []
        for object in schema.objects where object.fields.contains(where: { $0.document.nameField ?? false }) {
            let query = "SELECT Id FROM \(object.name)"
            all.append(Returning(plan: try QueryPlan.make(query, schema: schema, includesDeleted: false, now: now)))
        }
        return all
    }

    /// `FIND {…}`: the term, and what stands behind it.
    private static func find(_ text: String) throws(SOQLError) -> (term: String, rest: String) {
        let trimmed = text.drop { $0.isWhitespace }
        guard trimmed.prefix(4).lowercased() == "find" else { throw .malformed("unexpected token: \(trimmed.prefix(20)): expected FIND") }
        let rest = trimmed.dropFirst(4).drop { $0.isWhitespace }
        guard rest.first == "{" else { throw .malformed("expecting a left brace, found '\(rest.prefix(1))'") }
        var term = ""
        var isEscaped = false
        for index in rest.indices.dropFirst() {
            let character = rest[index]
            if isEscaped {
                term.append(character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character == "}" {
                return (term, String(rest[rest.index(after: index)...]))
            } else {
                term.append(character)
            }
        }
        throw .malformed("the search term is not closed: expected a right brace")
    }
}

/// What stands behind the term of a SOSL statement.
private struct SearchParser {
    let text: String
    let tokens: [SOQLToken]
    var position = 0

    private var current: SOQLToken { tokens[min(position, tokens.count - 1)] }

    private func unexpected() -> SOQLError {
        .at(current.offset, in: text, code: "MALFORMED_SEARCH", "unexpected token: '\(current.text)'")
    }

    private mutating func take(_ word: String) -> Bool {
        guard case .name(let name) = current.kind, name.lowercased() == word else { return false }
        position += 1
        return true
    }

    private mutating func name() throws(SOQLError) -> String {
        guard case .name(let name) = current.kind else { throw unexpected() }
        position += 1
        return name
    }

    mutating func group() throws(SOQLError) -> SearchQuery.Group {
        guard take("in") else { return .all }
        guard let group = SearchQuery.Group(rawValue: try name().lowercased()), take("fields") else { throw unexpected() }
        return group
    }

    /// A query for each object: `Account(Id, Name WHERE …)` means `SELECT Id, Name FROM Account WHERE …`.
    mutating func returning() throws(SOQLError) -> [String] {
        guard take("returning") else { return [] }
        var queries: [String] = []
        repeat {
            let object = try name()
            guard current.kind == .symbol("(") else {
                queries.append("SELECT Id FROM \(object)")
                continue
            }
            position += 1
            let start = current.offset
            var depth = 1
            var split: Int?
            while depth > 0 {
                switch current.kind {
                case .end: throw unexpected()
                case .symbol("("): depth += 1
                case .symbol(")"): depth -= 1
                case .name(let word)
                where depth == 1 && split == nil && ["where", "order", "limit", "offset", "using"].contains(word.lowercased()):
                    split = current.offset
                default: break
                }
                position += 1
            }
            let end = tokens[position - 1].offset
            let bytes = Array(text.utf8)
            let fields = String(decoding: bytes[start..<(split ?? end)], as: UTF8.self)
            queries.append("SELECT \(fields) FROM \(object) \(split.map { String(decoding: bytes[$0..<end], as: UTF8.self) } ?? "")")
        } while takeComma()
        return queries
    }

    private mutating func takeComma() -> Bool {
        guard current.kind == .symbol(",") else { return false }
        position += 1
        return true
    }

    mutating func limit() throws(SOQLError) -> Int? {
        var limit: Int?
        if take("limit") {
            guard case .number(let number) = current.kind, number >= 1, number == number.rounded(), number < 1e9 else { throw unexpected() }
            position += 1
            limit = Int(number)
        }
        guard current.kind == .end else { throw unexpected() }
        return limit
    }
}
