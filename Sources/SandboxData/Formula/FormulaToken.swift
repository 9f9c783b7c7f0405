/// A piece of a formula's text.
struct FormulaToken: Sendable, Equatable {
    enum Kind: Sendable, Equatable {
        /// A field's path, a function's name, or TRUE, FALSE and NULL.
        case name(String)
        case text(String)
        case number(Double)
        case symbol(String)
        case end
    }

    let kind: Kind
    /// Where it begins, in characters.
    let offset: Int

    /// Longer ones first, so that `<=` is never read as `<`.
    private static let symbols = [
        "<>", "<=", ">=", "!=", "==", "&&", "||", "(", ")", ",", "+", "-", "*", "/", "^", "&", "=", "<", ">", "!",
    ]

    static func scan(_ text: String) throws(FormulaError) -> [FormulaToken] {
        let characters = Array(text)
        var tokens: [FormulaToken] = []
        var place = 0
        while place < characters.count {
            let start = place
            let character = characters[place]
            if character.isWhitespace {
                place += 1
            } else if character == "/", place + 1 < characters.count, characters[place + 1] == "*" {
                place += 2
                while place + 1 < characters.count, characters[place] != "*" || characters[place + 1] != "/" { place += 1 }
                guard place + 1 < characters.count else { throw FormulaError("Syntax error. Missing '*/'", at: start) }
                place += 2
            } else if character == "\"" || character == "'" {
                tokens.append(FormulaToken(kind: .text(try quoted(characters, &place)), offset: start))
            } else if character.isASCII, character.isNumber {
                while place < characters.count, characters[place].isASCII, characters[place].isNumber || characters[place] == "." {
                    place += 1
                }
                guard let number = Double(String(characters[start..<place])) else {
                    throw FormulaError("Syntax error. Found '\(String(characters[start..<place]))'", at: start)
                }
                tokens.append(FormulaToken(kind: .number(number), offset: start))
            } else if character.isLetter || character == "_" || character == "$" {
                while place < characters.count, isInName(characters[place]) { place += 1 }
                tokens.append(FormulaToken(kind: .name(String(characters[start..<place])), offset: start))
            } else if let symbol = symbols.first(where: { characters[place...].starts(with: $0) }) {
                place += symbol.count
                tokens.append(FormulaToken(kind: .symbol(symbol), offset: start))
            } else {
                throw FormulaError("Syntax error. Found '\(character)'", at: start)
            }
        }
        tokens.append(FormulaToken(kind: .end, offset: characters.count))
        return tokens
    }

    private static func isInName(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "_" || character == "." || character == "$"
    }

    private static func quoted(_ characters: [Character], _ place: inout Int) throws(FormulaError) -> String {
        let start = place
        let quote = characters[place]
        var text = ""
        place += 1
        while place < characters.count, characters[place] != quote {
            if characters[place] == "\\", place + 1 < characters.count {
                place += 1
                text.append(characters[place] == "n" ? "\n" : characters[place])
            } else {
                text.append(characters[place])
            }
            place += 1
        }
        guard place < characters.count else { throw FormulaError("Syntax error. Missing \(quote)", at: start) }
        place += 1
        return text
    }
}

/// A formula that cannot be used.
package struct FormulaError: Error, Sendable, Equatable {
    package let message: String
    package let offset: Int

    init(_ message: String, at offset: Int) {
        self.message = message
        self.offset = offset
    }
}
