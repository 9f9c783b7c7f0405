extension JSONValue {
    /// The document without white space.
    public var text: String {
        var bytes: [UInt8] = []
        write(into: &bytes, indent: nil)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The document with one member a line, four spaces a level, as Heroku's own exports are laid out.
    public var prettyText: String {
        var bytes: [UInt8] = []
        write(into: &bytes, indent: 0)
        return String(decoding: bytes, as: UTF8.self)
    }

    private func write(into bytes: inout [UInt8], indent: Int?) {
        switch self {
        case .null: bytes += "null".utf8
        case .bool(let value): bytes += (value ? "true" : "false").utf8
        case .number(let digits): bytes += digits.utf8
        case .string(let text): Self.write(string: text, into: &bytes)
        case .array(let elements):
            Self.write(elements, between: ("[", "]"), into: &bytes, indent: indent) { element, bytes, indent in
                element.write(into: &bytes, indent: indent)
            }
        case .object(let members):
            Self.write(members, between: ("{", "}"), into: &bytes, indent: indent) { member, bytes, indent in
                Self.write(string: member.key, into: &bytes)
                bytes += (indent == nil ? ":" : ": ").utf8
                member.value.write(into: &bytes, indent: indent)
            }
        }
    }

    private static func write<Item>(
        _ items: [Item], between brackets: (String, String), into bytes: inout [UInt8], indent: Int?,
        each: (Item, inout [UInt8], Int?) -> Void
    ) {
        bytes += brackets.0.utf8
        let inner = indent.map { $0 + 4 }
        for (position, item) in items.enumerated() {
            if position > 0 { bytes.append(UInt8(ascii: ",")) }
            breakLine(inner, into: &bytes)
            each(item, &bytes, inner)
        }
        if !items.isEmpty { breakLine(indent, into: &bytes) }
        bytes += brackets.1.utf8
    }

    private static func breakLine(_ indent: Int?, into bytes: inout [UInt8]) {
        guard let indent else { return }
        bytes.append(0x0A)
        bytes += [UInt8](repeating: 0x20, count: indent)
    }

    private static func write(string: String, into bytes: inout [UInt8]) {
        let hexadecimal = Array("0123456789abcdef".utf8)
        bytes.append(UInt8(ascii: "\""))
        for byte in string.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case 0x0A: bytes += "\\n".utf8
            case 0x0D: bytes += "\\r".utf8
            case 0x09: bytes += "\\t".utf8
            case 0..<0x20, 0x7F: bytes += "\\u00".utf8 + [hexadecimal[Int(byte >> 4)], hexadecimal[Int(byte & 15)]]
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
