import Postgres
import TestDatabase
import Testing

@Suite("Migrations")
struct PostgresMigratorTests {
    private static func migration(_ number: Int, _ sql: String) -> PostgresMigration {
        PostgresMigration(number: number, name: "step \(number)", sql: sql)
    }

    private static let first = migration(1, "CREATE TABLE app.a (n int)")
    private static let second = migration(2, "ALTER TABLE app.a ADD COLUMN m int; INSERT INTO app.a VALUES (1, 2)")

    @Test("are applied in the order of their numbers, each once")
    func order() async throws {
        try await TestDatabase.with { database in
            let pool = database.pool(size: 1)
            let migrator = PostgresMigrator(schema: "app", migrations: [Self.second, Self.first])
            #expect(try await migrator.pending(pool) == [1, 2])
            let applied = try await migrator.migrate(pool, logger: TestDatabase.quietLogger)
            #expect(applied == [1, 2])
            #expect(try await migrator.migrate(pool, logger: TestDatabase.quietLogger) == [])
            #expect(try await migrator.pending(pool) == [])
            #expect(try await pool.query("SELECT * FROM app.a").count == 1)
            let extended = PostgresMigrator(schema: "app", migrations: [Self.first, Self.second, Self.migration(3, "SELECT 1")])
            #expect(try await extended.pending(pool) == [3])
            #expect(try await extended.migrate(pool, logger: TestDatabase.quietLogger) == [3])
        }
    }

    @Test("are applied once by many processes that start together")
    func concurrently() async throws {
        try await TestDatabase.with { database in
            let pools = (0..<6).map { _ in database.pool(size: 1) }
            let applied = try await withThrowingTaskGroup(of: [Int].self) { group in
                for pool in pools {
                    group.addTask {
                        try await PostgresMigrator(schema: "app", migrations: [Self.first, Self.second]).migrate(
                            pool, logger: TestDatabase.quietLogger)
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(applied == [1, 2])
            #expect(try await pools[0].query("SELECT * FROM app.a").count == 1)
        }
    }

    @Test("that were edited after they were applied are refused by number and name")
    func edited() async throws {
        try await TestDatabase.with { database in
            let pool = database.pool(size: 1)
            _ = try await PostgresMigrator(schema: "app", migrations: [Self.first]).migrate(pool, logger: TestDatabase.quietLogger)
            let edited = PostgresMigrator(schema: "app", migrations: [Self.migration(1, "CREATE TABLE app.b (n int)"), Self.second])
            let error = await #expect(throws: PostgresError.self) { try await edited.migrate(pool, logger: TestDatabase.quietLogger) }
            #expect(error?.code == .migration)
            #expect(error?.message.contains("1 step 1") == true)
            #expect(try await pool.query("SELECT * FROM app.migrations").count == 1)
        }
    }

    @Test("that fail leave the database as it was")
    func failing() async throws {
        try await TestDatabase.with { database in
            let pool = database.pool(size: 1)
            let migrator = PostgresMigrator(
                schema: "app", migrations: [Self.first, Self.migration(2, "CREATE TABLE app.b (n int); SELECT nonsense")])
            let error = await #expect(throws: PostgresError.self) { try await migrator.migrate(pool, logger: TestDatabase.quietLogger) }
            #expect(error?.sqlState == "42703")
            #expect(try await migrator.pending(pool) == [1, 2])
            let table = try await pool.query("SELECT to_regclass('app.a')::text AS name")[0]
            #expect(try table.decodeIfPresent("name", as: String.self) == nil)
        }
    }
}
