import SandboxBytes
import SandboxData

/// One word of a query and where it stood.
struct SOQLToken: Sendable, Equatable {
    enum Kind: Sendable, Equatable {
        /// A name, with dots when it is a path; keywords are names too, told apart by the parser.
        case name(String)
        case string(String)
        case number(Double)
        case date(Int)
        case datetime(Int64)
        /// `=`, `!=`, `<`, `<=`, `>`, `>=`, `(`, `)`, `,`
        case symbol(String)
        case end
    }

    let kind: Kind
    let offset: Int
    /// As it was written, for messages.
    let text: String
}

/// Cuts a query into tokens.
struct SOQLLexer {
    private let query: String
    private let bytes: [UInt8]
    private var position = 0

    static func tokens(_ query: String) throws(SOQLError) -> [SOQLToken] {
        var lexer = SOQLLexer(query)
        var tokens: [SOQLToken] = []
        repeat { tokens.append(try lexer.next()) } while tokens.last?.kind != .end
        return tokens
    }

    private init(_ query: String) {
        self.query = query
        self.bytes = Array(query.utf8)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == UInt8(ascii: "_")
    }

    private mutating func next() throws(SOQLError) -> SOQLToken {
        while position < bytes.count, bytes[position] <= 0x20 { position += 1 }
        let start = position
        guard position < bytes.count else { return SOQLToken(kind: .end, offset: start, text: "<EOF>") }
        let byte = bytes[position]
        switch byte {
        case UInt8(ascii: "'"):
            let text = try string()
            return token(.string(text), from: start)
        case 48...57, UInt8(ascii: "-"), UInt8(ascii: "+"):
            return try number(from: start)
        case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: ","), UInt8(ascii: "="), UInt8(ascii: ":"):
            position += 1
            return token(.symbol(String(decoding: [byte], as: UTF8.self)), from: start)
        case UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "!"):
            return try comparison(from: start)
        default:
            guard Self.isNameByte(byte) else {
                throw .at(start, in: query, code: "MALFORMED_QUERY", "unexpected token: '\(Character(Unicode.Scalar(byte)))'")
            }
            while position < bytes.count, Self.isNameByte(bytes[position]) || bytes[position] == UInt8(ascii: ".") { position += 1 }
            return token(.name(String(decoding: bytes[start..<position], as: UTF8.self)), from: start)
        }
    }

    private func token(_ kind: SOQLToken.Kind, from start: Int) -> SOQLToken {
        SOQLToken(kind: kind, offset: start, text: String(decoding: bytes[start..<position], as: UTF8.self))
    }

    private mutating func comparison(from start: Int) throws(SOQLError) -> SOQLToken {
        position += 1
        let following = position < bytes.count ? bytes[position] : 0
        if following == UInt8(ascii: "=") || (bytes[start] == UInt8(ascii: "<") && following == UInt8(ascii: ">")) { position += 1 }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        guard text != "!" else { throw .at(start, in: query, code: "MALFORMED_QUERY", "unexpected token: '!'") }
        return token(.symbol(text == "<>" ? "!=" : text), from: start)
    }

    private mutating func string() throws(SOQLError) -> String {
        let start = position
        position += 1
        var text: [UInt8] = []
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if byte == UInt8(ascii: "'") { return String(decoding: text, as: UTF8.self) }
            guard byte == UInt8(ascii: "\\"), position < bytes.count else {
                text.append(byte)
                continue
            }
            let escaped = bytes[position]
            position += 1
            switch escaped {
            case UInt8(ascii: "n"), UInt8(ascii: "N"): text.append(0x0A)
            case UInt8(ascii: "r"), UInt8(ascii: "R"): text.append(0x0D)
            case UInt8(ascii: "t"), UInt8(ascii: "T"): text.append(0x09)
            case UInt8(ascii: "b"), UInt8(ascii: "B"): text.append(0x08)
            case UInt8(ascii: "f"), UInt8(ascii: "F"): text.append(0x0C)
            case UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "\\"): text.append(escaped)
            // Kept with its backslash: only LIKE knows what it means.
            case UInt8(ascii: "_"), UInt8(ascii: "%"): text.append(contentsOf: [UInt8(ascii: "\\"), escaped])
            case UInt8(ascii: "u"):
                guard position + 4 <= bytes.count,
                    let code = UInt32(String(decoding: bytes[position..<(position + 4)], as: UTF8.self), radix: 16),
                    let scalar = Unicode.Scalar(code)
                else { throw .at(position, in: query, code: "MALFORMED_QUERY", "invalid unicode escape") }
                position += 4
                text.append(contentsOf: String(scalar).utf8)
            default: throw .at(position - 2, in: query, code: "MALFORMED_QUERY", "Illegal escape sequence in string literal")
            }
        }
        throw .at(start, in: query, code: "MALFORMED_QUERY", "string literal not terminated")
    }

    /// A number, a date or a datetime: all begin with a digit or a sign.
    private mutating func number(from start: Int) throws(SOQLError) -> SOQLToken {
        position += 1
        while position < bytes.count {
            let byte = bytes[position]
            let isSign = byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
            guard Self.isNameByte(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: ":") || isSign else { break }
            position += 1
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if let date = TimeParser.date(text) { return token(.date(date), from: start) }
        if let datetime = TimeParser.datetime(text) { return token(.datetime(datetime), from: start) }
        let isPlain = text.utf8.allSatisfy { (48...57).contains($0) || [0x2B, 0x2D, 0x2E, 0x45, 0x65].contains($0) }
        if isPlain, let number = Double(text), number.isFinite { return token(.number(number), from: start) }
        throw .at(start, in: query, code: "MALFORMED_QUERY", "unexpected token: '\(text)'")
    }
}
