import Foundation

/// Timestamps between `Date` and Postgres' ISO text, to the microsecond and without a formatter.
enum PostgresTimestamp {
    /// `2026-01-31 12:00:00.123456+00`.
    static func text(_ date: Date) -> String {
        let microseconds = Int64((date.timeIntervalSince1970 * 1_000_000).rounded())
        let days = Int64((Double(microseconds) / 86_400_000_000).rounded(.down))
        let (year, month, day) = PostgresCalendar.civil(fromDays: days)
        let ofDay = microseconds - days * 86_400_000_000
        let seconds = ofDay / 1_000_000
        let clock = [seconds / 3600, seconds / 60 % 60, seconds % 60].map { pad($0, 2) }.joined(separator: ":")
        return "\(pad(year, 4))-\(pad(month, 2))-\(pad(day, 2)) \(clock).\(pad(ofDay % 1_000_000, 6))+00"
    }

    /// Reads `YYYY-MM-DD HH:MM:SS[.ffffff][±HH[:MM[:SS]]][ BC]` and nothing else; without an offset the time is UTC.
    static func date(_ text: some StringProtocol) -> Date? {
        var scanner = TimestampScanner(bytes: Array(text.utf8)[...])
        guard var year = scanner.number(), scanner.skip("-"), let month = scanner.number(), scanner.skip("-"), let day = scanner.number(),
            scanner.skip(" "), let hour = scanner.number(), scanner.skip(":"), let minute = scanner.number(), scanner.skip(":"),
            let second = scanner.number()
        else { return nil }
        guard let microseconds = scanner.fraction(), let offset = scanner.offset() else { return nil }
        // The year before 1 is 1 BC to Postgres and 0 to the calendar below.
        if scanner.skip(" ") {
            guard scanner.skip("B"), scanner.skip("C") else { return nil }
            year = 1 - year
        }
        guard scanner.isAtEnd else { return nil }
        let seconds = PostgresCalendar.days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset
        return Date(timeIntervalSince1970: Double(seconds) + Double(microseconds) / 1_000_000)
    }

    private static func pad(_ value: Int64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

/// Takes a timestamp's text apart from the front.
private struct TimestampScanner {
    var bytes: ArraySlice<UInt8>

    var isAtEnd: Bool { bytes.isEmpty }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard bytes.first == UInt8(ascii: character) else { return false }
        bytes.removeFirst()
        return true
    }

    mutating func number() -> Int64? {
        let digits = bytes.prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
        bytes = bytes[digits.endIndex...]
        // No part of a timestamp has more digits; this keeps the sums that follow far from overflow.
        guard !digits.isEmpty, digits.count <= 9 else { return nil }
        return digits.reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
    }

    /// Microseconds, 0 when the text has no fraction, nil when it is finer than that.
    mutating func fraction() -> Int64? {
        guard skip(".") else { return 0 }
        let before = bytes.count
        guard var value = number() else { return nil }
        let digits = before - bytes.count
        guard digits <= 6 else { return nil }
        for _ in digits..<6 { value *= 10 }
        return value
    }

    /// Seconds east of UTC, 0 when the text names no offset, nil when it is malformed.
    mutating func offset() -> Int64? {
        let sign: Int64 = skip("-") ? -1 : skip("+") ? 1 : 0
        guard sign != 0 else { return 0 }
        guard let hours = number() else { return nil }
        var seconds = hours * 3600
        for unit: Int64 in [60, 1] where skip(":") {
            guard let part = number() else { return nil }
            seconds += part * unit
        }
        return sign * seconds
    }
}
