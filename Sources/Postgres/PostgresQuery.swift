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
    /// What is set while the statement is planned and runs, and not after it.
    private(set) var settings: [String: String] = [:]
    /// Where `$1`, `$2` … stand in the text, in bytes; nil for text given as SQL, which is searched when it becomes a fragment.
    private var placeholders: [Int]? = []

    /// A statement of fixed text.
    public init(stringLiteral value: String) {
        sql = value
        parameters = []
    }

    /// A statement assembled from interpolation.
    public init(stringInterpolation: Interpolation) {
        sql = stringInterpolation.sql
        parameters = stringInterpolation.parameters
        placeholders = stringInterpolation.placeholders
    }

    /// A statement from text that is already SQL, with its parameters in text form.
    public init(sql: String, parameters: [String?] = []) {
        self.sql = sql
        self.parameters = parameters
        placeholders = parameters.isEmpty ? [] : nil
    }

    /// The same statement, kept prepared by each session that runs it.
    public func prepared() -> PostgresQuery {
        var copy = self
        copy.isPrepared = true
        return copy
    }

    /// The same statement, planned and run with settings of its own: `["enable_seqscan": "off"]`. Inside a transaction they stay until its end.
    public func planned(with settings: [String: String]) -> PostgresQuery {
        var copy = self
        copy.settings = settings
        return copy
    }

    /// A literal statement, kept prepared by each session that runs it.
    public static func prepared(_ query: PostgresQuery) -> PostgresQuery { query.prepared() }

    /// Collects SQL text and parameters.
    public struct Interpolation: StringInterpolationProtocol {
        var sql = ""
        var parameters: [String?] = []
        var placeholders: [Int] = []

        /// Makes room for the text.
        public init(literalCapacity: Int, interpolationCount: Int) {
            sql.reserveCapacity(literalCapacity + interpolationCount * 3)
        }

        /// Adds SQL text.
        public mutating func appendLiteral(_ literal: String) { sql += literal }

        /// Adds a value as a parameter.
        public mutating func appendInterpolation(_ value: (some PostgresEncodable)?) {
            parameters.append(value?.postgresText)
            appendPlaceholder(parameters.count)
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
            let text = Array(fragment.sql.utf8)
            let offset = parameters.count
            var copied = 0
            for placeholder in fragment.placeholders ?? Self.findPlaceholders(text) {
                let digits = text[(placeholder + 1)...].prefix(while: Self.isDigit)
                guard let number = Int(String(decoding: digits, as: UTF8.self)) else { continue }
                sql += String(decoding: text[copied..<placeholder], as: UTF8.self)
                appendPlaceholder(number + offset)
                copied = digits.endIndex
            }
            sql += String(decoding: text[copied...], as: UTF8.self)
            parameters += fragment.parameters
        }

        private mutating func appendPlaceholder(_ number: Int) {
            placeholders.append(sql.utf8.count)
            sql += "$\(number)"
        }

        private static func findPlaceholders(_ text: [UInt8]) -> [Int] {
            text.indices.filter { text[$0] == UInt8(ascii: "$") && $0 + 1 < text.count && isDigit(text[$0 + 1]) }
        }

        private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
    }
}
