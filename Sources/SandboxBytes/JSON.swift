/// A parsed JSON document. Objects keep their order: Salesforce reports the first bad field of a record.
package enum JSON: Sendable, Equatable {
    case null
    case bool(Bool)
    case number(Double, text: String)
    case string(String)
    case array([JSON])
    case object([Member])

    package struct Member: Sendable, Equatable {
        package let key: String
        package let value: JSON

        package init(key: String, value: JSON) {
            self.key = key
            self.value = value
        }
    }

    package subscript(_ key: String) -> JSON? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key == key }?.value
    }

    package var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    package var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    package var array: [JSON]? {
        if case .array(let list) = self { list } else { nil }
    }

    package var members: [Member]? {
        if case .object(let members) = self { members } else { nil }
    }

    /// Whether some text in it holds this one.
    package func contains(_ part: String) -> Bool {
        switch self {
        case .string(let text): text.contains(part)
        case .array(let list): list.contains { $0.contains(part) }
        case .object(let members): members.contains { $0.value.contains(part) }
        case .null, .bool, .number: false
        }
    }

    /// A whole number.
    package var int: Int? {
        guard case .number(let value, _) = self, value == value.rounded(), abs(value) < 9e15 else { return nil }
        return Int(value)
    }
}

/// A JSON text cannot be read.
package struct JSONError: Error {
    package let message: String
    package let line: Int
    package let column: Int
}

/// A small strict parser, bounded in depth, so that no body can overflow the stack.
package struct JSONParser {
    private let bytes: [UInt8]
    private var position = 0

    package static func parse(_ bytes: [UInt8]) throws(JSONError) -> JSON {
        var parser = JSONParser(bytes: bytes)
        parser.skipSpace()
        let value = try parser.value(depth: 0)
        parser.skipSpace()
        guard parser.position == bytes.count else { throw parser.error("Unexpected character after the end of the document") }
        return value
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private func error(_ message: String) -> JSONError {
        let before = bytes.prefix(position)
        let line = before.reduce(1) { $1 == 0x0A ? $0 + 1 : $0 }
        let column = position - (before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0) + 1
        return JSONError(message: message, line: line, column: column)
    }

    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private mutating func value(depth: Int) throws(JSONError) -> JSON {
        guard depth < 64 else { throw error("Nested too deeply") }
        guard let byte = current else { throw error("Unexpected end-of-input") }
        switch byte {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try text())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), 48...57: return try number()
        default: throw error("Unexpected character ('\(Character(Unicode.Scalar(byte)))' (code \(byte)))")
        }
    }

    private mutating func word(_ word: StaticString, _ value: JSON) throws(JSONError) -> JSON {
        let end = position + word.utf8CodeUnitCount
        let matches =
            end <= bytes.count
            && bytes[position..<end].elementsEqual(UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
        guard matches else { throw error("Unrecognized token") }
        position = end
        return value
    }

    private mutating func object(depth: Int) throws(JSONError) -> JSON {
        position += 1
        var members: [JSON.Member] = []
        skipSpace()
        if current == UInt8(ascii: "}") {
            position += 1
            return .object([])
        }
        while true {
            skipSpace()
            guard current == UInt8(ascii: "\"") else { throw error("was expecting double-quote to start field name") }
            let key = try text()
            skipSpace()
            guard current == UInt8(ascii: ":") else { throw error("was expecting a colon to separate field name and value") }
            position += 1
            skipSpace()
            members.append(JSON.Member(key: key, value: try value(depth: depth + 1)))
            skipSpace()
            if try closes(UInt8(ascii: "}")) { return .object(members) }
        }
    }

    private mutating func array(depth: Int) throws(JSONError) -> JSON {
        position += 1
        var list: [JSON] = []
        skipSpace()
        if current == UInt8(ascii: "]") {
            position += 1
            return .array([])
        }
        while true {
            skipSpace()
            list.append(try value(depth: depth + 1))
            skipSpace()
            if try closes(UInt8(ascii: "]")) { return .array(list) }
        }
    }

    private mutating func closes(_ end: UInt8) throws(JSONError) -> Bool {
        guard let byte = current else { throw error("Unexpected end-of-input") }
        guard byte == end || byte == UInt8(ascii: ",") else { throw error("was expecting comma to separate entries") }
        position += 1
        return byte == end
    }

    private mutating func number() throws(JSONError) -> JSON {
        let start = position
        if current == UInt8(ascii: "-") { position += 1 }
        guard let first = current, first >= 48, first <= 57 else { throw error("No digit following minus sign") }
        while let byte = current, (48...57).contains(byte) || byte == 0x2E || byte == 0x45 || byte == 0x65 || byte == 0x2B || byte == 0x2D {
            position += 1
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        guard let value = Double(text), value.isFinite else { throw error("Malformed numeric value '\(text)'") }
        return .number(value, text: text)
    }

    private mutating func text() throws(JSONError) -> String {
        position += 1
        let start = position
        while let byte = current, byte != 0x22, byte != 0x5C, byte >= 0x20 { position += 1 }
        if current == 0x22 {
            defer { position += 1 }
            return String(decoding: bytes[start..<position], as: UTF8.self)
        }
        var unescaped = Array(bytes[start..<position])
        while true {
            guard let byte = current else { throw error("Unexpected end-of-input in VALUE_STRING") }
            position += 1
            if byte == 0x22 { return String(decoding: unescaped, as: UTF8.self) }
            if byte == 0x5C {
                try escape(into: &unescaped)
            } else if byte < 0x20 {
                throw error("Illegal unquoted character ((CTRL-CHAR, code \(byte)))")
            } else {
                unescaped.append(byte)
            }
        }
    }

    private mutating func escape(into text: inout [UInt8]) throws(JSONError) {
        guard let byte = current else { throw error("Unexpected end-of-input in character escape sequence") }
        position += 1
        switch byte {
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case 0x22, 0x5C, UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "u"):
            var scalar = try hexadecimal()
            if (0xD800..<0xDC00).contains(scalar), current == 0x5C, position + 1 < bytes.count, bytes[position + 1] == UInt8(ascii: "u") {
                position += 2
                let low = try hexadecimal()
                if (0xDC00..<0xE000).contains(low) { scalar = 0x10000 + (scalar - 0xD800) << 10 + (low - 0xDC00) }
            }
            text.append(contentsOf: String(Unicode.Scalar(scalar) ?? "\u{FFFD}").utf8)
        default: throw error("Unrecognized character escape")
        }
    }

    private mutating func hexadecimal() throws(JSONError) -> UInt32 {
        guard position + 4 <= bytes.count, let value = UInt32(String(decoding: bytes[position..<(position + 4)], as: UTF8.self), radix: 16)
        else { throw error("expected a hex-digit for character escape sequence") }
        position += 4
        return value
    }
}
