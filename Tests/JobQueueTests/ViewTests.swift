import Foundation
import JobQueue
import Postgres
import TestDatabase
import Testing

@Suite("The queue's views")
struct ViewTests {
    @Test("waiting_jobs says what each job waits for, and which job holds its key")
    func waiting() async throws {
        try await TestDatabase.with(migrations: JobQueue.migrations) { database in
            let queue = JobQueue(pool: database.pool())
            let limited = UUID()
            let paced = UUID()
            let worker = WorkerRegistration(role: .worker, concurrency: 50, kinds: ["k"])
            try await worker.beat(queue.pool)
            try await queue.limit(limited, to: ConnectionLimit(maxRunning: 1))
            try await queue.limit(paced, to: ConnectionLimit(perMinute: 1))
            func enqueue(_ job: NewJob) async throws -> Int64 { try #require(try await queue.enqueue([job])[0]) }
            let holder = try await enqueue(NewJob(kind: "k", exclusiveKey: "key"))
            _ = try await enqueue(NewJob(kind: "k", connectionID: limited))
            _ = try await enqueue(NewJob(kind: "k", connectionID: paced))
            let claim = try await queue.claim(ClaimRequest(worker: worker.name, kinds: ["k"], limit: 10, lease: .seconds(60)))
            #expect(claim.jobs.count == 3)
            let retried = try await enqueue(NewJob(kind: "k"))
            try await queue.pool.run("UPDATE sluice.jobs SET attempt = 1, run_at = run_at + interval '1 hour' WHERE id = \(retried)")
            let expected: [Int64: String] = [
                retried: "its next attempt",
                try await enqueue(NewJob(kind: "k", runAfter: .seconds(3600))): "its time",
                try await enqueue(NewJob(kind: "of the future")): "a worker that knows its kind",
                try await enqueue(NewJob(kind: "k", exclusiveKey: "key")): "the job that holds its exclusive key",
                try await enqueue(NewJob(kind: "k", connectionID: limited)): "the jobs that its connection may run at a time",
                try await enqueue(NewJob(kind: "k", connectionID: paced)): "the jobs that its connection may start in a minute",
                try await enqueue(NewJob(kind: "k")): "a free slot",
            ]
            let rows = try await queue.pool.query("SELECT id, waits_for, held_by, held_on FROM sluice.waiting_jobs")
            var found: [Int64: String] = [:]
            for row in rows {
                found[try row.decode("id")] = try row.decode("waits_for")
                guard try row.decode("waits_for", as: String.self).contains("exclusive") else { continue }
                #expect(try row.decode("held_by", as: Int64.self) == holder)
                #expect(try row.decode("held_on", as: String.self) == worker.name)
            }
            #expect(found == expected)
        }
    }

    @Test("queue_depth, running_jobs, live_workers and recent_times count what there is")
    func counts() async throws {
        try await TestDatabase.with(migrations: JobQueue.migrations) { database in
            let queue = JobQueue(pool: database.pool())
            let worker = WorkerRegistration(role: .worker, concurrency: 50, kinds: ["k"])
            try await worker.beat(queue.pool)
            _ = try await queue.enqueue((0..<7).map { try NewJob(kind: "k", runAfter: .seconds($0 < 2 ? 3600 : 0)) })
            let claim = try await queue.claim(ClaimRequest(worker: worker.name, kinds: ["k"], limit: 4, lease: .seconds(60)))
            try await queue.complete([.init(lease: claim.jobs[0].lease, outcome: nil)])
            let row = try await queue.pool.query(
                """
                SELECT d.ready, d.scheduled, d.running, d.estimated, d.oldest_ready > interval '0' AS waits,
                       (SELECT running FROM sluice.live_workers) AS held, (SELECT count(*) FROM sluice.running_jobs) AS listed,
                       (SELECT jobs FROM sluice.recent_times WHERE kind = 'k') AS ended
                FROM sluice.queue_depth d
                """)[0]
            #expect(try row.decode("ready", as: Int.self) == 1)
            #expect(try row.decode("scheduled", as: Int.self) == 2)
            #expect(try row.decode("running", as: Int.self) == 3)
            #expect(try row.decode("held", as: Int.self) == 3)
            #expect(try row.decode("listed", as: Int.self) == 3)
            #expect(try row.decode("ended", as: Int.self) == 1)
            #expect(try !row.decode("estimated", as: Bool.self))
            #expect(try row.decode("waits", as: Bool.self))
        }
    }
}
