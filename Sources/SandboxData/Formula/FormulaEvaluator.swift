import Foundation
import SandboxBytes

/// Evaluates formulas as Salesforce does: a blank number makes arithmetic blank, and blank text is empty text.
package struct FormulaEvaluator<Context: FormulaContext> {
    package let context: Context

    package init(context: Context) {
        self.context = context
    }

    /// The days of the years 1 to 9999: what dates can be written with four digits.
    private static var days: ClosedRange<Int> { -719_162...2_932_896 }

    package func isTrue(_ expression: FormulaExpression) -> Bool { evaluate(expression) == .bool(true) }

    package func evaluate(_ expression: FormulaExpression) -> Value {
        switch expression {
        case .literal(let value): return value
        case .field(let path): return context.value(path)
        case .negated(let inner): return number(evaluate(inner).number.map { -$0 })
        case .inverted(let inner): return .bool(!isTrue(inner))
        case .binary(.and, let left, let right): return .bool(isTrue(left) && isTrue(right))
        case .binary(.or, let left, let right): return .bool(isTrue(left) || isTrue(right))
        case .binary(let found, let left, let right): return binary(found, evaluate(left), evaluate(right))
        case .call(let function, let arguments): return call(function, arguments)
        }
    }

    package func number(_ value: Double?) -> Value {
        guard let value, value.isFinite else { return .null }
        return .double(value == 0 ? 0 : value)
    }

    package static func text(_ value: Value) -> String {
        switch value {
        case .null: return ""
        case .bool(let flag): return flag ? "true" : "false"
        case .int(let integer): return String(integer)
        case .double(let double): return double == double.rounded() && abs(double) < 1e15 ? String(Int64(double)) : String(double)
        case .text(let text): return text
        case .ref: return ""
        case .date, .datetime, .time:
            var writer = ByteWriter(capacity: 64)
            writer.append(value, prefixes: [], style: .canonical)
            return writer.string + (value.isDatetime ? "Z" : "")
        }
    }

    private func binary(_ found: FormulaOperator, _ left: Value, _ right: Value) -> Value {
        switch found {
        case .equal: return .bool(compare(left, right) == 0)
        case .notEqual: return .bool(compare(left, right) != 0)
        case .less: return .bool(compare(left, right).map { $0 < 0 } ?? false)
        case .lessOrEqual: return .bool(compare(left, right).map { $0 <= 0 } ?? false)
        case .greater: return .bool(compare(left, right).map { $0 > 0 } ?? false)
        case .greaterOrEqual: return .bool(compare(left, right).map { $0 >= 0 } ?? false)
        case .join: return text(Self.text(left) + Self.text(right))
        case .add, .subtract: return sum(left, right, sign: found == .add ? 1 : -1)
        case .multiply: return arithmetic(left, right) { $0 * $1 }
        case .divide: return arithmetic(left, right) { $0 / $1 }
        case .power: return arithmetic(left, right) { pow($0, $1) }
        case .and, .or: return .null
        }
    }

    package func text(_ text: String) -> Value { text.isEmpty ? .null : .text(text) }

    private func arithmetic(_ left: Value, _ right: Value, _ operation: (Double, Double) -> Double) -> Value {
        guard let left = left.number, let right = right.number else { return .null }
        return number(operation(left, right))
    }

    /// Dates count in days, and so do differences of times.
    private func sum(_ left: Value, _ right: Value, sign: Double) -> Value {
        switch (left, right) {
        case (.text, _), (_, .text): return text(Self.text(left) + Self.text(right))
        case (.date(let a), .date(let b)): return number(Double(a - b))
        case (.datetime(let a), .datetime(let b)): return number(Double(a - b) / 86_400)
        case (.date(let day), _):
            guard let days = right.number, let moved = whole(Double(day) + sign * days), Self.days.contains(moved) else { return .null }
            return .date(moved)
        case (.datetime(let time), _):
            guard let days = right.number, let moved = whole(Double(time) + sign * days * 86_400), Self.days.contains(moved / 86_400)
            else { return .null }
            return .datetime(Int64(moved))
        default: return arithmetic(left, right) { $0 + sign * $1 }
        }
    }

    package func whole(_ value: Double) -> Int? { value.isFinite && abs(value) < 1e15 ? Int(value.rounded(.down)) : nil }

    /// Negative, zero or positive; nil when one of them is blank and there is no order.
    private func compare(_ left: Value, _ right: Value) -> Int? {
        func order<Item: Comparable>(_ a: Item, _ b: Item) -> Int { a < b ? -1 : a > b ? 1 : 0 }
        switch (left, right) {
        case (.null, .null): return 0
        case (.text(let a), .text(let b)): return order(a, b)
        case (.text, .null): return 1
        case (.null, .text): return -1
        case (.bool(let a), .bool(let b)): return a == b ? 0 : 1
        case (.date(let a), .date(let b)), (.time(let a), .time(let b)): return order(a, b)
        case (.datetime(let a), .datetime(let b)): return order(a, b)
        case (.ref(let a), .ref(let b)): return a == b ? 0 : 1
        default:
            guard let a = left.number, let b = right.number else { return nil }
            return order(a, b)
        }
    }
}

extension Value {
    fileprivate var isDatetime: Bool { if case .datetime = self { true } else { false } }
}
