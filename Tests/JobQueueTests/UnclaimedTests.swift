import Foundation
import JobQueue
import Postgres
import TestDatabase
import Testing

@Suite("Jobs of kinds that no worker knows")
struct UnclaimedTests {
    @Test("they wait a day for a worker that knows them, and then fail with an error that names the kind and those that are known")
    func fail() async throws {
        try await TestDatabase.with(migrations: JobQueue.migrations) { database in
            let queue = JobQueue(pool: database.pool())
            let day = Duration.seconds(24 * 3600)
            let connection = UUID()
            _ = try await queue.enqueue([NewJob(kind: "known"), NewJob(kind: "typo", connectionID: connection), NewJob(kind: "typo")])
            try await queue.pool.run("UPDATE sluice.jobs SET run_at = sluice.clock() - interval '25 hours' WHERE id <= 2")
            // While no worker lives nobody can say what is known.
            #expect(try await queue.failUnclaimed(after: day) == 0)
            try await WorkerRegistration(role: .worker, concurrency: 1, kinds: ["known", "other"]).beat(queue.pool)
            try await WorkerRegistration(role: .scheduler).beat(queue.pool)
            #expect(try await queue.failUnclaimed(after: day) == 1)
            #expect(try await queue.failUnclaimed(after: day) == 0)
            let failed = try await queue.pool.query("SELECT id, last_error FROM sluice.failed_jobs")
            #expect(
                try failed.map { try $0.decode("last_error", as: String.self) } == [
                    #"no worker knows jobs of the kind "typo"; known are known, other"#
                ])
            let id: Int64 = try failed[0].decode("id")
            #expect(try await queue.retry(id))
            #expect(try await queue.pool.query("SELECT FROM sluice.jobs").count == 3)
        }
    }
}
