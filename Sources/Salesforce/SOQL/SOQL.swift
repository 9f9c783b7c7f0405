public import FoundationEssentials

/// The one place where names and values become SOQL text.
public enum SOQL {
    /// A name of an object or a field, or a path of names such as `Account.Owner.Name`; anything else is refused.
    public static func identifier(_ name: String) throws(SalesforceError) -> String {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        let isValid = parts.allSatisfy { part in
            guard let first = part.utf8.first, isLetter(first) else { return false }
            return part.utf8.allSatisfy { isLetter($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "_") }
        }
        guard isValid, name.utf8.count <= 255 else {
            throw .invalidRequest("\"\(name.prefix(80))\" is not the name of an object or field: expected letters, digits, _ and .")
        }
        return name
    }

    /// A text in single quotes, escaped.
    public static func literal(_ text: String) -> String {
        var escaped: [UInt8] = [UInt8(ascii: "'")]
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "'"), UInt8(ascii: "\\"): escaped += [UInt8(ascii: "\\"), byte]
            case 0x0A: escaped += Array(#"\n"#.utf8)
            case 0x0D: escaped += Array(#"\r"#.utf8)
            case 0x09: escaped += Array(#"\t"#.utf8)
            case 0x08: escaped += Array(#"\b"#.utf8)
            case 0x0C: escaped += Array(#"\f"#.utf8)
            case 0..<0x20: escaped += Array((#"\u00"# + (byte < 16 ? "0" : "") + String(byte, radix: 16)).utf8)
            default: escaped.append(byte)
            }
        }
        escaped.append(UInt8(ascii: "'"))
        return String(decoding: escaped, as: UTF8.self)
    }

    /// A moment, which SOQL wants without quotes.
    public static func literal(_ date: Date) -> String {
        SalesforceDate.text(date)
    }

    /// An id in quotes.
    public static func literal(_ id: SalesforceID) -> String {
        literal(id.text)
    }

    /// Values for `IN`, in parentheses.
    public static func list(_ texts: some Sequence<String>) -> String {
        "(" + texts.map { literal($0) }.joined(separator: ",") + ")"
    }

    /// `SELECT fields FROM object`, to which the caller adds a condition made of the pieces above.
    public static func select(_ fields: [String], from object: String) throws(SalesforceError) -> String {
        guard !fields.isEmpty else { throw .invalidRequest("a query needs at least one field") }
        var names: [String] = []
        for field in fields { names.append(try identifier(field)) }
        return "SELECT " + names.joined(separator: ",") + " FROM " + (try identifier(object))
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}
