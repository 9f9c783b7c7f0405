/// JSON's string escapes, both ways, on bytes.
public enum JSONText {
    /// Appends the UTF-8 of a JSON string's inside. `\u0000` is dropped, for Postgres text cannot hold it; half a surrogate pair
    /// becomes U+FFFD. The scanner has checked the escapes; what is malformed in spite of that is left out.
    public static func appendUnescaped(_ raw: UnsafeBufferPointer<UInt8>, to output: inout [UInt8]) {
        var index = 0
        while index < raw.count {
            let start = index
            while index < raw.count, raw[index] != UInt8(ascii: "\\") { index += 1 }
            output.append(contentsOf: UnsafeBufferPointer(rebasing: raw[start..<index]))
            guard index + 1 < raw.count else { return }
            let escape = raw[index + 1]
            index += 2
            switch escape {
            case UInt8(ascii: "n"): output.append(0x0A)
            case UInt8(ascii: "r"): output.append(0x0D)
            case UInt8(ascii: "t"): output.append(0x09)
            case UInt8(ascii: "b"): output.append(0x08)
            case UInt8(ascii: "f"): output.append(0x0C)
            case UInt8(ascii: "u"): appendUnicodeEscape(raw, &index, to: &output)
            default: output.append(escape)
            }
        }
    }

    /// Appends a JSON string with its quotes.
    public static func appendQuoted(_ text: String, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                output.append(UInt8(ascii: "\\"))
                output.append(byte)
            case 0x0A: output.append(contentsOf: #"\n"#.utf8)
            case 0x0D: output.append(contentsOf: #"\r"#.utf8)
            case 0x09: output.append(contentsOf: #"\t"#.utf8)
            case 0..<0x20:
                output.append(contentsOf: (#"\u00"# + (byte < 16 ? "0" : "")).utf8)
                output.append(contentsOf: String(byte, radix: 16).utf8)
            default: output.append(byte)
            }
        }
        output.append(UInt8(ascii: "\""))
    }

    /// Stands behind `\u`.
    private static func appendUnicodeEscape(_ raw: UnsafeBufferPointer<UInt8>, _ index: inout Int, to output: inout [UInt8]) {
        guard let first = hex4(raw, at: index) else { return }
        index += 4
        var scalar = first
        if (0xD800..<0xDC00).contains(first) {
            if index + 1 < raw.count, raw[index] == UInt8(ascii: "\\"), raw[index + 1] == UInt8(ascii: "u"),
                let second = hex4(raw, at: index + 2), (0xDC00..<0xE000).contains(second)
            {
                index += 6
                scalar = 0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)
            } else {
                scalar = 0xFFFD
            }
        } else if (0xDC00..<0xE000).contains(first) {
            scalar = 0xFFFD
        }
        appendUTF8(scalar, to: &output)
    }

    static func hex4(_ raw: UnsafeBufferPointer<UInt8>, at index: Int) -> UInt32? {
        guard index + 4 <= raw.count else { return nil }
        var value: UInt32 = 0
        for position in index..<index + 4 {
            let byte = raw[position]
            switch byte {
            case 0x30...0x39: value = value << 4 | UInt32(byte - 0x30)
            case 0x41...0x46: value = value << 4 | UInt32(byte - 0x37)
            case 0x61...0x66: value = value << 4 | UInt32(byte - 0x57)
            default: return nil
            }
        }
        return value
    }

    private static func appendUTF8(_ scalar: UInt32, to output: inout [UInt8]) {
        switch scalar {
        case 0: break
        case ..<0x80: output.append(UInt8(scalar))
        case ..<0x800:
            output.append(UInt8(0xC0 | scalar >> 6))
            output.append(UInt8(0x80 | scalar & 0x3F))
        case ..<0x10000:
            output.append(UInt8(0xE0 | scalar >> 12))
            output.append(UInt8(0x80 | scalar >> 6 & 0x3F))
            output.append(UInt8(0x80 | scalar & 0x3F))
        default:
            output.append(UInt8(0xF0 | scalar >> 18))
            output.append(UInt8(0x80 | scalar >> 12 & 0x3F))
            output.append(UInt8(0x80 | scalar >> 6 & 0x3F))
            output.append(UInt8(0x80 | scalar & 0x3F))
        }
    }
}
