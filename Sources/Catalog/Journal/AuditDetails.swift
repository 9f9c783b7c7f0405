import ForeignText

extension JSONValue {
    /// The document as the audit trail keeps it: readable, and at most about 16 KB whatever somebody sent. Long texts and keys are cut,
    /// what does not fit is counted, and what `jsonb` cannot hold (NUL, numbers without measure) becomes text.
    var bounded: JSONValue {
        var budget = Self.boundedBytes
        return bounded(&budget)
    }

    private static let boundedBytes = 15_000
    private static let longestKey = 200
    /// Digits of a number that `numeric` holds without question, sign and exponent included.
    private static let longestNumber = 40
    /// What the note of what was left out takes.
    private static let reserve = 64

    private func bounded(_ budget: inout Int) -> JSONValue {
        switch self {
        case .null, .bool:
            budget -= 5
            return self
        case .number(let digits):
            if digits.utf8.count <= Self.longestNumber, Double(digits)?.isFinite == true {
                budget -= digits.utf8.count
                return self
            }
            return Self.bounded(digits, &budget)
        case .string(let text): return Self.bounded(text, &budget)
        case .array(let elements):
            var kept: [JSONValue] = []
            for element in elements {
                guard budget > Self.reserve else {
                    kept.append(.string(Self.rest(elements.count - kept.count)))
                    break
                }
                kept.append(element.bounded(&budget))
                budget -= 1
            }
            budget -= 2
            return .array(kept)
        case .object(let members):
            var kept: [Member] = []
            for member in members {
                guard budget > Self.reserve else {
                    kept.append(Member("…", .string(Self.rest(members.count - kept.count))))
                    break
                }
                let key = String(foreign: member.key, limit: Self.longestKey)
                budget -= JSONValue.string(key).text.utf8.count + 2
                kept.append(Member(key, member.value.bounded(&budget)))
            }
            budget -= 2
            return .object(kept)
        }
    }

    /// As much of a text as there is room for, escapes included.
    private static func bounded(_ text: String, _ budget: inout Int) -> JSONValue {
        var limit = String.foreignLimit
        while true {
            let cut = JSONValue.string(String(foreign: text, limit: limit))
            let bytes = cut.text.utf8.count
            if bytes <= budget || limit == 1 {
                budget -= bytes
                return cut
            }
            limit = max(1, limit / 2)
        }
    }

    private static func rest(_ count: Int) -> String { "… \(count) more" }
}
