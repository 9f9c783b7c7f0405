import Postgres
import TestDatabase
import Testing

@testable import JobQueue

/// What a statement about a few jobs reads where the planner takes the table for empty, while somebody's old transaction keeps every dead row.
@Suite("Looking jobs up among dead rows")
struct DeadRowLookupTests {
    private static let dead = 5000

    private struct World {
        let queue: JobQueue

        func claim(_ count: Int) async throws -> [Lease] {
            _ = try await queue.enqueue(Array(repeating: NewJob(kind: "k"), count: count))
            return try await queue.claim(ClaimRequest(worker: "w", kinds: ["k"], limit: count, lease: .seconds(60))).jobs.map(\.lease)
        }

        /// Entries of the indexes of `sluice.jobs` that were read so far.
        func read() async throws -> Int {
            try await queue.pool.run("SELECT pg_stat_force_next_flush()")
            return try await queue.pool.query(
                "SELECT sum(idx_tup_read)::bigint AS n FROM pg_stat_user_indexes WHERE relid = 'sluice.jobs'::regclass")[0].decode("n")
        }
    }

    enum Statement: CaseIterable {
        case complete, renew, handBack, checkpoint, fail, failForGood, snooze, wake, rescue, cancel, bringForward, askForUnbegun, restate

        func run(_ queue: JobQueue, _ leases: [Lease]) async throws {
            switch self {
            case .complete: #expect(try await queue.complete(leases.map { .init(lease: $0, outcome: "done") }).count == 3)
            case .renew: #expect(try await queue.renew(leases, for: .seconds(60)).lost.isEmpty)
            case .handBack: #expect(try await queue.handBack(leases) == 3)
            case .checkpoint: try await queue.checkpoint(leases[0], progress: "{}")
            case .fail: #expect(try await queue.fail(leases[0], error: "no") != nil)
            case .failForGood: #expect(try await queue.fail(leases[0], error: "no", permanent: true) == nil)
            case .snooze: try await queue.snooze(leases[0], for: .seconds(60))
            case .wake: try await queue.wake(leases[0].jobID)
            case .rescue: #expect(try await queue.rescue(among: leases.map(\.jobID)).jobs == 0)
            case .cancel: #expect(try await queue.cancel(leases[0].jobID))
            case .bringForward:
                let job = try NewJob(kind: "k", uniqueKey: "u")
                for joiningBegun in [true, false] {
                    let ids = try await queue.pool.withSession {
                        try JobQueue.enqueueOrBringForward([job], joiningBegun: joiningBegun, in: $0)
                    }
                    #expect(ids != [nil])
                }
            case .askForUnbegun:
                _ = try await queue.pool.query("SELECT sluice.ask_for_unbegun_job('k', NULL, NULL, '{}', 0, 'u', NULL)")
            case .restate: _ = try await queue.pool.query("SELECT sluice.restate_job(\(leases[0].jobID), '{}')")
            }
        }
    }

    @Test("reads these, and not what is dead", arguments: Statement.allCases)
    func reads(statement: Statement) async throws {
        try await TestDatabase.with(migrations: JobQueue.migrations) { database in
            let world = World(queue: JobQueue(pool: database.pool(size: 1)))
            try await world.queue.pool.run("ALTER TABLE sluice.jobs SET (autovacuum_enabled = false)")
            let old = try await OldTransaction(in: database, seenBy: world.queue.pool)
            let gone = try await world.claim(Self.dead)
            #expect(try await world.queue.complete(gone.map { .init(lease: $0, outcome: nil) }).count == Self.dead)
            try await world.queue.pool.run("ANALYZE sluice.jobs")
            #expect(
                try await world.queue.pool.query("SELECT reltuples::int AS n FROM pg_class WHERE relname = 'jobs'")[0].decode(
                    "n", as: Int.self) == 0)
            let leases = try await world.claim(3)
            let before = try await world.read()
            try await statement.run(world.queue, leases)
            #expect(try await world.read() - before < Self.dead / 5)
            try await old.end()
        }
    }
}
