/// The functions of a formula.
package enum FormulaFunction: String, Sendable, CaseIterable {
    case and, or, not, `if`, `case`, isblank, isnull, blankvalue, ischanged, isnew, priorvalue, ispickval, includes
    case len, text, value, upper, lower, trim, left, right, mid, contains, begins, find, substitute
    case round, floor, ceiling, abs, mod, max, min, sqrt
    case today, now, year, month, day, date, datevalue, addmonths

    package init?(name: String) { self.init(rawValue: name.lowercased()) }

    package var name: String { rawValue.uppercased() }

    /// What each argument must be; nil takes anything. The last one is repeated where ``isVariadic``.
    private var parameters: [FormulaType?] {
        switch self {
        case .and, .or, .not: [.boolean]
        case .if: [.boolean, nil, nil]
        case .case: [nil, nil, nil, nil]
        case .isblank, .isnull, .ischanged, .priorvalue, .text: [nil]
        case .blankvalue: [nil, nil]
        case .isnew, .today, .now: []
        case .ispickval, .includes, .contains, .begins: [.text, .text]
        case .len, .value, .upper, .lower, .trim: [.text]
        case .left, .right: [.text, .number]
        case .mid: [.text, .number, .number]
        case .find: [.text, .text]
        case .substitute: [.text, .text, .text]
        case .round, .mod: [.number, .number]
        case .floor, .ceiling, .abs, .max, .min, .sqrt: [.number]
        case .year, .month, .day: [.date]
        case .date: [.number, .number, .number]
        case .datevalue: [nil]
        case .addmonths: [.date, .number]
        }
    }

    private var isVariadic: Bool {
        switch self {
        case .and, .or, .max, .min, .case: true
        default: false
        }
    }

    /// Checks the arguments and says what the function yields.
    package func check(_ arguments: [FormulaType], at offset: Int) throws(FormulaError) -> FormulaType {
        let parameters = parameters
        let fits = isVariadic ? arguments.count >= parameters.count : arguments.count == parameters.count
        guard fits else {
            throw FormulaError(
                "Incorrect number of parameters for function '\(name)()'. Expected \(parameters.count), received \(arguments.count)",
                at: offset)
        }
        for (index, argument) in arguments.enumerated() {
            guard let expected = index < parameters.count ? parameters[index] : parameters.last ?? nil, !argument.fits(expected) else {
                continue
            }
            throw FormulaError(
                "Incorrect parameter type for function '\(name)()'. Expected \(expected.rawValue), received \(argument.rawValue)",
                at: offset)
        }
        return try result(arguments, at: offset)
    }

    private func result(_ arguments: [FormulaType], at offset: Int) throws(FormulaError) -> FormulaType {
        switch self {
        case .and, .or, .not, .isblank, .isnull, .ischanged, .isnew, .ispickval, .includes, .contains, .begins: return .boolean
        case .len, .value, .find, .round, .floor, .ceiling, .abs, .mod, .max, .min, .sqrt, .year, .month, .day: return .number
        case .text, .upper, .lower, .trim, .left, .right, .mid, .substitute: return .text
        case .today, .date, .datevalue, .addmonths: return .date
        case .now: return .datetime
        case .priorvalue: return arguments[0]
        case .if, .blankvalue: return try common(Array(arguments.suffix(2)), at: offset)
        case .case:
            // Value, then pairs of a value and its result, then the result for all others.
            guard arguments.count % 2 == 0 else {
                throw FormulaError(
                    "Incorrect number of parameters for function 'CASE()'. Expected \(arguments.count + 1), received \(arguments.count)",
                    at: offset)
            }
            let results = arguments.indices.filter { $0 >= 2 && ($0 % 2 == 0 || $0 == arguments.count - 1) }.map { arguments[$0] }
            return try common(results, at: offset)
        }
    }

    private func common(_ types: [FormulaType], at offset: Int) throws(FormulaError) -> FormulaType {
        let known = types.filter { $0 != .null }
        guard let first = known.first else { return .null }
        if let other = known.first(where: { $0 != first }) {
            throw FormulaError(
                "Incorrect parameter type for function '\(name)()'. Expected \(first.rawValue), received \(other.rawValue)", at: offset)
        }
        return first
    }
}
