import Postgres
import TestDatabase
import Testing

@Suite("A prepared statement")
struct PreparedStatementTests {
    @Test("is prepared once a session and takes new parameters each time")
    func isKept() async throws {
        try await TestDatabase.with { database in
            try await database.pool(size: 1).withSession { session in
                for number in 1...3 {
                    let query: PostgresQuery = "SELECT \(number)::int * 2 AS double"
                    let double: Int = try session.query(query.prepared())[0].decode("double")
                    #expect(double == number * 2)
                }
                #expect(try session.query("SELECT 1 FROM pg_prepared_statements").count == 1)
            }
        }
    }

    @Test("whose table changed fails at most once, and then sees the new table")
    func afterAlterTable() async throws {
        try await TestDatabase.with { database in
            try await database.pool(size: 1).withSession { session in
                try session.script("CREATE TABLE things (a int); INSERT INTO things VALUES (1)")
                let things = ("SELECT * FROM things" as PostgresQuery).prepared()
                let other = ("SELECT 'other' AS name" as PostgresQuery).prepared()
                #expect(try session.query(things)[0].decode("a", as: Int.self) == 1)
                #expect(try session.query(other).count == 1)
                for column in ["b", "c", "d"] {
                    try session.run("ALTER TABLE things ADD COLUMN \(identifier: column) int DEFAULT 7")
                    let error = #expect(throws: PostgresError.self) { try session.query(things) }
                    #expect(error?.sqlState == "0A000")
                    #expect(try session.query(things)[0].decode(column, as: Int.self) == 7)
                    #expect(try session.query(other)[0].decode("name", as: String.self) == "other")
                }
            }
        }
    }

    @Test("has settings of its own, which are gone after it", arguments: [true, false])
    func settings(isPrepared: Bool) async throws {
        try await TestDatabase.with { database in
            try await database.pool(size: 1).withSession { session in
                let setting: PostgresQuery =
                    "SELECT current_setting('enable_seqscan') AS value, current_setting('search_path') AS path, \("it's \\")::text AS text, \(nil as Int?)::int AS none"
                let alone = (isPrepared ? setting.prepared() : setting).planned(with: ["enable_seqscan": "off", "search_path": "a'b"])
                for _ in 1...2 {
                    let row = try session.query(alone)[0]
                    #expect(try row.decode("value", as: String.self) == "off")
                    #expect(try row.decode("path", as: String.self) == "a'b")
                    #expect(try row.decode("text", as: String.self) == "it's \\")
                    #expect(try row.decodeIfPresent("none", as: Int.self) == nil)
                    #expect(!session.isInTransaction)
                    #expect(try session.query(setting)[0].decode("value", as: String.self) == "on")
                }
                let refused: PostgresQuery = "SELECT 1 / \(0)::int AS n"
                let error = #expect(throws: PostgresError.self) {
                    try session.query((isPrepared ? refused.prepared() : refused).planned(with: ["enable_seqscan": "off"]))
                }
                #expect(error?.sqlState == "22012")
                #expect(try session.query(setting)[0].decode("value", as: String.self) == "on")
            }
        }
    }

    @Test("is planned with the settings of its own")
    func plannedWithSettings() async throws {
        try await TestDatabase.with { database in
            try await database.pool(size: 1).withSession { session in
                try session.script("CREATE TABLE things (a int PRIMARY KEY); INSERT INTO things VALUES (1); ANALYZE things")
                let things = ("SELECT a FROM things WHERE a = \(1)::int" as PostgresQuery).prepared().planned(with: [
                    "enable_seqscan": "off"
                ])
                #expect(try session.query(things).count == 1)
                try session.run("SELECT pg_stat_force_next_flush()")
                let scans = try session.query("SELECT idx_scan FROM pg_stat_user_tables WHERE relname = 'things'")[0]
                #expect(try scans.decode("idx_scan", as: Int.self) == 1)
            }
        }
    }

    @Test("that the server has forgotten is prepared again")
    func afterDeallocate() async throws {
        try await TestDatabase.with { database in
            try await database.pool(size: 1).withSession { session in
                let (one, two) = (("SELECT 1 AS n" as PostgresQuery).prepared(), ("SELECT 2 AS n" as PostgresQuery).prepared())
                _ = try session.query(one)
                _ = try session.query(two)
                try session.run("DEALLOCATE ALL")
                for query in [one, two] { #expect(throws: PostgresError.self) { try session.query(query) } }
                #expect(try session.query(one)[0].decode("n", as: Int.self) == 1)
                #expect(try session.query(two)[0].decode("n", as: Int.self) == 2)
            }
        }
    }

    @Test("is one of a bounded number that a session keeps")
    func cacheIsBounded() async throws {
        try await TestDatabase.with { database in
            try await database.pool(size: 1).withSession { session in
                for number in 0..<300 {
                    let query = PostgresQuery(sql: "SELECT \(number) AS n").prepared()
                    let answer: Int = try session.query(query)[0].decode("n")
                    #expect(answer == number)
                }
                #expect(try session.query("SELECT 1 FROM pg_prepared_statements").count <= 128)
            }
        }
    }

    @Test("with an error in it is refused each time and disturbs no other")
    func badStatement() async throws {
        try await TestDatabase.with { database in
            try await database.pool(size: 1).withSession { session in
                for _ in 0..<2 {
                    let error = #expect(throws: PostgresError.self) {
                        try session.query(("SELECT FROM nowhere" as PostgresQuery).prepared())
                    }
                    #expect(error?.sqlState == PostgresError.undefinedTable)
                }
                let rows = try session.query(("SELECT 1 AS n" as PostgresQuery).prepared())
                #expect(rows.count == 1)
            }
        }
    }
}
