import SandboxData

/// What a search looks for: words that must all be there, each at the beginning of a word when it ends in `*`, or texts in quotes.
package struct SearchTerm: Sendable, Equatable {
    private let words: [Word]

    private struct Word: Sendable, Equatable {
        let text: String
        let isPrefix: Bool
    }

    private static let shortest = 2

    package init(_ text: String) throws(SOQLError) {
        var words: [Word] = []
        for (index, part) in text.lowercased().split(separator: "\"", omittingEmptySubsequences: false).enumerated() {
            if index % 2 == 1 {
                if !part.isEmpty { words.append(Word(text: String(part), isPrefix: false)) }
                continue
            }
            for piece in part.split(whereSeparator: \.isWhitespace) where piece != "and" {
                let isPrefix = piece.hasSuffix("*")
                let plain = piece.filter { $0 != "*" && $0 != "?" }
                if !plain.isEmpty { words.append(Word(text: String(plain), isPrefix: isPrefix)) }
            }
        }
        guard words.contains(where: { $0.text.count >= Self.shortest }) else {
            throw SOQLError(
                code: "MALFORMED_SEARCH", message: "search term must be longer than one character: \(text)")
        }
        self.words = words
    }

    /// Whether all words are in these texts.
    package func matches(_ texts: [String]) -> Bool {
        let folded = texts.map { $0.lowercased() }
        return words.allSatisfy { word in folded.contains { Self.contains($0, word) } }
    }

    private static func contains(_ text: String, _ word: Word) -> Bool {
        if !word.isPrefix, text == word.text { return true }
        for range in text.ranges(of: word.text) {
            let startsWord = range.lowerBound == text.startIndex || !isWordCharacter(text[text.index(before: range.lowerBound)])
            let endsWord = range.upperBound == text.endIndex || !isWordCharacter(text[range.upperBound])
            if startsWord, word.isPrefix || endsWord { return true }
        }
        return false
    }

    private static func isWordCharacter(_ character: Character) -> Bool { character.isLetter || character.isNumber }
}
