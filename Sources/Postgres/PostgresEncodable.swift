public import Foundation

/// A value that can be sent as a parameter, in Postgres' text form.
public protocol PostgresEncodable: Sendable {
    /// The value as Postgres reads it; nil is NULL.
    var postgresText: String? { get }
}

extension String: PostgresEncodable {
    /// The text itself, without NUL characters, which Postgres cannot hold.
    public var postgresText: String? { utf8.contains(0) ? String(unicodeScalars.filter { $0 != "\0" }) : self }
}

extension Int: PostgresEncodable {
    /// Decimal digits.
    public var postgresText: String? { String(self) }
}

extension Int16: PostgresEncodable {
    /// Decimal digits.
    public var postgresText: String? { String(self) }
}

extension Int32: PostgresEncodable {
    /// Decimal digits.
    public var postgresText: String? { String(self) }
}

extension Int64: PostgresEncodable {
    /// Decimal digits.
    public var postgresText: String? { String(self) }
}

extension Double: PostgresEncodable {
    /// Shortest decimal that reads back as the same value.
    public var postgresText: String? { String(self) }
}

extension Bool: PostgresEncodable {
    /// `true` or `false`.
    public var postgresText: String? { self ? "true" : "false" }
}

extension UUID: PostgresEncodable {
    /// Lower-case hexadecimal with hyphens, as Postgres prints it.
    public var postgresText: String? { uuidString.lowercased() }
}

extension Date: PostgresEncodable {
    /// Microseconds since 1970 as a UTC timestamp.
    public var postgresText: String? { PostgresTimestamp.text(self) }
}

extension Duration: PostgresEncodable {
    /// An interval in microseconds.
    public var postgresText: String? {
        let (seconds, attoseconds) = components
        return "\(seconds * 1_000_000 + attoseconds / 1_000_000_000_000) microseconds"
    }
}

extension Array: PostgresEncodable where Element: PostgresEncodable {
    /// The array notation of Postgres.
    public var postgresText: String? { PostgresText.array(lazy.map(\.postgresText)) }
}

extension Optional: PostgresEncodable where Wrapped: PostgresEncodable {
    /// The value's text, or NULL.
    public var postgresText: String? { flatMap(\.postgresText) }
}

/// A value sent as JSON.
public struct PostgresJSON<Value: Encodable & Sendable>: PostgresEncodable {
    /// The document in text form.
    public let postgresText: String?

    /// Encodes with sorted keys, so that equal values give equal text.
    public init(_ value: Value) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        postgresText = String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}
