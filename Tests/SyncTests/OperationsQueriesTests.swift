import Catalog
import Eventually
import Foundation
import JobQueue
import Postgres
import SyncWorld
import TestDatabase
import Testing

@Suite("The queries of docs/operations.md")
struct OperationsQueriesTests {
    /// The statements of the SQL blocks, in their order.
    private static func statements() throws -> [String] {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let text = try String(contentsOf: root.appending(path: "docs/operations.md"), encoding: .utf8)
        return text.components(separatedBy: "```sql\n").dropFirst().flatMap { block in
            block.components(separatedBy: "\n```")[0].components(separatedBy: ";").map {
                $0.trimmingCharacters(in: .whitespacesAndNewlines)
            }
        }.filter { !$0.isEmpty }
    }

    @Test("all of them run on a real database, and where there is something to see they show it")
    func run() async throws {
        let statements = try Self.statements()
        #expect(statements.count > 15)
        try await SyncWorld.with(rows: ["Account": 20]) { world in
            try await world.importMappings([("Account", SyncWorld.accountFields, "read_write", "External_Id__c")])
            let mapping = try await world.mapping("Account")
            try await makeEverythingHappen(world, mapping)
            // Calls are written down with a process's beat.
            try await eventually { try await world.count("sluice.api_usage") > 0 }
            for statement in statements {
                let isOfConnection = statement.contains("lane = '…'")
                let id = (isOfConnection ? world.connectionID : mapping.id).uuidString.lowercased()
                let sql = statement.replacing("'…'", with: "'\(id)'")
                let rows = try await world.pool.transaction { session in
                    defer { _ = try? session.run("ROLLBACK TO SAVEPOINT before_it") }
                    try session.run("SAVEPOINT before_it")
                    return try session.query(PostgresQuery(sql: sql)).affectedRows
                }
                #expect(rows > 0, "nothing was shown by: \(sql)")
            }
        }
    }

    @Test("each of them stays cheap behind a million waiting and a million finished jobs", .timeLimit(.minutes(20)))
    func scale() async throws {
        let statements = try Self.statements().filter { $0.hasPrefix("SELECT") && !$0.contains("_trigger_log") && !$0.contains("LIMIT 20") }
        try await TestDatabase.with(migrations: JobQueue.migrations + CatalogStore.migrations) { database in
            let pool = database.pool(size: 1)
            let day = "2026-01-01 00:00:00Z"
            try await pool.run(
                """
                INSERT INTO sluice.jobs (kind, connection_id, run_at, attempt)
                SELECT 'kind ' || n % 5, md5((n % 1000)::text)::uuid, \(day)::timestamptz + n * interval '1 ms', n % 1000 / 999 FROM generate_series(1, 1000000) AS n
                """, timeout: .seconds(120))
            try await pool.run(
                """
                INSERT INTO sluice.finished_jobs (id, kind, connection_id, state, priority, run_at, attempt, args, created_at, started_at, finished_at, plane)
                SELECT 2000000 + n, 'kind ' || n % 5, md5((n % 1000)::text)::uuid, CASE WHEN n % 1000 = 0 THEN 'failed' ELSE 'completed' END, 100,
                       \(day)::timestamptz, 1, '{}', \(day)::timestamptz, \(day)::timestamptz, \(day)::timestamptz + n * interval '1 ms', n % 2
                FROM generate_series(1, 1000000) AS n
                """, timeout: .seconds(120))
            try await pool.run("VACUUM ANALYZE sluice.jobs", timeout: .seconds(120))
            try await pool.run("VACUUM ANALYZE sluice.finished_jobs", timeout: .seconds(120))
            let depth = try await pool.query(
                """
                SELECT bool_and(estimated) AS estimated, sum(ready) AS ready,
                       max(oldest_ready) = sluice.clock() - (SELECT min(run_at) FROM sluice.jobs) AS is_oldest
                FROM sluice.queue_depth
                """)[0]
            #expect(try depth.decode("estimated", as: Bool.self))
            #expect(try (850_000...1_150_000).contains(depth.decode("ready", as: Int.self)))
            #expect(try depth.decode("is_oldest", as: Bool.self))
            let blocksOfAll = try await pool.query(
                "SELECT ((pg_table_size('sluice.jobs') + sum(pg_table_size(inhrelid))) / 8192)::bigint AS blocks FROM pg_inherits WHERE inhparent = 'sluice.finished_jobs'::regclass"
            )[0].decode("blocks", as: Int.self)
            for statement in statements {
                let sql = statement.replacing("'…'", with: "md5('7')::uuid")
                let (blocks, time) = try await Self.cost(of: sql, pool)
                print("\(blocks) blocks, \(time) ms: \(sql.prefix(100).replacing("\n", with: " "))")
                #expect(blocks < blocksOfAll / 5, "\(sql)")
            }
        }
    }

    /// How many blocks of the tables and indexes a statement looks at, and how long it takes.
    private static func cost(of sql: String, _ pool: PostgresPool) async throws -> (blocks: Int, milliseconds: Double) {
        struct Explained: Decodable {
            let plan: Plan
            let time: Double

            enum CodingKeys: String, CodingKey {
                case plan = "Plan"
                case time = "Execution Time"
            }
        }
        struct Plan: Decodable {
            let hit, read: Int

            enum CodingKeys: String, CodingKey {
                case hit = "Shared Hit Blocks"
                case read = "Shared Read Blocks"
            }
        }
        let rows = try await pool.query(PostgresQuery(sql: "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) \(sql)"))
        let text: String = try rows[0].decode("QUERY PLAN")
        let explained = try #require(try JSONDecoder().decode([Explained].self, from: Data(text.utf8)).first)
        return (explained.plan.hit + explained.plan.read, explained.time)
    }

    /// Jobs in every state, a worker that holds some, events, failed writes and calls.
    private func makeEverythingHappen(_ world: SyncWorld, _ mapping: Mapping) async throws {
        try await world.pool.run("UPDATE salesforce.account SET name = 'INVALID name' WHERE id = 3")
        _ = try await world.write()
        try await CatalogStore(pool: world.pool).audit(world.connectionID, actor: "ann@example.com", action: "mapping.poll")
        try await world.queue.setSchedule(Schedule(name: "prune", timing: .every(.seconds(60)), job: .housekeeping(.prune)))
        try await world.pool.run(
            """
            INSERT INTO sluice.jobs (kind, connection_id, mapping_id, run_at, attempt, last_error)
            SELECT kind, \(world.connectionID), \(mapping.id), now() + run_in::interval, attempt, 'said no'
            FROM (VALUES ('of the future', '0', 0), ('of the future', '1 hour', 0), ('of the future', '1 hour', 3)) AS jobs(kind, run_in, attempt)
            """)
        try await world.pool.run(
            """
            INSERT INTO sluice.jobs (kind, state, worker, lease_token, lease_expires_at, started_at, deadline_at, attempt)
            VALUES ('of the future', 'running', 'somebody', 77, now() + interval '1 hour', now(), now() + interval '1 hour', 1)
            """)
        let malformed = try await world.queue.enqueue([NewJob(kind: JobKind.housekeeping.rawValue)])
        let id = try #require(malformed.first ?? nil)
        #expect(try await world.finished(id).state == "failed")
        try await world.catalog.event(.info, connection: world.connectionID, mapping: mapping.id, "for the record")
        try await world.pool.run("UPDATE sluice.mappings SET config = (config::jsonb || '{\"sf_notify_enabled\": true}')::json")
        let worker = try await world.pool.query("SELECT name FROM sluice.live_workers WHERE role = 'worker' LIMIT 1")[0]
        try await world.catalog.setUnserved(by: try worker.decode("name"), [world.connectionID: "a variable is not set"])
    }
}
