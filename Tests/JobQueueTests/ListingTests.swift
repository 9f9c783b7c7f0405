import Foundation
import JobQueue
import Postgres
import TestDatabase
import Testing

@Suite("Lists of jobs for people")
struct ListingTests {
    private func enqueue(_ count: Int, _ connection: UUID, mapping: UUID? = nil, in pool: PostgresPool) async throws {
        try await pool.run(
            """
            INSERT INTO sluice.jobs (kind, connection_id, mapping_id, priority, run_at)
            SELECT 'poll', \(connection), \(mapping), 100 - n % 3, sluice.clock() + n * interval '1 ms' FROM generate_series(1, \(count)) AS n
            """)
    }

    @Test("what runs comes first, then what waits in its order; what ended comes the latest first")
    func order() async throws {
        try await TestDatabase.with(migrations: JobQueue.migrations) { database in
            let (pool, connection, mapping) = (database.pool(), UUID(), UUID())
            let queue = JobQueue(pool: pool)
            try await enqueue(4, connection, mapping: mapping, in: pool)
            try await enqueue(2, UUID(), in: pool)
            try await pool.run(
                """
                UPDATE sluice.jobs SET state = 'running', worker = 'w', lease_token = 1, lease_expires_at = sluice.clock() + interval '1 min'
                WHERE id = (SELECT max(id) FROM sluice.jobs WHERE connection_id = \(connection))
                """)
            let live = try await queue.liveJobs(connections: [connection], limit: 3)
            #expect(live.map(\.state) == ["running", "available", "available"])
            #expect(live.dropFirst().map(\.priority) == [98, 99])
            #expect(try await queue.job(live[0].id)?.worker == "w")
            _ = try await queue.cancel(live[1].id)
            _ = try await queue.cancel(live[2].id)
            let ended = try await queue.endedJobs(connections: [connection], limit: 10)
            #expect(ended.map(\.id) == [live[2].id, live[1].id])
            #expect(ended.allSatisfy { $0.hasEnded })
            #expect(try await queue.endedJobs(connections: [connection], state: "failed", limit: 10).isEmpty)
            let all = try await queue.jobs(mapping: mapping, limit: 10)
            #expect(all.map(\.state) == ["running", "available", "cancelled", "cancelled"])
            #expect(try await queue.job(live[1].id)?.state == "cancelled")
            #expect(try await queue.job(0) == nil)
        }
    }

    @Test("they walk an index of the connection, however many jobs of others wait")
    func index() async throws {
        try await TestDatabase.with(migrations: JobQueue.migrations) { database in
            let (pool, connection, mapping) = (database.pool(size: 1), UUID(), UUID())
            let queue = JobQueue(pool: pool)
            try await enqueue(50_000, UUID(), in: pool)
            try await enqueue(5, connection, mapping: mapping, in: pool)
            try await pool.run("VACUUM ANALYZE sluice.jobs")
            func scans() async throws -> Int {
                try await pool.run("SELECT pg_stat_force_next_flush()")
                try await pool.run("SELECT pg_stat_clear_snapshot()")
                return try await pool.query("SELECT seq_scan FROM pg_stat_user_tables WHERE relid = 'sluice.jobs'::regclass")[0].decode(
                    "seq_scan")
            }
            let before = try await scans()
            #expect(try await queue.liveJobs(connections: [connection, UUID()], limit: 50).count == 5)
            #expect(try await queue.jobs(mapping: mapping, limit: 50).count == 5)
            _ = try await queue.job(1)
            #expect(try await scans() == before)
        }
    }
}
