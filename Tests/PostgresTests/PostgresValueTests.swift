import Foundation
import Postgres
import TestDatabase
import Testing

@Suite("Values")
struct PostgresValueTests {
    @Test("of every type come back from the server as they went")
    func roundTrips() async throws {
        try await TestDatabase.with { database in
            let pool = database.pool(size: 1)
            func back<Value: PostgresEncodable & PostgresDecodable>(_ value: Value, _ type: String) async throws -> Value {
                try await pool.query("SELECT \(value)::\(raw: type) AS value")[0].decode("value")
            }
            let text = try await back("text", "text")
            #expect(text == "text")
            for value in [Int.min, -1, 0, 1, Int.max] { #expect(try await back(value, "bigint") == value) }
            #expect(try await back(Int64.min, "bigint") == Int64.min)
            #expect(try await back(Int32.min, "integer") == Int32.min)
            #expect(try await back(Int16.max, "smallint") == Int16.max)
            for value in [0, -0.1, 1e300, .leastNonzeroMagnitude, 0.1 + 0.2, .infinity, -.infinity] {
                #expect(try await back(value, "float8") == value)
            }
            #expect(try await back(Double.nan, "float8").isNaN)
            #expect(try await back(12.5, "numeric(18,2)") == 12.5)
            #expect(try await back(true, "boolean") == true)
            #expect(try await back(false, "boolean") == false)
            let id = UUID()
            #expect(try await back(id, "uuid") == id)
            #expect(try await back([Int](), "bigint[]") == [])
            #expect(try await back([1, -2, 3], "bigint[]") == [1, -2, 3])
            #expect(try await back([true, false], "boolean[]") == [true, false])
            #expect(try await back([id], "uuid[]") == [id])
            let dates = [Date(timeIntervalSince1970: 0), Date(timeIntervalSince1970: 1_767_225_599.25)]
            #expect(try await back(dates, "timestamptz[]") == dates)
        }
    }

    @Test("that are missing go as NULL and come back as nil")
    func missing() async throws {
        try await TestDatabase.with { database in
            let nothing: String? = nil
            let row = try await database.pool().query("SELECT \(nothing)::text AS text, \(Int?.none)::int AS number, \("")::text AS empty")[
                0]
            #expect(try row.decodeIfPresent("text", as: String.self) == nil)
            #expect(try row.decodeIfPresent("number", as: Int.self) == nil)
            #expect(try row.decodeIfPresent("empty", as: String.self)?.isEmpty == true)
        }
    }

    @Test("of a duration become an interval")
    func durations() async throws {
        try await TestDatabase.with { database in
            let row = try await database.pool().query(
                "SELECT extract(epoch FROM \(Duration.milliseconds(90_500))::interval)::float8 AS long, extract(epoch FROM \(Duration.microseconds(-7))::interval)::float8 AS short"
            )[0]
            #expect(try row.decode("long", as: Double.self) == 90.5)
            #expect(try row.decode("short", as: Double.self) == -0.000007)
        }
    }

    @Test("encoded as JSON are read by the server and back")
    func json() async throws {
        struct Settings: Codable, Equatable { var name: String, limits: [Int], when: Date }
        try await TestDatabase.with { database in
            let settings = Settings(name: "a \"quoted\" / path", limits: [1, 2], when: Date(timeIntervalSince1970: 1_700_000_000))
            let row = try await database.pool().query("SELECT \(try PostgresJSON(settings))::jsonb AS settings")[0]
            #expect(try row.decodeJSON("settings", as: Settings.self) == settings)
            let error = #expect(throws: PostgresError.self) { try row.decodeJSON("settings", as: [Int].self) }
            #expect(error?.code == .decoding)
            #expect(error?.message.contains("settings") == true)
        }
    }

    @Test("that do not fit are refused with the name of the column")
    func decodingErrors() async throws {
        try await TestDatabase.with { database in
            let row = try await database.pool().query(
                """
                SELECT 'abc' AS word, 70000 AS big, NULL::int AS nothing, ARRAY['a', NULL] AS holes, 'infinity'::timestamptz AS never,
                    ARRAY[ARRAY[1, 2], ARRAY[3, 4]] AS grid
                """)[0]
            func complaint(_ column: String, _ read: () throws -> Any) -> String {
                let error = #expect(throws: PostgresError.self) { _ = try read() }
                #expect(error?.code == .decoding)
                #expect(error?.isRetryable == false)
                #expect(error?.message.contains("column \(column)") == true)
                return error?.message ?? ""
            }
            #expect(complaint("word") { try row.decode("word", as: Int.self) }.contains("Int"))
            #expect(complaint("big") { try row.decode("big", as: Int16.self) }.contains("Int16"))
            #expect(complaint("nothing") { try row.decode("nothing", as: Int.self) }.contains("NULL"))
            #expect(complaint("absent") { try row.decode("absent", as: Int.self) }.contains("no column"))
            #expect(complaint("holes") { try row.decode("holes", as: [String].self) }.contains("Array"))
            #expect(complaint("grid") { try row.decode("grid", as: [String].self) }.contains("Array"))
            #expect(complaint("never") { try row.decode("never", as: Date.self) }.contains("Date"))
        }
    }

    @Test("are counted and reached as a collection of rows")
    func results() async throws {
        try await TestDatabase.with { database in
            let result = try await database.pool().query("SELECT n FROM generate_series(1, 5) AS n")
            #expect(try result.map { try $0.decode("n", as: Int.self) } == [1, 2, 3, 4, 5])
            #expect(result.count == 5)
            #expect(result.affectedRows == 5)
            #expect(try result.last?.decode("n", as: Int.self) == 5)
        }
    }
}
