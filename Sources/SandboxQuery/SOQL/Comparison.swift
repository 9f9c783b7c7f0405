import SandboxBytes
package import SandboxData

/// A test of one value, its operands made ready once.
package struct Comparison: Sendable {
    package let kind: ParsedQuery.Operator
    let operands: [Value]
    /// Texts of the operands, lower-cased: Salesforce compares without regard to case, but for fields that are unique by it.
    private let folded: [String]
    private let pattern: LikePattern?
    private let prefixes: [[UInt8]]
    private let isCaseSensitive: Bool

    init(kind: ParsedQuery.Operator, operands: [Value], prefixes: [[UInt8]], isCaseSensitive: Bool = false) {
        self.isCaseSensitive = isCaseSensitive
        self.kind = kind
        self.operands = operands
        self.prefixes = prefixes
        folded = operands.map { if case .text(let text) = $0 { text.lowercased() } else { "" } }
        pattern = if kind == .like, case .text(let text) = operands.first { LikePattern(text) } else { nil }
    }

    package func matches(_ value: Value) -> Bool {
        switch kind {
        case .equal: equal(value, 0)
        case .notEqual: !equal(value, 0)
        case .in: operands.indices.contains { equal(value, $0) }
        case .notIn: !operands.indices.contains { equal(value, $0) }
        case .like: if case .text(let text) = value { pattern?.matches(text) ?? false } else { false }
        case .includes: includes(value)
        case .excludes: !includes(value)
        case .less: order(value).map { $0 < 0 } ?? false
        case .lessOrEqual: order(value).map { $0 <= 0 } ?? false
        case .greater: order(value).map { $0 > 0 } ?? false
        case .greaterOrEqual: order(value).map { $0 >= 0 } ?? false
        }
    }

    private func equal(_ value: Value, _ index: Int) -> Bool {
        let operand = operands[index]
        switch (value, operand) {
        case (.text(let text), .text(let other)): return text == other || !isCaseSensitive && text.lowercased() == folded[index]
        case (.text(let text), .null): return text.isEmpty
        case (.null, .text(let text)): return text.isEmpty
        case (.null, .null): return true
        default:
            if let left = value.number, let right = operand.number { return left == right }
            return value == operand
        }
    }

    /// Each operand `A;B` asks for all of its values.
    private func includes(_ value: Value) -> Bool {
        guard case .text(let text) = value else { return false }
        let chosen = Set(text.lowercased().split(separator: ";"))
        return folded.contains { $0.split(separator: ";").allSatisfy(chosen.contains) }
    }

    /// Below, equal or above the operand; nil when one of them is null.
    private func order(_ value: Value) -> Int? { ValueOrder.compare(value, operands[0], folded: folded[0], prefixes: prefixes) }
}

/// The order of values, as ORDER BY and the inequalities see it.
enum ValueOrder {
    static func compare(_ left: Value, _ right: Value, folded: String? = nil, prefixes: [[UInt8]]) -> Int? {
        switch (left, right) {
        case (.null, _), (_, .null): return nil
        case (.text(let a), .text(let b)): return texts(a.lowercased(), folded ?? b.lowercased())
        case (.date(let a), .date(let b)): return sign(a, b)
        case (.datetime(let a), .datetime(let b)): return sign(a, b)
        case (.time(let a), .time(let b)): return sign(a, b)
        case (.bool(let a), .bool(let b)): return sign(a ? 1 : 0, b ? 1 : 0)
        case (.ref(let a), .ref(let b)):
            if a.object == b.object { return sign(a.row, b.row) }
            return sign(String(decoding: prefixes[a.object], as: UTF8.self), String(decoding: prefixes[b.object], as: UTF8.self))
        case (.ref(let a), .text(let b)):
            // An id that is none of ours can still mark a place in the order: raw bytes of the first fifteen characters.
            var writer = ByteWriter(capacity: 64)
            RecordIDText.append(prefix: prefixes[a.object], number: a.row + 1, to: &writer)
            let ours = writer.bytes.prefix(15)
            let theirs = b.utf8.prefix(15)
            return ours.elementsEqual(theirs) ? 0 : ours.lexicographicallyPrecedes(theirs) ? -1 : 1
        default:
            guard let a = left.number, let b = right.number else { return nil }
            return sign(a, b)
        }
    }

    /// By the bytes of their UTF-8, which is the order of their characters' numbers.
    private static func texts(_ left: String, _ right: String) -> Int {
        left.utf8.elementsEqual(right.utf8) ? 0 : left.utf8.lexicographicallyPrecedes(right.utf8) ? -1 : 1
    }

    private static func sign<T: Comparable>(_ a: T, _ b: T) -> Int { a == b ? 0 : a < b ? -1 : 1 }
}

/// `%` for any run, `_` for one character, `\` before either for itself; case does not matter.
struct LikePattern: Sendable {
    private enum Part: Sendable {
        case any
        case one
        case literal(Character)
    }

    private let parts: [Part]

    init(_ pattern: String) {
        var parts: [Part] = []
        var escaped = false
        for character in pattern.lowercased() {
            if escaped {
                parts.append(.literal(character))
                escaped = false
            } else if character == "\\" {
                escaped = true
            } else if character == "%" {
                parts.append(.any)
            } else {
                parts.append(character == "_" ? .one : .literal(character))
            }
        }
        self.parts = parts
    }

    /// Greedy with one step back: linear in the text for each `%`.
    func matches(_ text: String) -> Bool {
        let characters = Array(text.lowercased())
        var position = 0
        var part = 0
        var star: (part: Int, position: Int)?
        while position < characters.count {
            if part < parts.count, case .any = parts[part] {
                star = (part, position)
                part += 1
            } else if part < parts.count, consumes(parts[part], characters[position]) {
                part += 1
                position += 1
            } else if let back = star {
                part = back.part + 1
                position = back.position + 1
                star = (back.part, position)
            } else {
                return false
            }
        }
        while part < parts.count, case .any = parts[part] { part += 1 }
        return part == parts.count
    }

    private func consumes(_ part: Part, _ character: Character) -> Bool {
        switch part {
        case .any: false
        case .one: true
        case .literal(let wanted): wanted == character
        }
    }
}
