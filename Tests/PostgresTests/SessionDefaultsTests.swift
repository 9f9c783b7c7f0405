import Foundation
import Postgres
import TestDatabase
import Testing

@Suite("What a role or a database is set to changes nothing for our sessions")
struct SessionDefaultsTests {
    static let settings = [
        "statement_timeout": "20", "lock_timeout": "20", "idle_in_transaction_session_timeout": "100",
        "default_transaction_isolation": "serializable", "DateStyle": "SQL, DMY", "IntervalStyle": "iso_8601", "TimeZone": "Asia/Kolkata",
        "extra_float_digits": "-15", "bytea_output": "escape", "xmlbinary": "hex", "array_nulls": "off", "search_path": "",
        "idle_session_timeout": "100",
    ]

    @Test("limits, read-only transactions and the forms of values are as the code needs them")
    func settings() async throws {
        try await TestDatabase.with { database in
            let owner = database.pool(size: 1)
            try await owner.run("CREATE TABLE public.t (at timestamptz, amount float8, data bytea, span interval, list text[])")
            for (name, value) in Self.settings {
                try await owner.run("ALTER DATABASE \(identifier: database.name) SET \(identifier: name) TO \(literal: value)")
            }
            let pool = database.pool(size: 1)
            let row = try await pool.transaction { session in
                try session.run("SELECT pg_sleep(0.05)")
                try session.run(
                    """
                    INSERT INTO public.t VALUES ('2026-02-01 00:00:00+00', 0.1::float8 + 0.2, '\\x00ff', '1 day 02:00:00', '{NULL}')
                    """)
                return try session.query("SELECT at, at::text AS text, amount, data, span, list[1] IS NULL AS null FROM public.t")[0]
            }
            #expect(try row.decode("at", as: Date.self) == Date(timeIntervalSince1970: 1_769_904_000))
            #expect(try row.decode("text", as: String.self) == "2026-02-01 00:00:00+00")
            #expect(try row.decode("amount", as: Double.self) == 0.1 + 0.2)
            #expect(try row.decode("data", as: String.self) == "\\x00ff")
            #expect(try row.decode("span", as: String.self) == "1 day 02:00:00")
            #expect(try row.decode("null", as: Bool.self))
        }
    }

    @Test("a call's own time-out holds all the same")
    func ownTimeout() async throws {
        try await TestDatabase.with { database in
            let pool = database.pool(size: 1)
            await #expect(throws: PostgresError.self) { try await pool.run("SELECT pg_sleep(30)", timeout: .milliseconds(50)) }
        }
    }

    @Test("what a URL's options set otherwise stays set")
    func options() async throws {
        try await TestDatabase.with { database in
            let url = database.url + (database.url.contains("?") ? "&" : "?") + "options=-c%20work_mem%3D7MB%20-c%20search_path%3Dpg_temp"
            let pool = PostgresPool(configuration: try PostgresConfiguration(url: url), size: 1, logger: TestDatabase.quietLogger)
            let row = try await pool.query("SELECT current_setting('work_mem') AS memory, current_setting('search_path') AS path")[0]
            await pool.close()
            #expect(try row.decode("memory", as: String.self) == "7MB")
            #expect(try row.decode("path", as: String.self) == "pg_temp")
        }
    }
}
