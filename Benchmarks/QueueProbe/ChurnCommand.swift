import ArgumentParser
import Foundation
import JobQueue
import Logging
import Postgres
import Synchronization

/// `queue-probe churn`: jobs that do nothing, enqueued and worked off by one process, as fast as they go, for as long as one likes.
struct ChurnCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "churn", abstract: "Enqueues and runs jobs without pause; prints how many ended in each stretch.")

    @Option(help: "Seconds.")
    var seconds = 60.0

    @Option(help: "Seconds of a stretch.")
    var stretch = 10.0

    @Option(help: "Jobs of this process that are enqueued and not done, at most.")
    var backlog = 10_000

    @Option(help: "Jobs run at a time.")
    var concurrency = 200

    @Option(help: "Jobs claimed beyond those that run.")
    var prefetch = 800

    @Option(help: "The kind of job.")
    var kind = "churn"

    private struct Stretch: Encodable {
        var second: Double
        var jobs: Int
    }

    func validate() throws {
        guard seconds > 0, stretch > 0, backlog > 0 else {
            throw ValidationError("--seconds, --stretch, --backlog: expected numbers above 0")
        }
    }

    func run() async throws {
        let database = try ProbeDatabase(poolSize: 6)
        try await database.pool.waitUntilReachable()
        let queue = JobQueue(pool: database.pool)
        let done = Atomic<Int>(0)
        var configuration = WorkerLoop.Configuration()
        configuration.concurrency = concurrency
        configuration.prefetch = prefetch
        let kind = kind
        let handler = JobHandler(kind: kind) { _ in
            done.add(1, ordering: .relaxed)
            return .completed(nil)
        }
        let loop = WorkerLoop(queue: queue, handlers: [handler], configuration: configuration, logger: database.logger)
        let running = Task { await loop.run() }
        let started = ContinuousClock.now
        var enqueued = 0
        var counted = 0
        var next = stretch
        while true {
            let elapsed = (ContinuousClock.now - started) / .seconds(1)
            if elapsed >= next {
                let total = done.load(ordering: .relaxed)
                try Tally.print(Stretch(second: elapsed, jobs: total - counted))
                counted = total
                next += stretch
                if elapsed >= seconds { break }
            }
            // Two processes that churn share their kind, so that either may work off what the other enqueued.
            if enqueued - done.load(ordering: .relaxed) < backlog {
                enqueued += try await queue.enqueueAll(0..<2000) { _ in try NewJob(kind: kind) }
            } else {
                try await Task.sleep(for: .milliseconds(5))
            }
        }
        await loop.stop()
        await running.value
        await database.pool.close()
    }
}
