/// The one place where text becomes SQL: quoting of identifiers and literals, and the array notation.
public enum PostgresText {
    /// An identifier in double quotes, with quotes doubled and NUL removed (Postgres cannot hold it).
    public static func quoteIdentifier(_ name: String) -> String {
        "\"" + escape(name, quote: "\"") + "\""
    }

    /// A string literal; uses the `E''` form when it holds a backslash, so that `standard_conforming_strings` does not matter.
    public static func quoteLiteral(_ value: String) -> String {
        let escaped = escape(value, quote: "'")
        guard escaped.utf8.contains(UInt8(ascii: "\\")) else { return "'\(escaped)'" }
        return "E'" + escape(escaped, quote: "\\") + "'"
    }

    /// A one-dimensional array in Postgres' text form; nil elements are NULL.
    public static func array(_ elements: some Sequence<String?>) -> String {
        // By bytes: a batch of jobs sends thousands of elements, and appending to a String one character at a time costs more than the
        // statement. No byte of a longer character is a quote or a backslash.
        var text: [UInt8] = [UInt8(ascii: "{")]
        for element in elements {
            if text.count > 1 { text.append(UInt8(ascii: ",")) }
            guard var element else {
                text.append(contentsOf: "NULL".utf8)
                continue
            }
            text.append(UInt8(ascii: "\""))
            element.withUTF8 { bytes in
                for byte in bytes where byte != 0 {
                    if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { text.append(UInt8(ascii: "\\")) }
                    text.append(byte)
                }
            }
            text.append(UInt8(ascii: "\""))
        }
        text.append(UInt8(ascii: "}"))
        return String(decoding: text, as: UTF8.self)
    }

    /// Doubles `quote`. By scalars: to Swift a quote with a combining accent is another `Character`, to Postgres it is a quote.
    private static func escape(_ text: String, quote: Unicode.Scalar) -> String {
        var escaped = String.UnicodeScalarView()
        for scalar in text.unicodeScalars where scalar != "\0" {
            if scalar == quote { escaped.append(quote) }
            escaped.append(scalar)
        }
        return String(escaped)
    }
}
