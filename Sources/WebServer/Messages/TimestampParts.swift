/// A time as a client wrote it, taken apart. By hand: a regular expression is compiled anew wherever it is used, which was most of what a page of
/// a hundred times took.
struct TimestampParts {
    /// `2026-01-31`, a day of the calendar or not.
    let day: String
    /// `12:00:00.123456`, with six decimals at most; midnight where none is written.
    let clock: String
    /// Minutes east of Greenwich; 0 where no zone is written.
    let offset: Int

    /// - Returns: nil when the text is no date, or time of RFC 3339, of which the seconds and the zone's colon may be missing.
    init?(_ text: String) {
        var rest = text.utf8[...]
        guard let day = Self.take("0000-00-00", from: &rest) else { return nil }
        self.day = day
        // A space may begin the time, or be a plus sign.
        var afterClock = rest
        if let clock = Self.clock(&afterClock) {
            self.clock = clock
            rest = afterClock
        } else {
            clock = "00:00:00.0"
        }
        guard let offset = Self.zone(&rest), rest.isEmpty else { return nil }
        self.offset = offset
    }

    private static func clock(_ rest: inout Substring.UTF8View) -> String? {
        guard let separator = rest.popFirst(), "Tt ".utf8.contains(separator), let hour = take("00:00", from: &rest), isHour(hour) else {
            return nil
        }
        guard rest.first == UInt8(ascii: ":") else { return "\(hour):00.0" }
        guard let second = take(":00", from: &rest), second <= ":60" else { return nil }
        guard rest.first == UInt8(ascii: ".") else { return "\(hour)\(second).0" }
        rest.removeFirst()
        let decimals = rest.prefix { digits.contains($0) }
        guard !decimals.isEmpty else { return nil }
        rest.removeFirst(decimals.count)
        return "\(hour)\(second).\(Substring(decimals.prefix(6)))"
    }

    private static func zone(_ rest: inout Substring.UTF8View) -> Int? {
        guard let sign = rest.popFirst() else { return 0 }
        if "Zz".utf8.contains(sign) { return 0 }
        guard "+- ".utf8.contains(sign), let hour = take("00:00", from: &rest) ?? take("0000", from: &rest) else { return nil }
        let written = hour.utf8.count == 4 ? "\(hour.prefix(2)):\(hour.suffix(2))" : hour
        guard isHour(written), let hours = Int(written.prefix(2)), let minutes = Int(written.suffix(2)) else { return nil }
        return (hours * 60 + minutes) * (sign == UInt8(ascii: "-") ? -1 : 1)
    }

    private static let digits = UInt8(ascii: "0")...UInt8(ascii: "9")

    private static func isHour(_ text: String) -> Bool { text < "24" && text.suffix(2) < "60" }

    /// What is written as the pattern is, where each 0 stands for any digit.
    private static func take(_ pattern: String, from rest: inout Substring.UTF8View) -> String? {
        let taken = rest.prefix(pattern.utf8.count)
        guard taken.count == pattern.utf8.count,
            zip(pattern.utf8, taken).allSatisfy({ $0 == UInt8(ascii: "0") ? digits.contains($1) : $0 == $1 })
        else { return nil }
        rest.removeFirst(taken.count)
        return String(Substring(taken))
    }
}
