import Foundation
import Postgres

/// The ways in which Heroku Connect's API writes times.
enum Timestamp {
    /// `2026-01-31T12:00:00.123456Z`
    static func iso(_ date: Date) -> String { base(date).replacing(" ", with: "T") + "Z" }

    /// `2026-01-31T12:00:00.123456Z`, or null.
    static func iso(_ date: Date?) -> String? { date.map { iso($0) } }

    /// `2026-01-31T12:00:00.123456+00:00`, as exports have it.
    static func isoWithOffset(_ date: Date) -> String { base(date).replacing(" ", with: "T") + "+00:00" }

    /// `2026-01-31 12:00:00.123456+00:00`, as a mapping's `times` have it.
    static func spaced(_ date: Date?) -> String? { date.map { base($0) + "+00:00" } }

    /// `2026-01-31 12:00:00`, for people.
    static func plain(_ date: Date) -> String { String(base(date).prefix(19)) }

    /// Reads a date, or a time in any of these forms. A plus sign that a client did not escape arrives as a space.
    static func parse(_ text: String) -> Date? {
        let text = text.trimmingCharacters(in: .whitespaces)
        guard let match = text.wholeMatch(of: /(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d(?:\.\d{1,9})?)?)?(Z|z|[ +\-]\d\d:?\d\d)?/) else {
            return nil
        }
        let day = String(match.output.1)
        let clock = match.output.2.map { "\($0)\(match.output.3 ?? ":00")" } ?? "00:00:00"
        let zone = match.output.4.map { $0.uppercased() == "Z" ? "+00" : $0.replacing(" ", with: "+") } ?? "+00"
        guard let numbers = Array(day.split(separator: "-").compactMap { Int($0) }) as [Int]?, numbers[0] >= 1000,
            (1...12).contains(numbers[1]),
            (1...31).contains(numbers[2]), (0...23).contains(Int(clock.prefix(2)) ?? 24),
            (0...59).contains(Int(clock.dropFirst(3).prefix(2)) ?? 60)
        else { return nil }
        let form = "\(day) \(clock)\(zone)"
        return Array(form.utf8).withUnsafeBufferPointer { Date.decode(postgresText: $0) }
    }

    private static func base(_ date: Date) -> String {
        // Postgres' own text form, without its `+00`.
        String((date.postgresText ?? "").dropLast(3))
    }
}
