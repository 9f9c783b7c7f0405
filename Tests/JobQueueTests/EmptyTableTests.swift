import Postgres
import TestDatabase
import Testing

@testable import JobQueue

/// What a look at many waiting jobs reads where the planner takes their table for empty: it was, when somebody last looked at all of it.
@Suite("Looking at what waits in a table that seems empty")
struct EmptyTableTests {
    private static let waiting = 5000

    enum Look: CaseIterable {
        case claim, claimFromPlaces, claimExclusive, survey

        func take(_ queue: JobQueue, place: LaneKey, from time: Int64) async throws {
            var request = ClaimRequest(worker: "w", kinds: ["k"], limit: 3, lease: .seconds(60))
            switch self {
            case .claim: break
            case .claimFromPlaces, .claimExclusive:
                request.reportsScan = true
                request.scope = ClaimScope(places: [.init(key: place, notBefore: time)], looksBetween: true)
            case .survey:
                #expect(try await queue.survey().heads.map(\.key) == [place])
                return
            }
            #expect(try await queue.claim(request).jobs.count == 3)
        }
    }

    @Test("reads the first of them, and not all", arguments: Look.allCases, [false, true])
    func reads(look: Look, isHeld: Bool) async throws {
        try await TestDatabase.with(migrations: JobQueue.migrations) { database in
            let queue = JobQueue(pool: database.pool(size: 1))
            try await queue.pool.run("ALTER TABLE sluice.jobs SET (autovacuum_enabled = false)")
            let old = isHeld ? try await OldTransaction(in: database, seenBy: queue.pool) : nil
            try await enqueue(on: queue, exclusive: look == .claimExclusive)
            try await queue.pool.run("ANALYZE sluice.jobs")
            try await queue.pool.withSession { session in
                // As much as a claim and a completion leave behind.
                try session.run(
                    "UPDATE sluice.jobs SET state = 'running', worker = 'w', lease_token = id, lease_expires_at = sluice.clock() + interval '1 minute'"
                )
                try session.run("DELETE FROM sluice.jobs")
                try session.run("VACUUM (TRUNCATE false) sluice.jobs")
            }
            let row = try await queue.pool.query(
                "SELECT reltuples::int AS rows, relpages AS pages, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now FROM pg_class WHERE relname = 'jobs'"
            )[0]
            #expect(try row.decode("rows", as: Int.self) == 0)
            #expect(try row.decode("pages", as: Int.self) > 50)
            try await enqueue(on: queue, exclusive: look == .claimExclusive)
            // Whoever looks at everything walks over what is dead, if it could not be swept away.
            let dead = isHeld && (look == .claim || look == .survey) ? Self.waiting : 0
            let fresh = JobQueue(pool: database.pool(size: 1))
            let before = try await read(fresh)
            try await look.take(fresh, place: LaneKey(lane: Lane(text: Lane.ofNone), priority: 100), from: try row.decode("now"))
            #expect(try await read(fresh) - before < dead + Self.waiting / 5)
            try await old?.end()
        }
    }

    private func enqueue(on queue: JobQueue, exclusive: Bool) async throws {
        try await queue.pool.run(
            "INSERT INTO sluice.jobs (kind, exclusive_key) SELECT 'k', CASE WHEN \(exclusive) THEN 'key ' || n END FROM generate_series(1, \(Self.waiting)) AS n"
        )
    }

    /// Entries of the indexes of `sluice.jobs`, and rows of it by a scan of all, that were read so far.
    private func read(_ queue: JobQueue) async throws -> Int {
        try await queue.pool.run("SELECT pg_stat_force_next_flush()")
        return try await queue.pool.query(
            """
            SELECT (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE relid = 'sluice.jobs'::regclass)::bigint
                + (SELECT seq_tup_read FROM pg_stat_user_tables WHERE relid = 'sluice.jobs'::regclass) AS n
            """)[0].decode("n")
    }
}
