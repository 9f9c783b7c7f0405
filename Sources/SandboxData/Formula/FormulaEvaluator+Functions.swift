import Foundation
import SandboxBytes

extension FormulaEvaluator {
    package func call(_ function: FormulaFunction, _ arguments: [FormulaExpression]) -> Value {
        switch function {
        case .and: return .bool(arguments.allSatisfy(isTrue))
        case .or: return .bool(arguments.contains(where: isTrue))
        case .not: return .bool(!isTrue(arguments[0]))
        case .if: return evaluate(isTrue(arguments[0]) ? arguments[1] : arguments[2])
        case .isnew: return .bool(context.isNew)
        case .today: return .date(Self.day(of: context.now))
        case .now: return .datetime(context.now)
        case .ischanged:
            guard case .field(let path) = arguments[0], !context.isNew else { return .bool(false) }
            return .bool(context.value(path) != context.prior(path))
        case .priorvalue:
            guard case .field(let path) = arguments[0] else { return .null }
            return context.isNew ? context.value(path) : context.prior(path)
        default: return call(function, arguments.map(evaluate))
        }
    }

    private static func day(of seconds: Int64) -> Int { Int((seconds - ((seconds % 86_400) + 86_400) % 86_400) / 86_400) }

    private func call(_ function: FormulaFunction, _ values: [Value]) -> Value {
        switch function {
        case .isblank, .isnull: return .bool(values[0].isNull)
        case .blankvalue: return values[0].isNull ? values[1] : values[0]
        case .case:
            for index in stride(from: 1, to: values.count - 1, by: 2) where values[index] == values[0] { return values[index + 1] }
            return values[values.count - 1]
        case .round, .floor, .ceiling, .abs, .mod, .max, .min, .sqrt: return numeric(function, values.map(\.number))
        case .year, .month, .day, .date, .datevalue, .addmonths: return calendar(function, values)
        default: return textual(function, values)
        }
    }

    private func numeric(_ function: FormulaFunction, _ numbers: [Double?]) -> Value {
        let given = numbers.compactMap { $0 }
        guard given.count == numbers.count else { return .null }
        switch function {
        case .round:
            let power = pow(10, given[1].rounded())
            return number((given[0] * power).rounded(.toNearestOrAwayFromZero) / power)
        case .floor: return number(given[0].rounded(.down))
        case .ceiling: return number(given[0].rounded(.up))
        case .abs: return number(abs(given[0]))
        case .mod: return number(given[1] == 0 ? nil : given[0] - given[1] * (given[0] / given[1]).rounded(.down))
        case .max: return number(given.max())
        case .min: return number(given.min())
        default: return number(given[0].squareRoot())
        }
    }

    private func textual(_ function: FormulaFunction, _ values: [Value]) -> Value {
        let first = Self.text(values[0])
        let second = values.count > 1 ? Self.text(values[1]) : ""
        func length(_ index: Int) -> Int { values[index].number.flatMap(whole).map { min(max($0, 0), 131_072) } ?? 0 }
        switch function {
        case .ispickval: return .bool(first == second)
        case .includes: return .bool(first.split(separator: ";").contains { $0 == second })
        case .contains: return .bool(second.isEmpty || first.contains(second))
        case .begins: return .bool(first.hasPrefix(second))
        case .len: return .double(Double(first.count))
        case .value: return number(Double(first.filter { $0 != "," && !$0.isWhitespace }))
        case .text: return text(first)
        case .upper: return text(first.uppercased())
        case .lower: return text(first.lowercased())
        case .trim: return text(first.trimmingCharacters(in: .whitespacesAndNewlines))
        case .left: return text(String(first.prefix(length(1))))
        case .right: return text(String(first.suffix(length(1))))
        case .mid: return text(String(first.dropFirst(max(length(1) - 1, 0)).prefix(length(2))))
        case .substitute: return text(second.isEmpty ? first : first.replacing(second, with: Self.text(values[2])))
        default:
            guard let range = second.range(of: first) else { return .double(0) }
            return .double(Double(second.distance(from: second.startIndex, to: range.lowerBound) + 1))
        }
    }

    private func calendar(_ function: FormulaFunction, _ values: [Value]) -> Value {
        switch (function, values[0]) {
        case (.date, _):
            let parts = values.compactMap { $0.number.flatMap(whole) }
            guard parts.count == 3, (1...9999).contains(parts[0]) else { return .null }
            return Self.date(parts[0], parts[1], parts[2]).map(Value.date) ?? .null
        case (.datevalue, .datetime(let time)): return .date(Self.day(of: time))
        case (.datevalue, .date): return values[0]
        case (.datevalue, .text(let text)): return TimeParser.date(text).map(Value.date) ?? .null
        case (_, .date(let day)):
            let civil = CivilTime.civil(days: day)
            switch function {
            case .year: return .double(Double(civil.year))
            case .month: return .double(Double(civil.month))
            case .day: return .double(Double(civil.day))
            default:
                guard let months = values[1].number.flatMap(whole), abs(months) < 100_000 else { return .null }
                let total = civil.year * 12 + civil.month - 1 + months
                let (year, month) = (total / 12, total % 12 + 1)
                for day in stride(from: civil.day, through: 28, by: -1) {
                    if let found = Self.date(year, month, day) { return .date(found) }
                }
                return Self.date(year, month, min(civil.day, 28)).map(Value.date) ?? .null
            }
        default: return .null
        }
    }

    private static func date(_ year: Int, _ month: Int, _ day: Int) -> Int? {
        (1...9999).contains(year) ? CivilTime.days(year: year, month: month, day: day) : nil
    }
}
