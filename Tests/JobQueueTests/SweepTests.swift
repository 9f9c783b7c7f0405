import Eventually
import Postgres
import TestDatabase
import Testing

@testable import JobQueue

@Suite("Sweeping dead rows")
struct SweepTests {
    private struct World {
        let queue: JobQueue
        let database: TestDatabase

        /// Jobs that came and went.
        func makeDeadRows(_ count: Int) async throws {
            let before = try await number("pg_stat_get_dead_tuples('sluice.jobs'::regclass)")
            try await queue.pool.withSession { session in
                try session.run("INSERT INTO sluice.jobs (kind) SELECT 'k' FROM generate_series(1, \(count))")
                try session.run("DELETE FROM sluice.jobs")
                try session.run("SELECT pg_stat_force_next_flush()")
            }
            try await eventually { try await number("pg_stat_get_dead_tuples('sluice.jobs'::regclass)") >= before + count }
        }

        func sweeps() async throws -> Int { try await number("pg_stat_get_vacuum_count('sluice.jobs'::regclass)") }

        private func number(_ sql: String) async throws -> Int {
            try await queue.pool.query(PostgresQuery(sql: "SELECT \(sql) AS n"))[0].decode("n")
        }
    }

    private func withWorld(_ body: @Sendable (World) async throws -> Void) async throws {
        try await TestDatabase.with(migrations: JobQueue.migrations) { database in
            let pool = database.pool(size: 1)
            try await pool.run("ALTER TABLE sluice.jobs SET (autovacuum_enabled = false)")
            try await body(World(queue: JobQueue(pool: pool), database: database))
        }
    }

    @Test("waits until there are many, and leaves none")
    func many() async throws {
        try await withWorld { world in
            try await world.makeDeadRows(1000)
            var plan = SweepPlan()
            try await world.queue.sweepDeadRows(&plan)
            #expect(try await world.sweeps() == 0)
            try await world.makeDeadRows(60_000)
            try await world.queue.sweepDeadRows(&plan)
            #expect(plan.left == 0)
            #expect(try await world.sweeps() == 1)
        }
    }

    @Test("one worker sweeps at a time, and the next looks again later")
    func alone() async throws {
        try await withWorld { world in
            try await world.makeDeadRows(60_000)
            var plan = SweepPlan()
            let other = try PostgresConnection(configuration: world.database.configuration)
            try await other.withSession { _ = try $0.run("SELECT pg_advisory_lock(hashtextextended('sluice.sweep', 0))") }
            try await world.queue.sweepDeadRows(&plan)
            #expect(try await world.sweeps() == 0)
            await other.close()
            try await eventually {
                try await world.queue.sweepDeadRows(&plan)
                return try await world.sweeps() == 1
            }
            #expect(plan.left == 0)
        }
    }

    @Test("what an old transaction keeps is not swept again and again, and is swept once that has ended")
    func held() async throws {
        try await withWorld { world in
            let old = try await OldTransaction(in: world.database, seenBy: world.queue.pool)
            try await world.makeDeadRows(60_000)
            var plan = SweepPlan()
            try await world.queue.sweepDeadRows(&plan)
            #expect(plan.left >= 60_000)
            try await world.makeDeadRows(200_000)
            try await world.queue.sweepDeadRows(&plan)
            #expect(try await world.sweeps() == 1)
            try await old.end()
            // An ANALYZE of autovacuum's own, of whatever table, looks at the database as it was too, for a moment.
            try await eventually("nothing is left") {
                try await world.queue.sweepDeadRows(&plan)
                return plan.left == 0
            }
            #expect(try await world.sweeps() >= 2)
        }
    }
}
