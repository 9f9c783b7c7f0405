public import Foundation

/// A type that can be read from Postgres' text form of a column.
public protocol PostgresDecodable {
    /// Reads the text of a column that is not NULL.
    ///
    /// - Returns: nil when the text is not of this type.
    static func decode(postgresText text: UnsafeBufferPointer<UInt8>) -> Self?
}

extension String: PostgresDecodable {
    /// The text itself.
    public static func decode(postgresText text: UnsafeBufferPointer<UInt8>) -> String? { String(decoding: text, as: UTF8.self) }
}

extension PostgresDecodable where Self: FixedWidthInteger {
    /// Decimal digits with an optional sign.
    public static func decode(postgresText text: UnsafeBufferPointer<UInt8>) -> Self? {
        Self(String(decoding: text, as: UTF8.self))
    }
}

extension Int: PostgresDecodable {}
extension Int16: PostgresDecodable {}
extension Int32: PostgresDecodable {}
extension Int64: PostgresDecodable {}

extension Double: PostgresDecodable {
    /// A float8 or numeric.
    public static func decode(postgresText text: UnsafeBufferPointer<UInt8>) -> Double? { Double(String(decoding: text, as: UTF8.self)) }
}

extension Bool: PostgresDecodable {
    /// `t` or `f`.
    public static func decode(postgresText text: UnsafeBufferPointer<UInt8>) -> Bool? {
        guard text.count == 1 else { return nil }
        switch text[0] {
        case UInt8(ascii: "t"): return true
        case UInt8(ascii: "f"): return false
        default: return nil
        }
    }
}

extension UUID: PostgresDecodable {
    /// Hexadecimal with hyphens.
    public static func decode(postgresText text: UnsafeBufferPointer<UInt8>) -> UUID? {
        UUID(uuidString: String(decoding: text, as: UTF8.self))
    }
}

extension Date: PostgresDecodable {
    /// A timestamp; one without a zone is read as UTC.
    public static func decode(postgresText text: UnsafeBufferPointer<UInt8>) -> Date? {
        PostgresTimestamp.date(String(decoding: text, as: UTF8.self))
    }
}

extension Array: PostgresDecodable where Element: PostgresDecodable {
    /// A one-dimensional array; one with NULL elements or more dimensions is refused.
    public static func decode(postgresText text: UnsafeBufferPointer<UInt8>) -> [Element]? {
        guard text.first == UInt8(ascii: "{"), text.last == UInt8(ascii: "}") else { return nil }
        var elements: [Element] = []
        var index = 1
        while index < text.count - 1 {
            var element: [UInt8] = []
            if text[index] == UInt8(ascii: "\"") {
                index += 1
                while index < text.count, text[index] != UInt8(ascii: "\"") {
                    if text[index] == UInt8(ascii: "\\") { index += 1 }
                    guard index < text.count else { return nil }
                    element.append(text[index])
                    index += 1
                }
                index += 1
            } else {
                while index < text.count - 1, text[index] != UInt8(ascii: ",") {
                    element.append(text[index])
                    index += 1
                }
                // A text that reads NULL or begins with a brace would stand in quotes.
                if element.first == UInt8(ascii: "{") || element.elementsEqual("NULL".utf8) { return nil }
            }
            guard let value = element.withUnsafeBufferPointer({ Element.decode(postgresText: $0) }) else { return nil }
            elements.append(value)
            index += 1
        }
        return elements
    }
}
