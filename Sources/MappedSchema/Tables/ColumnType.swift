import Postgres

/// The Postgres type of a mapped column, after the table in heroku-connect.md 2.3 (read in public dumps of real Heroku Connect schemas).
public enum ColumnType: Codable, Sendable, Equatable {
    /// `varchar(n)`.
    case varchar(Int)
    /// `text`.
    case text
    /// `integer`.
    case integer
    /// `double precision`.
    case double
    /// `boolean`.
    case boolean
    /// `date`.
    case date
    /// `timestamp without time zone`, in UTC.
    case timestamp
    /// `time without time zone`.
    case time
    /// `numeric`, in place of `double` where somebody asked for it.
    case numeric
    /// `timestamp with time zone`, in place of `timestamp` where somebody asked for it.
    case timestamptz

    /// Longest string that Heroku Connect keeps as `varchar(n)`; longer text areas become `text`.
    package static let longestVarchar = 8000

    /// The type as SQL spells it and as `format_type` prints it.
    public var sql: String {
        switch self {
        case .varchar(let length): "character varying(\(length))"
        case .text: "text"
        case .integer: "integer"
        case .double: "double precision"
        case .boolean: "boolean"
        case .date: "date"
        case .timestamp: "timestamp without time zone"
        case .time: "time without time zone"
        case .numeric: "numeric"
        case .timestamptz: "timestamp with time zone"
        }
    }

    /// The column type of a Salesforce field; nil for compound and binary fields, which only their components or another API can carry.
    ///
    /// - Parameters:
    ///   - salesforceType: `type` of the describe, lower-case.
    ///   - length: `length` of the describe.
    public static func of(salesforceType: String, length: Int) -> ColumnType? {
        switch salesforceType {
        case "id", "reference": .varchar(18)
        case "boolean": .boolean
        case "int", "long": .integer
        case "double", "currency", "percent": .double
        case "date": .date
        case "datetime": .timestamp
        case "time": .time
        case "address", "location", "base64", "complexvalue": nil
        case "picklist", "combobox": .varchar(max(length, 255))
        case "multipicklist": .varchar(4099)
        case "encryptedstring": .varchar(max(length, 175))
        case "anytype", "json": .text
        default: length > 0 && length <= longestVarchar ? .varchar(length) : .text
        }
    }

    /// Whether a column of this type can hold every value of one of the other type, so that it need not change.
    package func holds(_ other: ColumnType) -> Bool {
        switch (self, other) {
        case (.varchar(let mine), .varchar(let theirs)): mine >= theirs
        case (.text, .varchar), (.numeric, .double), (.numeric, .integer), (.timestamptz, .timestamp): true
        default: self == other
        }
    }

    /// Whether a column of this type may become one of the other: Postgres widens texts without looking at the rows, and writes the table anew for numbers
    /// and times, whose values mean the same in either type.
    package func canWiden(to other: ColumnType) -> Bool {
        switch (self, other) {
        case (.varchar(let mine), .varchar(let theirs)): mine < theirs
        case (.varchar, .text): true
        case (.double, .numeric), (.integer, .numeric), (.timestamp, .timestamptz): true
        default: false
        }
    }

    /// What follows ALTER COLUMN … TYPE: times of mapped tables are UTC.
    package func alteration(of column: String, from other: ColumnType) -> String {
        self == .timestamptz && other == .timestamp ? "\(sql) USING \(PostgresText.quoteIdentifier(column)) AT TIME ZONE 'UTC'" : sql
    }

    /// Whether values are numbers.
    package var isNumber: Bool { self == .integer || self == .double || self == .numeric }
}

extension ColumnType {
    /// Reads `format_type`'s spelling; nil for types that no mapped column has.
    package init?(sql: String) {
        switch sql {
        case "text", "character varying": self = .text
        case "integer": self = .integer
        case "double precision": self = .double
        case "boolean": self = .boolean
        case "date": self = .date
        case "timestamp without time zone": self = .timestamp
        case "time without time zone": self = .time
        case "numeric": self = .numeric
        case "timestamp with time zone": self = .timestamptz
        default:
            guard sql.hasPrefix("character varying("), sql.hasSuffix(")"),
                let length = Int(sql.dropFirst("character varying(".count).dropLast())
            else { return nil }
            self = .varchar(length)
        }
    }
}
