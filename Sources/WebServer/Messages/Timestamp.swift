package import Foundation
import Postgres

/// The ways in which Heroku Connect's API writes times.
package enum Timestamp {
    /// `2026-01-31T12:00:00.123456Z`
    package static func iso(_ date: Date) -> String { base(date).replacing(" ", with: "T") + "Z" }

    /// `2026-01-31T12:00:00.123456Z`, or null.
    package static func iso(_ date: Date?) -> String? { date.map { iso($0) } }

    /// `2026-01-31T12:00:00.123456+00:00`, as exports have it.
    package static func isoWithOffset(_ date: Date) -> String { base(date).replacing(" ", with: "T") + "+00:00" }

    /// `2026-01-31 12:00:00.123456+00:00`, as a mapping's `times` have it.
    package static func spaced(_ date: Date?) -> String? { date.map { base($0) + "+00:00" } }

    /// `2026-01-31 12:00:00`, for people.
    package static func plain(_ date: Date) -> String { String(base(date).prefix(19)) }

    /// Reads a date, or a time of RFC 3339 or in any of these forms. A plus sign that a client did not escape arrives as a space. What is finer
    /// than a microsecond is cut, and what lies outside of the years 1 to 9999 in UTC becomes their first or last moment.
    package static func parse(_ text: String) -> Date? {
        guard let parts = TimestampParts(text.trimmingCharacters(in: .whitespaces)), let midnight = decode("\(parts.day) 00:00:00"),
            base(midnight).hasPrefix(parts.day), let local = decode("\(parts.day) \(parts.clock)")
        else { return nil }
        let date = local.addingTimeInterval(Double(-parts.offset) * 60)
        return min(max(date, earliest), latest)
    }

    private static let earliest = decode("0001-01-01 00:00:00")!
    private static let latest = decode("9999-12-31 23:59:59")!

    private static func decode(_ text: String) -> Date? {
        Array(text.utf8).withUnsafeBufferPointer { Date.decode(postgresText: $0) }
    }

    private static func base(_ date: Date) -> String {
        // Postgres' own text form, without its `+00`.
        String((date.postgresText ?? "").dropLast(3))
    }
}
