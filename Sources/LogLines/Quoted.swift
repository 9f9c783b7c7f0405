/// Names and values such that a reader of lines takes them for what they are.
enum Quoted {
    /// A value for logfmt: as it is, or in quotes where it would not end by itself.
    static func logfmt(_ text: String) -> String {
        let isPlain = !text.isEmpty && text.unicodeScalars.allSatisfy { $0 != " " && $0 != "=" && $0 != "\"" && $0 != "\\" && !breaks($0) }
        return isPlain ? text : quoted(text)
    }

    /// A key for logfmt, which has no quotes for keys; one of the line's own names gets a dash behind it.
    static func key(_ text: String, besides taken: Set<String>) -> String {
        let scalars = text.unicodeScalars.map { scalar -> Character in
            scalar == " " || scalar == "=" || scalar == "\"" || breaks(scalar) ? "_" : Character(scalar)
        }
        let key = scalars.isEmpty ? "_" : String(scalars)
        return taken.contains(key) ? key + "_" : key
    }

    /// A text for people that stays on its line.
    static func flattened(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: breaks) else { return text }
        return text.unicodeScalars.map { breaks($0) ? escaped($0) : String($0) }.joined()
    }

    /// A JSON string.
    static func json(_ text: String) -> String { quoted(text) }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case _ where breaks(scalar): result += escaped(scalar)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    /// Whether some reader ends a line here, or a terminal does more than show it.
    private static func breaks(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value) || scalar.value == 0x2028 || scalar.value == 0x2029
            || (0x202a...0x202e).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
    }

    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\n": return "\\n"
        case "\r": return "\\r"
        case "\t": return "\\t"
        default:
            let digits = String(scalar.value, radix: 16)
            return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
    }
}
