import Foundation
import Postgres
import TestDatabase
import Testing

@Suite("Timestamps")
struct PostgresTimestampTests {
    /// Epoch, both sides of it, leap days, year's ends, microseconds, and the far ends of what Salesforce dates hold.
    private static let moments: [Double] = [
        0, -1, -0.000001, 0.000001, 951_782_400, 951_868_799.999999, 4_107_542_400, 1_709_164_800, 1_767_225_599.123456, -2_208_988_800,
        -62_135_596_800,
        253_402_300_799,
    ]

    @Test("mean to the server what they mean here, in whatever time zone the session is")
    func meaning() async throws {
        try await TestDatabase.with { database in
            try await database.pool(size: 1).withSession { session in
                for zone in ["UTC", "Asia/Kolkata", "America/St_Johns", "Europe/Amsterdam", "Pacific/Apia"] {
                    try session.run("SELECT set_config('TimeZone', \(zone), false)")
                    for seconds in Self.moments {
                        let date = Date(timeIntervalSince1970: seconds)
                        let row = try session.query(
                            """
                            SELECT extract(epoch FROM \(date)::timestamptz)::float8 AS epoch, \(date)::timestamptz AS zoned,
                                \(date)::timestamptz AT TIME ZONE 'UTC' AS plain
                            """)[0]
                        let readings = [
                            try row.decode("epoch", as: Double.self), try row.decode("zoned", as: Date.self).timeIntervalSince1970,
                            try row.decode("plain", as: Date.self).timeIntervalSince1970,
                        ]
                        #expect(readings.allSatisfy { abs($0 - seconds) < 0.000001 }, "\(zone) \(seconds): \(readings)")
                    }
                }
            }
        }
    }

    @Test("agree with the server on every day of a century and a half")
    func everyDay() async throws {
        try await TestDatabase.with { database in
            let result = try await database.pool().query(
                """
                SELECT moment, extract(epoch FROM moment)::float8 AS epoch
                FROM generate_series('1899-12-31 23:59:59.5+00'::timestamptz, '2050-01-02', '1 day') AS moment
                """)
            let wrong = try result.filter {
                try $0.decode("moment", as: Date.self).timeIntervalSince1970 != $0.decode("epoch", as: Double.self)
            }
            #expect(result.count > 54_000)
            #expect(wrong.isEmpty)
        }
    }
}
