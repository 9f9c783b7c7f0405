import SandboxBytes
import SandboxData

/// How a selected value is shown.
package enum Presentation: Sendable, Equatable {
    /// As the API has it; labels of picklists are their values, and the org has one currency.
    case plain
    /// `FORMAT(…)`: as a person in the user's locale reads it, which is en_US.
    case formatted
}

/// The texts of `FORMAT(…)`.
enum LocaleText {
    static func text(_ value: Value, _ type: FieldType) -> Value {
        switch value {
        case .int(let number): return .text(grouped(String(number.magnitude), isNegative: number < 0))
        case .double(let number): return .text(decimal(number, type))
        case .date(let days): return .text(date(days))
        case .datetime(let seconds):
            let day = Int(seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400)
            return .text("\(date(day)), \(time(Int(seconds - Int64(day) * 86_400)))")
        case .time(let milliseconds): return .text(time(milliseconds / 1000))
        default: return value
        }
    }

    private static func decimal(_ number: Double, _ type: FieldType) -> String {
        guard number.magnitude < 1e15 else { return number.description }
        let places = type == .currency ? 2 : 3
        let scale = places == 2 ? 100.0 : 1000.0
        let units = UInt64((number.magnitude * scale).rounded())
        var fraction = String(units % UInt64(scale))
        fraction = String(repeating: "0", count: places - fraction.count) + fraction
        if type != .currency { while fraction.hasSuffix("0") { fraction.removeLast() } }
        let whole = String(units / UInt64(scale))
        let sign = number < 0 ? "-" : ""
        let text = grouped(whole, isNegative: false) + (fraction.isEmpty ? "" : "." + fraction)
        return sign + (type == .currency ? "$" : "") + text + (type == .percent ? "%" : "")
    }

    private static func grouped(_ digits: String, isNegative: Bool) -> String {
        var text = isNegative ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return text
    }

    private static func date(_ days: Int) -> String {
        let date = CivilTime.civil(days: days)
        return "\(date.month)/\(date.day)/\(date.year)"
    }

    private static func time(_ second: Int) -> String {
        let hour = second / 3600
        let minute = second / 60 % 60
        return "\(hour % 12 == 0 ? 12 : hour % 12):\(minute < 10 ? "0" : "")\(minute) \(hour < 12 ? "AM" : "PM")"
    }
}
