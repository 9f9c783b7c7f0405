/// Malformed JSON, with the offset of the byte that does not fit.
struct JSONScanError: Error {
    let offset: Int
    let expected: String
}

/// A position in JSON text and the steps over its tokens. Every read is checked against the end, so that no input can make it
/// leave the buffer; depth is bounded, so that none can exhaust the stack.
struct JSONCursor {
    let bytes: UnsafeBufferPointer<UInt8>
    var position = 0
    private static let maximumDepth = 64

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    /// A text's inside.
    struct Text {
        let offset: Int
        let count: Int
        let hasEscapes: Bool
    }

    func error(_ expected: String) -> JSONScanError {
        JSONScanError(offset: position, expected: expected)
    }

    /// The next byte that is no white space, without taking it; zero at the end.
    @inline(__always)
    mutating func peek() -> UInt8 {
        while position < bytes.count {
            let byte = bytes[position]
            if byte > 0x20 { return byte }
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return byte }
            position += 1
        }
        return 0
    }

    @inline(__always)
    mutating func expect(_ byte: UInt8, _ name: String) throws(JSONScanError) {
        guard peek() == byte, position < bytes.count else { throw error(name) }
        position += 1
    }

    /// Takes a comma and returns true, or takes the closing bracket and returns false.
    @inline(__always)
    mutating func continues(until close: UInt8) throws(JSONScanError) -> Bool {
        let byte = peek()
        guard position < bytes.count, byte == UInt8(ascii: ",") || byte == close else { throw error("a comma or the end of the list") }
        position += 1
        return byte != close
    }

    /// Takes the opening bracket; false if the closing one follows, which is then taken too.
    @inline(__always)
    mutating func opens(_ open: UInt8, _ close: UInt8, _ name: String) throws(JSONScanError) -> Bool {
        try expect(open, name)
        guard peek() == close, position < bytes.count else { return true }
        position += 1
        return false
    }

    mutating func expectEnd() throws(JSONScanError) {
        _ = peek()
        guard position == bytes.count else { throw error("the end") }
    }

    /// A string with its quotes.
    @inline(__always)
    mutating func text() throws(JSONScanError) -> Text {
        try expect(UInt8(ascii: "\""), "a string")
        let start = position
        var hasEscapes = false
        while true {
            skipPlainText()
            guard position < bytes.count else { throw error("the end of the string") }
            switch bytes[position] {
            case UInt8(ascii: "\""):
                let text = Text(offset: start, count: position - start, hasEscapes: hasEscapes)
                position += 1
                return text
            case UInt8(ascii: "\\"):
                hasEscapes = true
                try skipEscape()
            default: throw error("no control character inside a string")
            }
        }
    }

    /// Moves to the next quote, backslash or control character, eight bytes at a time.
    @inline(__always)
    private mutating func skipPlainText() {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        while position + 8 <= bytes.count {
            let word = UInt64(littleEndian: UnsafeRawPointer(bytes.baseAddress! + position).loadUnaligned(as: UInt64.self))
            let quotes = word ^ (ones &* 0x22)
            let backslashes = word ^ (ones &* 0x5C)
            // A byte's high bit is set where the byte was zero, or less than 0x20.
            let found = (quotes &- ones) & ~quotes | (backslashes &- ones) & ~backslashes | (word &- ones &* 0x20) & ~word
            // A borrow can only mark a byte above a true hit, so the lowest mark is always right.
            if found & highs != 0 {
                position += (found & highs).trailingZeroBitCount >> 3
                return
            }
            position += 8
        }
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte < 0x20 { return }
            position += 1
        }
    }

    private mutating func skipEscape() throws(JSONScanError) {
        guard position + 1 < bytes.count else { throw error("an escape") }
        switch bytes[position + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"),
            UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 2
        case UInt8(ascii: "u"):
            guard JSONText.hex4(bytes, at: position + 2) != nil else { throw error("four hexadecimal digits") }
            position += 6
        default: throw error("an escape")
        }
    }

    /// A number; returns its range.
    mutating func number() throws(JSONScanError) -> Range<Int> {
        let start = position
        if current == UInt8(ascii: "-") { position += 1 }
        if current == UInt8(ascii: "0") { position += 1 } else { try digits() }
        if current == UInt8(ascii: ".") {
            position += 1
            try digits()
        }
        if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
            position += 1
            if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { position += 1 }
            try digits()
        }
        return start..<position
    }

    private var current: UInt8 { position < bytes.count ? bytes[position] : 0 }

    private mutating func digits() throws(JSONScanError) {
        let start = position
        while (0x30...0x39).contains(current) { position += 1 }
        guard position > start else { throw error("a digit") }
    }

    mutating func literal(_ text: StaticString) throws(JSONScanError) {
        let count = text.utf8CodeUnitCount
        guard position + count <= bytes.count else { throw error("\(text)") }
        for index in 0..<count where bytes[position + index] != text.utf8Start[index] { throw error("\(text)") }
        position += count
    }

    /// Steps over any value.
    mutating func skipValue(depth: Int = 0) throws(JSONScanError) {
        guard depth < Self.maximumDepth else { throw error("less nesting") }
        switch peek() {
        case UInt8(ascii: "\""): _ = try text()
        case UInt8(ascii: "{"):
            guard try opens(UInt8(ascii: "{"), UInt8(ascii: "}"), "an object") else { return }
            repeat {
                _ = try text()
                try expect(UInt8(ascii: ":"), "a colon")
                try skipValue(depth: depth + 1)
            } while try continues(until: UInt8(ascii: "}"))
        case UInt8(ascii: "["):
            guard try opens(UInt8(ascii: "["), UInt8(ascii: "]"), "a list") else { return }
            repeat {
                try skipValue(depth: depth + 1)
            } while try continues(until: UInt8(ascii: "]"))
        case UInt8(ascii: "t"): try literal("true")
        case UInt8(ascii: "f"): try literal("false")
        case UInt8(ascii: "n"): try literal("null")
        case UInt8(ascii: "-"), 0x30...0x39: _ = try number()
        default: throw error("a value")
        }
    }
}
