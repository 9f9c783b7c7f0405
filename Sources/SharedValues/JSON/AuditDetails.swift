import ForeignText

extension JSONValue {
    /// The document as the audit trail keeps it: readable, without secrets, and at most about 16 KB whatever somebody sent. Long texts and keys
    /// are cut, what does not fit is counted, and what `jsonb` cannot hold (NUL, numbers without measure) becomes text. One pass does it all:
    /// a secret is struck out before a cut could hide what tells it, and nothing is looked at that does not fit.
    public var audited: JSONValue {
        var budget = Self.boundedBytes
        return audited(&budget)
    }

    private static let boundedBytes = 15_000
    private static let longestKey = 200
    /// Characters of a text that are searched for passwords: more than are kept, so that none begins before the cut and ends behind it.
    private static let longestLooked = 2 * String.foreignLimit
    /// Digits of a number that `numeric` holds without question, sign and exponent included.
    private static let longestNumber = 40
    /// What the note of what was left out takes.
    private static let reserve = 64

    private func audited(_ budget: inout Int) -> JSONValue {
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
        case .string(let text): return Self.bounded(Self.withoutPasswords(String(foreign: text, limit: Self.longestLooked)), &budget)
        case .array(let elements):
            var kept: [JSONValue] = []
            for element in elements {
                guard budget > Self.reserve else {
                    kept.append(.string(Self.rest(elements.count - kept.count)))
                    break
                }
                kept.append(element.audited(&budget))
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
                let value = Self.isSecret(member) ? JSONValue.string("(secret)") : member.value
                kept.append(Member(key, value.audited(&budget)))
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
