/// Reads the date, datetime and time texts that clients send, in JSON bodies, in SOQL and in query strings.
package enum TimeParser {
    /// The years that Salesforce's dates may have.
    package static let years = 1700...4000

    /// `2024-01-31` as days since 1970.
    package static func date(_ text: String, years: ClosedRange<Int> = years) -> Int? {
        var cursor = Cursor(text)
        guard let days = cursor.date(years), cursor.isAtEnd else { return nil }
        return days
    }

    /// `2024-01-31T10:22:00[.123](Z|+01:00|+0100)` as seconds since 1970; fractions are dropped as Salesforce drops them.
    package static func datetime(_ text: String, years: ClosedRange<Int> = years) -> Int64? {
        var cursor = Cursor(text)
        guard let days = cursor.date(years), cursor.take("T") else { return nil }
        guard let clock = cursor.clock(), let offset = cursor.offset(), cursor.isAtEnd else { return nil }
        return Int64(days) * 86_400 + Int64(clock / 1000) - Int64(offset)
    }

    /// `10:22:00[.000][Z]` as milliseconds of the day.
    package static func time(_ text: String) -> Int? {
        var cursor = Cursor(text)
        guard let clock = cursor.clock() else { return nil }
        _ = cursor.take("Z")
        return cursor.isAtEnd ? clock : nil
    }

    private struct Cursor {
        private let bytes: [UInt8]
        private var position = 0

        init(_ text: String) { bytes = Array(text.utf8) }

        var isAtEnd: Bool { position == bytes.count }

        mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
            position += 1
            return true
        }

        mutating func digits(_ count: Int) -> Int? {
            guard position + count <= bytes.count else { return nil }
            var value = 0
            for byte in bytes[position..<(position + count)] {
                guard byte >= 48, byte <= 57 else { return nil }
                value = value * 10 + Int(byte - 48)
            }
            position += count
            return value
        }

        mutating func date(_ years: ClosedRange<Int>) -> Int? {
            guard let year = digits(4), take("-"), let month = digits(2), take("-"), let day = digits(2) else { return nil }
            guard years.contains(year) else { return nil }
            return CivilTime.days(year: year, month: month, day: day)
        }

        mutating func clock() -> Int? {
            guard let hour = digits(2), take(":"), let minute = digits(2) else { return nil }
            var second = 0
            var milliseconds = 0
            if take(":") {
                guard let value = digits(2) else { return nil }
                second = value
                if take(".") {
                    var places = 0
                    while let digit = digits(1) {
                        if places < 3 { milliseconds = milliseconds * 10 + digit }
                        places += 1
                    }
                    guard places > 0 else { return nil }
                    for _ in 0..<max(0, 3 - places) { milliseconds *= 10 }
                }
            }
            guard hour < 24, minute < 60, second < 60 else { return nil }
            return ((hour * 60 + minute) * 60 + second) * 1000 + milliseconds
        }

        /// Seconds east of UTC.
        mutating func offset() -> Int? {
            if take("Z") { return 0 }
            let sign: Int
            if take("+") {
                sign = 1
            } else if take("-") {
                sign = -1
            } else {
                return nil
            }
            guard let hour = digits(2) else { return nil }
            _ = take(":")
            let minute = digits(2) ?? 0
            guard hour < 24, minute < 60 else { return nil }
            return sign * (hour * 60 + minute) * 60
        }
    }
}
