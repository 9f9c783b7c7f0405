import Foundation
import JobQueue
import Postgres
import TestDatabase
import Testing

@Suite("The history of jobs")
struct HistoryTests {
    /// A queue at a moment of the database's clock.
    private func at(_ offset: String, _ database: TestDatabase, _ body: (JobQueue) async throws -> Void) async throws {
        var configuration = database.configuration
        configuration.sessionSettings = [("sluice.clock_offset", offset)]
        let pool = PostgresPool(configuration: configuration, size: 2, logger: TestDatabase.quietLogger)
        try await body(JobQueue(pool: pool))
        await pool.close()
    }

    private func finish(_ queue: JobQueue, _ outcome: String) async throws {
        _ = try await queue.enqueue([NewJob(kind: "k")])
        let job = try await queue.claim(.init(worker: "w", kinds: ["k"], limit: 1, lease: .seconds(30))).jobs[0]
        try await queue.complete([.init(lease: job.lease, outcome: outcome)])
    }

    private func outcomes(_ queue: JobQueue) async throws -> [String] {
        try await queue.pool.query("SELECT outcome FROM sluice.finished_jobs ORDER BY finished_at").map { try $0.decode("outcome") }
    }

    @Test("a finished job is kept for the time asked for and gone a third later, whatever the number of planes")
    func retention() async throws {
        try await TestDatabase.with(migrations: JobQueue.migrations) { database in
            let retention = Duration.seconds(12 * 3600)
            for hour in 0..<40 {
                try await at("\(hour) hours", database) { queue in
                    try await finish(queue, "\(hour)")
                    _ = try await queue.prune(olderThan: retention)
                    let kept = try await outcomes(queue).compactMap { Int($0) }
                    #expect(kept.contains(max(0, hour - 11)))
                    #expect(kept == Array(kept[0]...hour))
                    #expect(kept[0] >= hour - 17)
                }
            }
        }
    }

    @Test("a plane that somebody reads is emptied the next time, and nobody who ends a job waits for it")
    func reader() async throws {
        try await TestDatabase.with(migrations: JobQueue.migrations) { database in
            let retention = Duration.seconds(3600)
            try await at("0", database) { try await finish($0, "old") }
            try await at("30 minutes", database) { _ = try await $0.prune(olderThan: retention) }
            let reader = database.pool(size: 1)
            let (begun, done) = (AsyncStream<Void>.makeStream(), DispatchSemaphore(value: 0))
            // The semaphore blocks the session's own thread, as a long query would.
            let reading = Task {
                try await reader.withSession { session in
                    try session.transaction {
                        _ = try session.query("SELECT count(*) FROM sluice.finished_jobs")
                        begun.continuation.finish()
                        done.wait()
                    }
                }
            }
            for await _ in begun.stream {}
            try await at("3 hours", database) { queue in
                #expect(try await queue.prune(olderThan: retention) == 0)
                try await finish(queue, "new")
                done.signal()
                try await reading.value
                #expect(try await queue.prune(olderThan: retention) == 1)
                #expect(try await outcomes(queue) == ["new"])
            }
        }
    }
}
