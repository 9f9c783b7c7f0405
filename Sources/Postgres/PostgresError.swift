import ForeignText

/// What went wrong between this process and Postgres.
public struct PostgresError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure; `sqlState` says more when the server spoke.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The code's name as it appears in messages.
        public let description: String
        /// The connection string or a setting cannot be used.
        public static let configuration = Code(description: "configuration")
        /// No connection could be opened.
        public static let connectionFailed = Code(description: "connection failed")
        /// An open connection was lost; whether the statement took effect is unknown.
        public static let connectionLost = Code(description: "connection lost")
        /// A statement or wait took longer than allowed and was cancelled.
        public static let timedOut = Code(description: "timed out")
        /// The task that asked was cancelled.
        public static let cancelled = Code(description: "cancelled")
        /// No connection of the pool became free in time.
        public static let poolExhausted = Code(description: "pool exhausted")
        /// The pool or connection was closed.
        public static let closed = Code(description: "closed")
        /// The server refused the statement; see `sqlState`.
        public static let server = Code(description: "server error")
        /// A column was missing, NULL or not of the type asked for.
        public static let decoding = Code(description: "decoding")
        /// A migration that was applied has been edited since, or the database is newer than this program.
        public static let migration = Code(description: "migration")
    }

    /// The kind of failure.
    public let code: Code
    /// The primary message, in the server's own words where it spoke.
    public let message: String
    /// Five characters by the SQL standard, when the server spoke.
    public internal(set) var sqlState: String?
    /// The server's DETAIL line.
    public internal(set) var detail: String?
    /// The server's HINT line.
    public internal(set) var hint: String?
    /// Where in the server it happened: a COPY line, a function.
    public internal(set) var context: String?
    /// The table the server named.
    public internal(set) var table: String?
    /// The column the server named.
    public internal(set) var column: String?
    /// The constraint the server named.
    public internal(set) var constraint: String?

    /// An error of this process's own.
    public init(code: Code, message: String, sqlState: String? = nil) {
        self.code = code
        self.message = String(foreign: message)
        self.sqlState = sqlState
    }

    /// Whether the same call may succeed later with nothing changed: lost connections, time-outs, deadlocks, serialization failures,
    /// a server that is starting, stopping or short of resources.
    public var isRetryable: Bool {
        switch code {
        case .connectionFailed, .connectionLost, .timedOut, .poolExhausted: return true
        case .server:
            guard let sqlState else { return false }
            if ["40001", "40P01", "55P03", "57014", "57P01", "57P02", "57P03", "25P03"].contains(sqlState) { return true }
            return sqlState.hasPrefix("08") || sqlState.hasPrefix("53")
        default: return false
        }
    }

    /// Whether the SQLSTATE's class is none of Postgres' own: somebody's function raised it, by an ERRCODE of their choice.
    /// Source: Postgres, appendix A, Error Codes.
    public var isOfForeignClass: Bool { sqlState.map { !Self.serverClasses.contains($0.prefix(2)) } ?? false }

    private static let serverClasses: Set<Substring> = [
        "00", "01", "02", "03", "08", "09", "0A", "0B", "0F", "0L", "0P", "0Z", "20", "21", "22", "23", "24", "25", "26", "27", "28", "2B",
        "2D", "2F", "34", "38", "39", "3B", "3D", "3F", "40", "42", "44", "53", "54", "55", "57", "58", "72", "F0", "HV", "P0", "XX",
    ]

    /// Code, SQLSTATE, message and the server's extra lines, on one line.
    public var description: String {
        var text = "postgres \(code)"
        if let sqlState { text += " [\(sqlState)]" }
        text += ": \(message)"
        if let detail { text += " (\(detail))" }
        if let hint { text += " hint: \(hint)" }
        if let context { text += " at: \(context.split(separator: "\n").first ?? "")" }
        return String(foreign: text)
    }
}

extension PostgresError {
    /// SQLSTATE of a unique violation.
    public static let uniqueViolation = "23505"
    /// SQLSTATE of work in a transaction in which a statement has failed.
    public static let failedTransaction = "25P02"
    /// SQLSTATE of a statement that was cancelled, and of a COPY whose client gave up.
    public static let queryCanceled = "57014"
    /// SQLSTATE of a missing table.
    public static let undefinedTable = "42P01"
    /// SQLSTATE of a missing column.
    public static let undefinedColumn = "42703"
    /// SQLSTATE of a missing schema.
    public static let undefinedSchema = "3F000"
    /// SQLSTATE of a missing database.
    public static let undefinedDatabase = "3D000"
}
