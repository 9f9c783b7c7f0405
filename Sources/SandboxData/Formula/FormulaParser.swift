/// Reads a formula: Salesforce's operators and the functions of ``FormulaFunction``, with its error texts.
struct FormulaParser {
    typealias Typed = (expression: FormulaExpression, type: FormulaType)

    private static let maximumDepth = 60

    private let scope: FormulaScope
    private let tokens: [FormulaToken]
    private var place = 0

    private init(_ text: String, _ scope: FormulaScope) throws(FormulaError) {
        self.scope = scope
        tokens = try FormulaToken.scan(text)
    }

    static func parse(_ text: String, in scope: FormulaScope) throws(FormulaError) -> Typed {
        guard text.utf8.count <= 5000 else {
            throw FormulaError("Formula is too long (\(text.utf8.count) characters). Maximum length is 5,000 characters", at: 0)
        }
        var parser = try FormulaParser(text, scope)
        let result = try parser.expression(strongerThan: 0, depth: 0)
        guard parser.peek.kind == .end else { throw parser.unexpected() }
        return result
    }

    /// A formula that says yes or no.
    static func condition(_ text: String, in scope: FormulaScope) throws(FormulaError) -> FormulaExpression {
        let result = try parse(text, in: scope)
        guard result.type.fits(.boolean) else {
            throw FormulaError(
                "Formula result is data type (\(result.type.rawValue)), incompatible with expected data type (true or false).", at: 0)
        }
        return result.expression
    }

    private var peek: FormulaToken { tokens[place] }

    private mutating func take() -> FormulaToken {
        let token = tokens[place]
        if place < tokens.count - 1 { place += 1 }
        return token
    }

    private mutating func takes(_ symbol: String) -> Bool {
        guard peek.kind == .symbol(symbol) else { return false }
        place += 1
        return true
    }

    private func unexpected() -> FormulaError {
        switch peek.kind {
        case .end: FormulaError("Syntax error. Found end of formula", at: peek.offset)
        case .name(let text), .symbol(let text): FormulaError("Syntax error. Found '\(text)'", at: peek.offset)
        case .text(let text): FormulaError("Syntax error. Found '\"\(text)\"'", at: peek.offset)
        case .number(let number): FormulaError("Syntax error. Found '\(number)'", at: peek.offset)
        }
    }

    private mutating func expression(strongerThan strength: Int, depth: Int) throws(FormulaError) -> Typed {
        guard depth < Self.maximumDepth else { throw FormulaError("Formula is too complex", at: peek.offset) }
        var left = try operand(depth: depth + 1)
        while case .symbol(let symbol) = peek.kind, let found = FormulaOperator(symbol: symbol), found.strength > strength {
            let offset = take().offset
            let right = try expression(strongerThan: found.strength, depth: depth + 1)
            left = (.binary(found, left.expression, right.expression), try Self.type(found, left.type, right.type, at: offset))
        }
        return left
    }

    private static func type(
        _ found: FormulaOperator, _ left: FormulaType, _ right: FormulaType, at offset: Int
    ) throws(FormulaError) -> FormulaType {
        func wrong(_ expected: FormulaType, _ received: FormulaType) -> FormulaError {
            FormulaError(
                "Incorrect parameter type for operator '\(found.rawValue)'. Expected \(expected.rawValue), received \(received.rawValue)",
                at: offset)
        }
        func both(_ type: FormulaType) throws(FormulaError) {
            guard left.fits(type) else { throw wrong(type, left) }
            guard right.fits(type) else { throw wrong(type, right) }
        }
        switch found {
        case .and, .or:
            try both(.boolean)
            return .boolean
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual:
            guard left.fits(right) else { throw wrong(left, right) }
            return .boolean
        case .join:
            try both(.text)
            return .text
        case .multiply, .divide, .power:
            try both(.number)
            return .number
        case .add, .subtract:
            if found == .add, left == .text, right.fits(.text) { return .text }
            guard left == .date || left == .datetime else {
                try both(.number)
                return .number
            }
            if found == .subtract, right == left { return .number }
            guard right.fits(.number) else { throw wrong(.number, right) }
            return left
        }
    }

    private mutating func operand(depth: Int) throws(FormulaError) -> Typed {
        guard depth < Self.maximumDepth else { throw FormulaError("Formula is too complex", at: peek.offset) }
        if takes("(") {
            let inner = try expression(strongerThan: 0, depth: depth + 1)
            guard takes(")") else { throw FormulaError("Syntax error. Missing ')'", at: peek.offset) }
            return inner
        }
        let offset = peek.offset
        if takes("-") {
            let inner = try operand(depth: depth + 1)
            guard inner.type.fits(.number) else {
                throw FormulaError(
                    "Incorrect parameter type for operator '-'. Expected Number, received \(inner.type.rawValue)", at: offset)
            }
            return (.negated(inner.expression), .number)
        }
        if takes("!") {
            let inner = try operand(depth: depth + 1)
            guard inner.type.fits(.boolean) else {
                throw FormulaError(
                    "Incorrect parameter type for operator '!'. Expected Boolean, received \(inner.type.rawValue)", at: offset)
            }
            return (.inverted(inner.expression), .boolean)
        }
        switch peek.kind {
        case .text(let text):
            _ = take()
            return (.literal(text.isEmpty ? .null : .text(text)), .text)
        case .number(let number):
            _ = take()
            return (.literal(.double(number)), .number)
        case .name(let name):
            _ = take()
            return try named(name, offset, depth: depth)
        default: throw unexpected()
        }
    }

    private mutating func named(_ name: String, _ offset: Int, depth: Int) throws(FormulaError) -> Typed {
        guard takes("(") else {
            switch name.lowercased() {
            case "true": return (.literal(.bool(true)), .boolean)
            case "false": return (.literal(.bool(false)), .boolean)
            case "null": return (.literal(.null), .null)
            default:
                let field = try scope.field(name, at: offset)
                return (.field(field.path), FormulaType(field.type))
            }
        }
        guard let function = FormulaFunction(name: name) else {
            throw FormulaError("Unknown function \(name). Check spelling.", at: offset)
        }
        var arguments: [Typed] = []
        if !takes(")") {
            repeat { arguments.append(try expression(strongerThan: 0, depth: depth + 1)) } while takes(",")
            guard takes(")") else { throw FormulaError("Syntax error. Missing ')'", at: peek.offset) }
        }
        if function == .ischanged || function == .priorvalue {
            guard case .field(let path)? = arguments.first?.expression, path.steps.isEmpty else {
                throw FormulaError(
                    "Incorrect parameter type for function '\(function.name)()'. Expected Field of the record itself", at: offset)
            }
        }
        return (.call(function, arguments.map(\.expression)), try function.check(arguments.map(\.type), at: offset))
    }
}
