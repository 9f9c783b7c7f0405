import Catalog
import Eventually
import JobQueue
import Monitoring
import Postgres
import TestDatabase
import Testing

@Suite("Whether a process can do its work")
struct ReadinessTests {
    private static let migrations = JobQueue.migrations + CatalogStore.migrations

    @Test("a process that works, on a database with all migrations, has no reason")
    func working() async throws {
        try await Self.with { pool in #expect(await Readiness(pool: pool).reasons().isEmpty) }
    }

    @Test("a process says where it is, and never works again once it was asked to stop")
    func phases() async throws {
        try await Self.with { pool in
            let readiness = Readiness(pool: pool, phase: .starting)
            #expect(await readiness.reasons().map(\.code) == [.starting])
            readiness.enter(.working)
            #expect(await readiness.reasons().isEmpty)
            readiness.enter(.draining)
            readiness.enter(.working)
            #expect(await readiness.reasons().map(Self.told) == ["drain: the process was asked to stop"])
        }
    }

    @Test("migrations that the database lacks are named, and so is what makes them")
    func migrations() async throws {
        try await Self.with(Self.migrations.dropLast()) { pool in
            let reasons = await Readiness(pool: pool).reasons()
            #expect(reasons.map(\.code) == [.migrations])
            #expect(
                reasons.first?.message == "the control database lacks migrations \(Self.migrations.last!.number): run 'sluice migrate'")
        }
    }

    @Test("who needs a scheduler that leads misses it where there is none, or only one that stands by")
    func leader() async throws {
        try await Self.with { pool in
            #expect(
                await Readiness(pool: pool, needsLeader: true).reasons().map(Self.told) == ["leader: no scheduler leads"])
            let scheduler = WorkerRegistration(role: .scheduler)
            try await scheduler.beat(pool)
            #expect(await Readiness(pool: pool, needsLeader: true).reasons().map(\.code) == [.leader])
            try await pool.withSession { try scheduler.beat(in: $0, leads: true) }
            #expect(await Readiness(pool: pool, needsLeader: true).reasons().isEmpty)
        }
    }

    @Test("a database that does not answer is told after two seconds, and beside what the process says of itself")
    func unanswered() async throws {
        try await TestDatabase.with(migrations: Self.migrations) { database in
            let (pool, others) = (database.pool(size: 1), database.pool(size: 1))
            // Whoever asks waits for the only session.
            let held = Task { try await pool.run("SELECT pg_sleep(600)", timeout: .seconds(600)) }
            try await eventually {
                try await !others.query("SELECT FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(600)' AND state = 'active'").isEmpty
            }
            let reasons = await Readiness(pool: pool, phase: .draining).reasons()
            #expect(reasons.map(\.code) == [.drain, .database])
            #expect(reasons.last?.message == "the control database did not answer within 2 seconds")
            held.cancel()
        }
    }

    @Test("a server that is not there is told")
    func nobody() async throws {
        try await TestDatabase.with(migrations: Self.migrations) { database in
            let pool = database.pool(size: 1)
            await pool.close()
            #expect(await Readiness(pool: pool).reasons().map(\.code) == [.database])
        }
    }

    private static func told(_ reason: UnreadyReason) -> String { "\(reason.code.rawValue): \(reason.message)" }

    private static func with(
        _ migrations: [PostgresMigration] = migrations, _ body: @Sendable (PostgresPool) async throws -> Void
    ) async throws {
        try await TestDatabase.with(migrations: migrations) { try await body($0.pool(size: 2)) }
    }
}
