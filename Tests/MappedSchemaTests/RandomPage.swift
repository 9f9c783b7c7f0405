import Foundation
import MappedSchema

/// Pages of random values, as Salesforce writes them; wild ones have a few that it would not write.
enum RandomPage {
    static func text(of types: [ColumnType], rows: Int, wild: Bool, using generator: inout some RandomNumberGenerator) -> String {
        var page = types.indices.map { "\"C\($0)\"" }.joined(separator: ",") + "\n"
        for _ in 0..<rows {
            let cells = types.map { type in
                let isWild = wild && Int.random(in: 0..<2000, using: &generator) == 0
                let value = isWild ? text(using: &generator) : value(type, using: &generator)
                return "\"\(value.replacingOccurrences(of: "\"", with: "\"\""))\""
            }
            page += cells.joined(separator: ",") + "\n"
        }
        return page
    }

    private static func value(_ type: ColumnType, using generator: inout some RandomNumberGenerator) -> String {
        if Int.random(in: 0..<5, using: &generator) == 0 { return "" }
        switch type {
        case .varchar, .text: return text(using: &generator)
        case .integer: return "\(Int32.random(in: .min ... .max, using: &generator) >> Int32.random(in: 0..<32, using: &generator))"
        case .boolean: return Bool.random(using: &generator) ? "true" : "false"
        case .double, .numeric: return number(using: &generator)
        case .date: return date(using: &generator)
        case .timestamp, .timestamptz: return date(using: &generator) + "T" + time(using: &generator)
        case .time: return time(using: &generator)
        }
    }

    private static func text(using generator: inout some RandomNumberGenerator) -> String {
        let letters: [Character] = ["a", "Z", "7", "\"", ",", "\n", "\r", "\\", ".", "ä", "€", "😀", " ", "-", "E", "T"]
        return String((0..<Int.random(in: 0...30, using: &generator)).map { _ in letters.randomElement(using: &generator)! })
    }

    /// In each of the ways in which numbers are written: of any bits, of few digits, of money, of many digits.
    private static func number(using generator: inout some RandomNumberGenerator) -> String {
        switch Int.random(in: 0..<4, using: &generator) {
        case 0:
            let value = Double(bitPattern: UInt64.random(in: 0 ... .max, using: &generator))
            return value.isFinite ? "\(value)".uppercased() : "0.0"
        case 1:
            return
                "\(Int.random(in: -99_999...99_999, using: &generator))E\(Int.random(in: -40...40, using: &generator))"
        case 2: return String(format: "%.2f", Double.random(in: -1e9...1e9, using: &generator))
        default:
            let digits = (0..<Int.random(in: 1...25, using: &generator)).map { _ in "\(Int.random(in: 0...9, using: &generator))" }
            return digits.joined() + "." + digits.reversed().joined()
        }
    }

    private static func date(using generator: inout some RandomNumberGenerator) -> String {
        let month = Int.random(in: 1...12, using: &generator)
        let last = month == 2 ? 28 : 30
        return String(
            format: "%04d-%02d-%02d", Int.random(in: 1...9999, using: &generator), month, Int.random(in: 1...last, using: &generator))
    }

    private static func time(using generator: inout some RandomNumberGenerator) -> String {
        String(
            format: "%02d:%02d:%02d.%03dZ", Int.random(in: 0...23, using: &generator), Int.random(in: 0...59, using: &generator),
            Int.random(in: 0...59, using: &generator), Int.random(in: 0...999, using: &generator))
    }
}
