import Foundation
import JobQueue
import Postgres
import TestDatabase
import Testing

@Suite("Enqueueing, claiming and finishing jobs")
struct JobQueueTests {
    private func withQueue(_ body: @Sendable (JobQueue, TestDatabase) async throws -> Void) async throws {
        try await TestDatabase.with(migrations: JobQueue.migrations) { database in
            try await body(JobQueue(pool: database.pool()), database)
        }
    }

    private func claim(_ queue: JobQueue, worker: String = "w", kinds: [String] = ["k"], limit: Int = 10, lease: Duration = .seconds(30))
        async throws -> [Job]
    {
        try await queue.claim(.init(worker: worker, kinds: kinds, limit: limit, lease: lease)).jobs
    }

    @Test("jobs are claimed by priority, then due time, then id, and only those that are due and of a known kind")
    func order() async throws {
        try await withQueue { queue, _ in
            let ids = try await queue.enqueue([
                NewJob(kind: "k", priority: 100), NewJob(kind: "k", priority: 10), NewJob(kind: "k", priority: 100),
                NewJob(kind: "k", runAfter: .seconds(60)), NewJob(kind: "other"),
            ])
            let claimed = try await claim(queue)
            #expect(claimed.map(\.id).sorted() == [ids[0]!, ids[1]!, ids[2]!].sorted())
            let first = try await queue.enqueue([NewJob(kind: "k", priority: 50), NewJob(kind: "k", priority: 10)])
            let next = try await claim(queue, limit: 1)
            #expect(next.map(\.id) == [first[1]!])
        }
    }

    @Test("enqueueing what already waits is a no-op, and what runs may be enqueued once more")
    func uniqueKeys() async throws {
        try await withQueue { queue, _ in
            let first = try await queue.enqueue([NewJob(kind: "k", uniqueKey: "u"), NewJob(kind: "k", uniqueKey: "u"), NewJob(kind: "k")])
            #expect(first[0] != nil)
            #expect(first[1] == nil)
            #expect(first[2] != nil)
            #expect(try await queue.enqueue([NewJob(kind: "k", uniqueKey: "u")]) == [nil])
            _ = try await claim(queue)
            #expect(try await queue.enqueue([NewJob(kind: "k", uniqueKey: "u")])[0] != nil)
        }
    }

    @Test("two jobs with one exclusive key never run at once, however many workers claim at the same time")
    func exclusiveKeys() async throws {
        try await withQueue { queue, _ in
            _ = try await queue.enqueue((0..<20).map { _ in try NewJob(kind: "k", exclusiveKey: "e") })
            let claimed = try await withThrowingTaskGroup(of: [Job].self) { group in
                for worker in 0..<4 { group.addTask { try await claim(queue, worker: "w\(worker)") } }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(claimed.count == 1)
            try await queue.complete([.init(lease: claimed[0].lease, outcome: nil)])
            #expect(try await claim(queue).count == 1)
        }
    }

    @Test("several workers claim every job exactly once")
    func concurrentClaims() async throws {
        try await withQueue { queue, _ in
            _ = try await queue.enqueue((0..<500).map { _ in try NewJob(kind: "k") })
            let claimed = try await withThrowingTaskGroup(of: [Int64].self) { group in
                for worker in 0..<4 {
                    group.addTask {
                        var mine: [Int64] = []
                        while true {
                            let jobs = try await claim(queue, worker: "w\(worker)", limit: 25)
                            if jobs.isEmpty { return mine }
                            mine += jobs.map(\.id)
                        }
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(claimed.count == 500)
            #expect(Set(claimed).count == 500)
        }
    }

    @Test("one connection's backlog leaves slots for another connection")
    func fairness() async throws {
        try await withQueue { queue, _ in
            let busy = UUID()
            let quiet = UUID()
            _ = try await queue.enqueue((0..<50).map { _ in try NewJob(kind: "k", connectionID: busy) })
            var request = ClaimRequest(worker: "w", kinds: ["k"], limit: 8, lease: .seconds(30))
            request.share = 7
            #expect(try await queue.claim(request).jobs.count == 7)
            request.held = [busy: 7]
            #expect(try await queue.claim(request).jobs.isEmpty)
            _ = try await queue.enqueue([NewJob(kind: "k", connectionID: quiet)])
            #expect(try await queue.claim(request).jobs.map(\.connectionID) == [quiet])
        }
    }

    @Test("a worker whose lease lapsed can neither renew, checkpoint, complete, fail nor snooze the job")
    func fencing() async throws {
        try await withQueue { queue, database in
            _ = try await queue.enqueue([NewJob(kind: "k")])
            let stale = try await claim(queue, worker: "stale")[0]
            try await database.pool().run("UPDATE sluice.jobs SET lease_expires_at = sluice.clock() - interval '1 second'")
            #expect(try await queue.rescue() == 1)
            let fresh = try await claim(queue, worker: "fresh")[0]
            #expect(fresh.id == stale.id)
            #expect(fresh.lease != stale.lease)
            #expect(try await queue.renew([stale.lease], for: .seconds(30)).lost == [stale.lease])
            await #expect(throws: LeaseLost.self) { try await queue.checkpoint(stale.lease, progress: "{}") }
            #expect(try await queue.complete([.init(lease: stale.lease, outcome: nil)]).isEmpty)
            #expect(try await queue.fail(stale.lease, error: "late") == nil)
            await #expect(throws: LeaseLost.self) { try await queue.snooze(stale.lease, for: .seconds(1)) }
            #expect(try await queue.handBack([stale.lease]) == 0)
            #expect(try await queue.complete([.init(lease: fresh.lease, outcome: "done")]) == [fresh.lease])
        }
    }

    @Test("a failed attempt waits longer each time and ends as failed when attempts are used up, with its error kept")
    func retries() async throws {
        try await withQueue { queue, database in
            _ = try await queue.enqueue([NewJob(kind: "k", maxAttempts: 2)])
            let first = try await claim(queue)[0]
            #expect(try await queue.fail(first.lease, error: "first") != nil)
            #expect(try await claim(queue).isEmpty)
            try await database.pool().run("UPDATE sluice.jobs SET run_at = sluice.clock()")
            let second = try await claim(queue)[0]
            #expect(second.attempt == 2)
            #expect(try await queue.fail(second.lease, error: "second") == nil)
            let failed = try await database.pool().query("SELECT attempt, last_error FROM sluice.failed_jobs")
            #expect(failed.count == 1)
            #expect(try failed[0].decode("last_error", as: String.self) == "second")
        }
    }

    @Test("a failed job can be given its attempts anew, from the progress it had saved")
    func retryingByHand() async throws {
        try await withQueue { queue, _ in
            let id = try await queue.enqueue([NewJob(kind: "k", maxAttempts: 1)])[0]!
            let first = try await claim(queue)[0]
            try await queue.checkpoint(first.lease, progress: #"{"page": 7}"#)
            try await queue.fail(first.lease, error: "once")
            #expect(try await queue.retry(id))
            #expect(try await queue.retry(id) == false)
            let second = try await claim(queue)[0]
            #expect(second.id == id)
            #expect(second.attempt == 1)
            #expect(try second.decodeProgress([String: Int].self) == ["page": 7])
        }
    }

    @Test("a job that was asked to end while it ran, and ran too briefly to hear of it, does not snooze on")
    func cancelledSnooze() async throws {
        try await withQueue { queue, database in
            _ = try await queue.enqueue([NewJob(kind: "k")])
            let job = try await claim(queue)[0]
            #expect(try await queue.cancel(job.id))
            try await queue.snooze(job.lease, for: .zero)
            #expect(try await claim(queue).isEmpty)
            let states = try await database.pool().query("SELECT state FROM sluice.finished_jobs WHERE id = \(job.id)")
            #expect(try states.map { try $0.decode("state", as: String.self) } == ["cancelled"])
        }
    }

    @Test("handing back and snoozing cost no attempt and keep the progress")
    func handBack() async throws {
        try await withQueue { queue, _ in
            _ = try await queue.enqueue([NewJob(kind: "k")])
            let first = try await claim(queue)[0]
            try await queue.checkpoint(first.lease, progress: #"{"page": 7}"#)
            #expect(try await queue.handBack([first.lease]) == 1)
            let second = try await claim(queue)[0]
            #expect(second.attempt == 1)
            #expect(try second.decodeProgress([String: Int].self) == ["page": 7])
            try await queue.snooze(second.lease, for: .zero)
            #expect(try await claim(queue)[0].attempt == 1)
        }
    }

    @Test("a job that keeps killing its worker ends as failed and says so")
    func crashLoop() async throws {
        try await withQueue { queue, database in
            let pool = database.pool()
            _ = try await queue.enqueue([NewJob(kind: "k")])
            for _ in 0..<3 {
                _ = try await claim(queue, worker: "victim")
                try await pool.run("UPDATE sluice.jobs SET lease_expires_at = sluice.clock() - interval '1 second' WHERE state = 'running'")
                _ = try await queue.rescue(maxCrashes: 3)
            }
            let rows = try await pool.query("SELECT state, last_error FROM sluice.all_jobs")
            #expect(try rows[0].decode("state", as: String.self) == "failed")
            #expect(try rows[0].decode("last_error", as: String.self).contains("lost 3 times, last because its worker died"))
        }
    }

    @Test("a hung handler is told from a dead worker: its job is taken when its time-out passes, though its lease is renewed")
    func hungHandler() async throws {
        try await withQueue { queue, database in
            _ = try await queue.enqueue([NewJob(kind: "k", timeout: .seconds(60))])
            let hung = try await claim(queue, lease: .seconds(3600))[0]
            #expect(try await queue.rescue() == 0)
            try await database.pool().run("UPDATE sluice.jobs SET deadline_at = sluice.clock() - interval '1 second'")
            #expect(try await queue.renew([hung.lease], for: .seconds(3600)).lost.isEmpty)
            #expect(try await queue.rescue() == 1)
            let row = try await database.pool().query("SELECT last_error FROM sluice.jobs")[0]
            #expect(try row.decode("last_error", as: String.self).contains("its handler hung"))
            #expect(try await claim(queue)[0].lease != hung.lease)
        }
    }

    @Test("a job that has waited long goes before a newer one of higher priority")
    func ageing() async throws {
        try await withQueue { queue, database in
            let ids = try await queue.enqueue([NewJob(kind: "k", priority: 100), NewJob(kind: "k", priority: 10)])
            try await database.pool().run("UPDATE sluice.jobs SET run_at = run_at - interval '5 minutes' WHERE id = \(ids[0]!)")
            #expect(try await claim(queue, limit: 1).map(\.id) == [ids[0]!])
        }
    }

    @Test("the database's clock can be moved: a lease lapses without anybody waiting")
    func clock() async throws {
        try await withQueue { queue, database in
            _ = try await queue.enqueue([NewJob(kind: "k", runAfter: .seconds(3600))])
            #expect(try await claim(queue).isEmpty)
            var later = database.configuration
            later.sessionSettings = [("sluice.clock_offset", "2 hours")]
            let pool = PostgresPool(configuration: later, size: 1, logger: TestDatabase.quietLogger)
            let future = JobQueue(pool: pool)
            #expect(try await claim(future).count == 1)
            await pool.close()
        }
    }
}
