import Foundation
import JobQueue
import Postgres
import TestDatabase
import Testing

@Suite("How many workers the queue wants")
struct WorkersWantedTests {
    private struct Queue {
        let queue: JobQueue
        let database: TestDatabase

        static func with(_ body: (Queue) async throws -> Void) async throws {
            try await TestDatabase.with(migrations: JobQueue.migrations) { database in
                try await body(Queue(queue: JobQueue(pool: database.pool()), database: database))
            }
        }

        func wanted(_ arguments: String = "") async throws -> Int {
            try await queue.pool.query(PostgresQuery(sql: "SELECT sluice.workers_wanted(\(arguments)) AS wanted"))[0].decode("wanted")
        }

        func enqueue(_ count: Int, kind: String = "k", connection: UUID? = nil, key: String? = nil, after: Duration = .zero) async throws {
            _ = try await queue.enqueue(
                (0..<count).map { _ in try NewJob(kind: kind, connectionID: connection, runAfter: after, exclusiveKey: key) })
        }

        /// As if the jobs had become ready a while ago.
        func age() async throws {
            try await queue.pool.run("UPDATE sluice.jobs SET run_at = run_at - interval '10 s' WHERE state = 'available'")
        }

        @discardableResult
        func worker(concurrency: Int = 4, kinds: [String] = ["k"]) async throws -> String {
            let registration = WorkerRegistration(role: .worker, concurrency: concurrency, kinds: kinds)
            try await registration.beat(queue.pool)
            return registration.name
        }

        func claim(_ count: Int, as worker: String) async throws -> [Job] {
            try await queue.claim(ClaimRequest(worker: worker, kinds: ["k"], limit: count, lease: .seconds(60))).jobs
        }
    }

    @Test("none for nothing, and for what comes in an hour; one for what comes soon")
    func nothing() async throws {
        try await Queue.with { queue in
            #expect(try await queue.wanted() == 0)
            try await queue.enqueue(100, after: .seconds(3600))
            #expect(try await queue.wanted() == 0)
            try await queue.enqueue(1, after: .seconds(20))
            #expect(try await queue.wanted() == 1)
            #expect(try await queue.wanted("ahead => '1 second'") == 0)
        }
    }

    @Test("without a worker as many as what is ready fills, by the slots that are told or four")
    func burst() async throws {
        try await Queue.with { queue in
            try await queue.enqueue(30)
            #expect(try await queue.wanted() == 8)
            #expect(try await queue.wanted("10") == 3)
            #expect(try await queue.wanted("slots => 1") == 30)
            #expect(try await queue.wanted("slots => 0") == 30)
        }
    }

    @Test("with workers only for what they leave lying, by the slots that they have")
    func patience() async throws {
        try await Queue.with { queue in
            try await queue.worker(concurrency: 10)
            try await queue.enqueue(30)
            #expect(try await queue.wanted() == 1)
            try await queue.age()
            #expect(try await queue.wanted() == 3)
            #expect(try await queue.wanted("patience => '1 hour'") == 1)
            // Processes that were not heard of for long do not count.
            try await queue.queue.pool.run("UPDATE sluice.workers SET heartbeat_at = heartbeat_at - interval '1 minute'")
            #expect(try await queue.wanted() == 8)
        }
    }

    @Test("of an exclusive key one job, of a limited connection no more than its limit, of kinds that nobody knows none")
    func sideBySide() async throws {
        try await Queue.with { queue in
            try await queue.worker(concurrency: 1)
            try await queue.enqueue(50, key: "one")
            try await queue.enqueue(20, kind: "of the future")
            try await queue.age()
            #expect(try await queue.wanted() == 1)
            let limited = UUID()
            try await queue.queue.limit(limited, to: ConnectionLimit(maxRunning: 3))
            try await queue.enqueue(50, connection: limited)
            try await queue.age()
            #expect(try await queue.wanted() == 4)
        }
    }

    @Test("whoever runs a job is wanted until it has ended; what its key holds up wants nobody")
    func busy() async throws {
        try await Queue.with { queue in
            let workers = [try await queue.worker(), try await queue.worker(), try await queue.worker()]
            try await queue.enqueue(1, key: "held")
            let held = try await queue.claim(1, as: workers[0])
            try await queue.enqueue(100, key: "held")
            try await queue.enqueue(2)
            let others = try await queue.claim(1, as: workers[1]) + queue.claim(1, as: workers[2])
            try await queue.age()
            #expect(held.count + others.count == 3)
            #expect(try await queue.wanted() == 3)
            try await queue.queue.complete(others.map { .init(lease: $0.lease, outcome: nil) })
            #expect(try await queue.wanted() == 1)
        }
    }

    @Test("cheap behind a million jobs, ready or to come, of a thousand connections")
    func million() async throws {
        try await Queue.with { queue in
            try await queue.queue.pool.run(
                """
                INSERT INTO sluice.jobs (kind, connection_id, run_at)
                SELECT 'k', md5((n % 1000)::text)::uuid, now() + CASE WHEN n % 2 = 0 THEN interval '-1 minute' ELSE '1 hour' END
                FROM generate_series(1, 1000000) AS n
                """, timeout: .seconds(300))
            try await queue.queue.pool.run("ANALYZE sluice.jobs", timeout: .seconds(60))
            #expect(try await queue.wanted() > 1000)
            // In pages, not in time: the machine may be full of others. Half a million ready jobs have some 10,000.
            let rows = try await queue.queue.pool.query("EXPLAIN (ANALYZE, BUFFERS, FORMAT TEXT) SELECT sluice.workers_wanted()")
            let text = try rows.map { try $0.decode("QUERY PLAN", as: String.self) }.joined(separator: "\n")
            let pages = text.matches(of: #/(?:hit|read)=(\d+)/#).reduce(0) { $0 + (Int($1.1) ?? 0) }
            #expect(pages > 0 && pages < 100_000, "\(text)")
        }
    }
}
