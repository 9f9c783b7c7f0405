import Foundation
import Postgres
import TestDatabase
import Testing

@testable import JobQueue

/// What a worker does where a look at all running jobs is slow: here it counts every look as slow, so that the next has to wait.
@Suite("Rescue where looks are slow")
struct RescuerTests {
    private let lease = Duration.seconds(15)

    private func withRescuer(_ body: (inout Rescuer, JobQueue, WorkerRegistration) async throws -> Void) async throws {
        try await TestDatabase.with(migrations: JobQueue.migrations) { database in
            let queue = JobQueue(pool: database.pool())
            let other = WorkerRegistration(role: .worker, concurrency: 1, kinds: ["k"])
            try await other.beat(queue.pool)
            var rescuer = Rescuer(queue: queue, lease: lease, slow: .seconds(-1), dutyCycle: DutyCycle(times: 1_000_000_000))
            // A first look, after which the next is a day away at least.
            #expect(try await rescuer.rescue(held: []) == 0)
            try await body(&rescuer, queue, other)
        }
    }

    private func claim(_ queue: JobQueue, by worker: String) async throws -> Job {
        _ = try await queue.enqueue([NewJob(kind: "k")])
        return try #require(try await queue.claim(.init(worker: worker, kinds: ["k"], limit: 1, lease: lease)).jobs.first)
    }

    @Test("while all workers are heard of, a worker looks at its own jobs only: one whose handler hangs is taken from it")
    func ownJobs() async throws {
        try await withRescuer { rescuer, queue, other in
            let (mine, theirs) = (try await claim(queue, by: "me"), try await claim(queue, by: other.name))
            try await queue.pool.run("UPDATE sluice.jobs SET deadline_at = sluice.clock() - interval '1 second'")
            // On a busy machine the last sign of life may be long ago.
            try await queue.pool.run("UPDATE sluice.workers SET heartbeat_at = sluice.clock() + interval '1 hour'")
            #expect(try await rescuer.rescue(held: [mine.id]) == 1)
            #expect(try await rescuer.rescue(held: [mine.id]) == 0)
            let states = try await queue.pool.query("SELECT id, state FROM sluice.jobs ORDER BY id").map {
                (try $0.decode("id", as: Int64.self), try $0.decode("state", as: String.self))
            }
            #expect(states.map(\.1) == ["available", "running"])
            #expect(states.map(\.0) == [mine.id, theirs.id])
        }
    }

    @Test("as soon as a worker is not heard of any more, all running jobs are looked at, and those that it claimed last as well")
    func lostWorker() async throws {
        try await withRescuer { rescuer, queue, other in
            let job = try await claim(queue, by: other.name)
            try await queue.pool.run("UPDATE sluice.jobs SET lease_expires_at = sluice.clock() - interval '1 second'")
            // On a busy machine the last sign of life may be long ago.
            try await queue.pool.run("UPDATE sluice.workers SET heartbeat_at = sluice.clock() + interval '1 hour'")
            #expect(try await rescuer.rescue(held: []) == 0)
            try await queue.pool.run("UPDATE sluice.workers SET heartbeat_at = sluice.clock() - interval '16 seconds'")
            #expect(try await rescuer.rescue(held: []) == 1)
            #expect(try await queue.claim(.init(worker: "me", kinds: ["k"], limit: 1, lease: lease)).jobs.map(\.id) == [job.id])
            // What it claimed just before it died lapses a little later.
            try await queue.pool.run("UPDATE sluice.jobs SET lease_expires_at = sluice.clock() - interval '1 second'")
            #expect(try await rescuer.rescue(held: []) == 1)
        }
    }
}
