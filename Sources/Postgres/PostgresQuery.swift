/// A statement and its parameters, written as one string: plain interpolation makes a parameter, never SQL text.
///
///     "UPDATE \(identifier: schema, table) SET name = \(name) WHERE id = \(id)"
public struct PostgresQuery: ExpressibleByStringInterpolation, Sendable {
    /// The SQL text with `$1`, `$2` … where values stand.
    public let sql: String
    /// The values in order, in Postgres' text form; nil is NULL.
    public let parameters: [String?]
    /// Whether the session should keep the statement prepared: for hot statements whose text never varies.
    public private(set) var isPrepared = false

    /// A statement of fixed text.
    public init(stringLiteral value: String) {
        sql = value
        parameters = []
    }

    /// A statement assembled from interpolation.
    public init(stringInterpolation: Interpolation) {
        sql = stringInterpolation.sql
        parameters = stringInterpolation.parameters
    }

    /// A statement from text that is already SQL, with its parameters in text form.
    public init(sql: String, parameters: [String?] = []) {
        self.sql = sql
        self.parameters = parameters
    }

    /// The same statement, kept prepared by each session that runs it.
    public func prepared() -> PostgresQuery {
        var copy = self
        copy.isPrepared = true
        return copy
    }

    /// A literal statement, kept prepared by each session that runs it.
    public static func prepared(_ query: PostgresQuery) -> PostgresQuery { query.prepared() }

    /// Collects SQL text and parameters.
    public struct Interpolation: StringInterpolationProtocol {
        var sql = ""
        var parameters: [String?] = []

        /// Makes room for the text.
        public init(literalCapacity: Int, interpolationCount: Int) {
            sql.reserveCapacity(literalCapacity + interpolationCount * 3)
        }

        /// Adds SQL text.
        public mutating func appendLiteral(_ literal: String) { sql += literal }

        /// Adds a value as a parameter.
        public mutating func appendInterpolation(_ value: (some PostgresEncodable)?) {
            parameters.append(value?.postgresText)
            sql += "$\(parameters.count)"
        }

        /// Adds quoted identifiers joined by dots: `"schema"."table"`.
        public mutating func appendInterpolation(identifier parts: String...) {
            sql += parts.map(PostgresText.quoteIdentifier).joined(separator: ".")
        }

        /// Adds quoted identifiers separated by commas, for column lists.
        public mutating func appendInterpolation(identifiers names: [String]) {
            sql += names.map(PostgresText.quoteIdentifier).joined(separator: ", ")
        }

        /// Adds a quoted literal, where a statement takes no parameters (DDL).
        public mutating func appendInterpolation(literal value: String) { sql += PostgresText.quoteLiteral(value) }

        /// Adds text that is already SQL. It must never hold what somebody outside the code wrote.
        public mutating func appendInterpolation(raw text: String) { sql += text }

        /// Adds an array parameter whose elements may be NULL, from their text forms.
        public mutating func appendInterpolation(nullable elements: [String?]) {
            appendInterpolation(Optional(PostgresText.array(elements)))
        }

        /// Adds another statement with its parameters renumbered.
        public mutating func appendInterpolation(fragment: PostgresQuery) {
            guard !fragment.parameters.isEmpty else {
                sql += fragment.sql
                return
            }
            var characters = fragment.sql[...]
            while let dollar = characters.firstIndex(of: "$") {
                sql += characters[..<dollar]
                let digits = characters[characters.index(after: dollar)...].prefix { $0.isASCII && $0.isNumber }
                if let number = Int(digits) {
                    sql += "$\(number + parameters.count)"
                } else {
                    sql += "$"
                }
                characters = characters[digits.endIndex...]
            }
            sql += characters
            parameters += fragment.parameters
        }
    }
}
