import Foundation
import Testing
import WebServer

@testable import API

@Suite("Times as clients write them")
struct TimestampTests {
    @Test(
        "dates, times with and without a zone, fractions of any length, an unescaped plus",
        arguments: [
            ("2026-01-31", 1_769_817_600.0), ("2026-01-31T12:00:00Z", 1_769_860_800), ("2026-01-31t12:00z", 1_769_860_800),
            ("2026-01-31 12:00:00.5+00:00", 1_769_860_800.5), ("2026-01-31T12:00:00 02:00", 1_769_853_600),
            ("2026-01-31T12:00:00-0530", 1_769_880_600), ("2026-01-31T12:00:00.1234567890123Z", 1_769_860_800.123456),
            ("2024-02-29", 1_709_164_800), ("0344-08-04T08:36:58-06:09", -51_292_948_442),
            ("0001-01-01T00:00:00+14:00", -62_135_596_800), ("2016-12-31T23:59:60Z", 1_483_228_800),
        ] as [(String, Double)])
    func understood(text: String, seconds: Double) throws {
        let date = try #require(Timestamp.parse(text))
        #expect(abs(date.timeIntervalSince1970 - seconds) < 0.000_01, "\(date.timeIntervalSince1970)")
    }

    @Test("what lies outside of the calendar is bounded by it")
    func bounds() throws {
        let latest = try #require(Timestamp.parse("9999-12-31T23:59:59-14:00"))
        #expect(Timestamp.iso(latest) == "9999-12-31T23:59:59.000000Z")
    }

    @Test(
        "what is no time is refused",
        arguments: [
            "", "yesterday", "2026-02-30", "2026-13-01", "2026-00-10", "2026-01-31T24:00:00Z", "2026-01-31T12:60:00Z",
            "2026-01-31T12:00:61Z",
            "2026-01-31T12:00:00+24:00", "2026-01-31T12:00:00.Z", "26-01-31", "2026-01-31T", "9999999999", "2026-01-31T12:00:00ZZ",
        ])
    func refused(text: String) { #expect(Timestamp.parse(text) == nil) }
}
