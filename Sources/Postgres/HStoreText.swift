/// The text form of Postgres' `hstore`, read without the server: one malformed value then spoils no statement over many rows.
///
/// Takes what the server takes (contrib/hstore: quoted and bare words, `NULL` in any case for no value, a trailing comma); of keys that
/// come twice the first counts.
public enum HStoreText {
    /// Where a text stops being an hstore.
    public struct SyntaxError: Error, Sendable, Equatable, CustomStringConvertible {
        /// The byte, from 0, at which something else was expected.
        public let offset: Int
        /// What was expected there.
        public let expected: String

        /// An error at a byte.
        public init(offset: Int, expected: String) {
            self.offset = offset
            self.expected = expected
        }

        /// Offset and expectation.
        public var description: String { "expected \(expected) at byte \(offset)" }
    }

    /// The pairs of a text; nil is the value of a key that is NULL.
    ///
    /// - Throws: `SyntaxError` at the first byte that fits no hstore.
    ///
    /// - Parameter wanted: the keys that matter; nil for all. Of the others not even the texts are made.
    public static func parse(_ text: String, only wanted: Set<String>? = nil) throws(SyntaxError) -> [String: String?] {
        var scanner = Scanner(bytes: Array(text.utf8))
        var pairs: [String: String?] = [:]
        while let key = try scanner.word(isKey: true) {
            try scanner.arrow()
            let isWanted = wanted?.contains(key.text) ?? true
            guard let value = try scanner.word(isKey: false, isWanted: isWanted) else {
                throw SyntaxError(offset: scanner.position, expected: "a value")
            }
            if isWanted, pairs[key.text] == nil { pairs[key.text] = .some(value.isNull ? nil : value.text) }
            guard try scanner.comma() else { break }
        }
        return pairs
    }

    private struct Word {
        let text: String
        let isQuoted: Bool

        var isNull: Bool { !isQuoted && text.lowercased() == "null" }
    }

    private struct Scanner {
        let bytes: [UInt8]
        var position = 0

        private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

        private mutating func skipSpace() {
            while let byte = current, Self.isSpace(byte) { position += 1 }
        }

        /// The next key or value; nil at the end of the text.
        mutating func word(isKey: Bool, isWanted: Bool = true) throws(SyntaxError) -> Word? {
            skipSpace()
            guard let first = current else { return nil }
            if first == UInt8(ascii: "\"") {
                position += 1
                if let word = plain(isWanted: isWanted) { return word }
                return try quoted()
            }
            // A bare key ends at an equals sign, a bare value at a comma; with which either may begin where the other ends.
            let end: UInt8 = isKey ? UInt8(ascii: "=") : UInt8(ascii: ",")
            guard !isKey || first != end else { throw SyntaxError(offset: position, expected: "a key") }
            var word = [try next()]
            while let byte = current, byte != end, !Self.isSpace(byte) { word.append(try next()) }
            return Word(text: String(decoding: word, as: UTF8.self), isQuoted: false)
        }

        /// A quoted word in which nothing is escaped, as nearly all are.
        private mutating func plain(isWanted: Bool) -> Word? {
            var end = position
            while end < bytes.count, bytes[end] != UInt8(ascii: "\"") {
                if bytes[end] == UInt8(ascii: "\\") { return nil }
                end += 1
            }
            guard end < bytes.count else { return nil }
            defer { position = end + 1 }
            return Word(text: isWanted ? String(decoding: bytes[position..<end], as: UTF8.self) : "", isQuoted: true)
        }

        private mutating func quoted() throws(SyntaxError) -> Word {
            var word: [UInt8] = []
            while let byte = current {
                if byte == UInt8(ascii: "\"") {
                    position += 1
                    return Word(text: String(decoding: word, as: UTF8.self), isQuoted: true)
                }
                word.append(try next())
            }
            throw SyntaxError(offset: position, expected: "a closing quote")
        }

        /// One byte, or the one behind a backslash.
        private mutating func next() throws(SyntaxError) -> UInt8 {
            if bytes[position] == UInt8(ascii: "\\") {
                position += 1
                guard position < bytes.count else { throw SyntaxError(offset: position, expected: "a character behind the backslash") }
            }
            defer { position += 1 }
            return bytes[position]
        }

        mutating func arrow() throws(SyntaxError) {
            skipSpace()
            guard current == UInt8(ascii: "="), position + 1 < bytes.count, bytes[position + 1] == UInt8(ascii: ">") else {
                throw SyntaxError(offset: position, expected: "=>")
            }
            position += 2
        }

        /// Whether another pair may follow.
        mutating func comma() throws(SyntaxError) -> Bool {
            skipSpace()
            guard let byte = current else { return false }
            guard byte == UInt8(ascii: ",") else { throw SyntaxError(offset: position, expected: "a comma") }
            position += 1
            return true
        }

        private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
    }
}
