import Eventually
import Foundation
import JobQueue
import Postgres
import Synchronization
import TestDatabase
import Testing

@Suite("The worker loop")
struct WorkerLoopTests {
    private func withLoop(
        concurrency: Int = 4, lease: Duration = .seconds(15), grace: Duration = .seconds(8), handlers: [JobHandler],
        _ body: @Sendable (JobQueue, WorkerLoop, TestDatabase) async throws -> Void
    ) async throws {
        try await TestDatabase.with(migrations: JobQueue.migrations) { database in
            let queue = JobQueue(pool: database.pool(size: 6))
            var configuration = WorkerLoop.Configuration()
            configuration.concurrency = concurrency
            configuration.lease = lease
            configuration.stopGrace = grace
            let loop = WorkerLoop(queue: queue, handlers: handlers, configuration: configuration, logger: TestDatabase.quietLogger)
            let running = Task { await loop.run() }
            do {
                try await body(queue, loop, database)
            } catch {
                await loop.stop()
                await running.value
                throw error
            }
            await loop.stop()
            await running.value
        }
    }

    @Test("jobs run as they are enqueued and their outcomes are kept")
    func runs() async throws {
        let handler = JobHandler(kind: "k") { context in
            let args: [String: Int] = try context.job.decodeArgs()
            return .completed("got \(args["n"]!)")
        }
        try await withLoop(handlers: [handler]) { queue, _, database in
            _ = try await queue.enqueue((0..<20).map { try NewJob(kind: "k", args: ["n": $0]) })
            try await eventually {
                try await database.pool(size: 1).query("SELECT count(*) AS n FROM sluice.finished_jobs WHERE state = 'completed'")[0]
                    .decode("n", as: Int.self) == 20
            }
            let outcomes = try await database.pool(size: 1).query("SELECT outcome FROM sluice.finished_jobs").map {
                try $0.decode("outcome", as: String.self)
            }
            #expect(Set(outcomes) == Set((0..<20).map { "got \($0)" }))
        }
    }

    @Test("a job that this process cannot run goes back as it was, costs no attempt, and another worker runs it")
    func elsewhere() async throws {
        try await TestDatabase.with(migrations: JobQueue.migrations) { database in
            let queue = JobQueue(pool: database.pool(size: 6))
            let lacking = Mutex(0)
            let unable = JobHandler(kind: "k") { _ in
                lacking.withLock { $0 += 1 }
                throw JobFailure.elsewhere("the variable is not set")
            }
            let able = JobHandler(kind: "k") { _ in .completed("here") }
            let connection = UUID()
            var configuration = WorkerLoop.Configuration()
            configuration.unserved = { _ in lacking.withLock { $0 } > 0 ? [connection] : [] }
            let first = WorkerLoop(queue: queue, handlers: [unable], configuration: configuration, logger: TestDatabase.quietLogger)
            let second = WorkerLoop(queue: queue, handlers: [able], logger: TestDatabase.quietLogger)
            let one = Task { await first.run() }
            let pool = database.pool(size: 1)
            _ = try await queue.enqueue([NewJob(kind: "k", connectionID: connection)])
            try await eventually { lacking.withLock { $0 } == 1 }
            try await eventually {
                try await pool.query("SELECT FROM sluice.jobs WHERE state = 'available' AND attempt = 0 AND last_error IS NULL").count == 1
            }
            let two = Task { await second.run() }
            try await eventually { try await pool.query("SELECT FROM sluice.finished_jobs WHERE outcome = 'here'").count == 1 }
            #expect(lacking.withLock { $0 } == 1)
            await first.stop()
            await second.stop()
            await one.value
            await two.value
        }
    }

    @Test("malformed arguments and permanent failures end a job at once; the worker lives on")
    func permanentFailures() async throws {
        let handler = JobHandler(kind: "k") { context in
            let args: [String: Int] = try context.job.decodeArgs()
            if args["n"] == 0 { throw JobFailure.permanent("zero is not allowed") }
            return .completed(nil)
        }
        try await withLoop(handlers: [handler]) { queue, _, database in
            _ = try await queue.enqueue([
                NewJob(kind: "k", args: ["n": "text"]), NewJob(kind: "k", args: ["n": 0]), NewJob(kind: "k", args: ["n": 1]),
            ])
            let pool = database.pool(size: 1)
            try await eventually { try await pool.query("SELECT FROM sluice.finished_jobs").count == 3 }
            let errors = try await pool.query("SELECT last_error FROM sluice.failed_jobs ORDER BY id").map {
                try $0.decode("last_error", as: String.self)
            }
            #expect(errors.count == 2)
            #expect(errors[0].contains("arguments of this k job"))
            #expect(errors[1] == "zero is not allowed")
        }
    }

    @Test("a stopped worker hands back what it cannot finish, without counting an attempt")
    func shutdown() async throws {
        let started = AsyncStream.makeStream(of: Void.self)
        let handler = JobHandler(kind: "k") { context in
            try await context.checkpoint(["page": 3])
            started.continuation.yield()
            await untilCancelled()
            try Task.checkCancellation()
            return .completed(nil)
        }
        try await withLoop(grace: .milliseconds(20), handlers: [handler]) { queue, loop, database in
            _ = try await queue.enqueue([NewJob(kind: "k")])
            for await _ in started.stream { break }
            await loop.stop()
            let pool = database.pool(size: 1)
            try await eventually { try await pool.query("SELECT FROM sluice.jobs WHERE state = 'available'").count == 1 }
            let row = try await pool.query("SELECT attempt, progress->>'page' AS page FROM sluice.jobs")[0]
            #expect(try row.decode("attempt", as: Int.self) == 0)
            #expect(try row.decode("page", as: String.self) == "3")
        }
    }

    @Test("a running job that somebody cancels stops and ends as cancelled")
    func cancelling() async throws {
        let started = AsyncStream.makeStream(of: Int64.self)
        let handler = JobHandler(kind: "k") { context in
            started.continuation.yield(context.job.id)
            await untilCancelled()
            try Task.checkCancellation()
            return .completed(nil)
        }
        try await withLoop(lease: .milliseconds(600), handlers: [handler]) { queue, _, database in
            _ = try await queue.enqueue([NewJob(kind: "k")])
            for await id in started.stream {
                #expect(try await queue.cancel(id))
                break
            }
            let pool = database.pool(size: 1)
            try await eventually { try await pool.query("SELECT FROM sluice.finished_jobs WHERE state = 'cancelled'").count == 1 }
        }
    }

    @Test("the loop outlives the loss of every connection")
    func outage() async throws {
        try await withLoop(handlers: [JobHandler(kind: "k") { _ in .completed(nil) }]) { queue, _, database in
            let outside = PostgresPool(
                configuration: try PostgresConfiguration(url: database.url), size: 1, logger: TestDatabase.quietLogger)
            for round in 1...3 {
                _ = try await outside.query(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
                let own = JobQueue(pool: outside)
                _ = try await own.enqueue([NewJob(kind: "k")])
                try await eventually { try await outside.query("SELECT FROM sluice.finished_jobs").count == round }
            }
            await outside.close()
        }
    }
}

/// Nothing ever comes: it returns when the task is cancelled.
private func untilCancelled() async {
    let (stream, continuation) = AsyncStream.makeStream(of: Never.self)
    for await _ in stream {}
    continuation.finish()
}
