import ArgumentParser
import Foundation
import JobQueue
import Postgres

/// `queue-probe pace`: jobs one by one at a steady rate, each saying when it was enqueued.
struct PaceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pace", abstract: "Enqueues jobs one by one at a steady rate, for measuring latency.")

    @Option(help: "How many.")
    var count = 100

    @Option(help: "Jobs a second.")
    var rate = 10.0

    @Option(help: "The kind of job.")
    var kind = "probe"

    @Option(help: "The connection they belong to.", transform: ProbeArgs.connection)
    var connection: UUID?

    @Option(help: "Connections to the database.")
    var pool = 8

    func validate() throws {
        guard count > 0, rate > 0 else { throw ValidationError("--count and --rate: expected a number above 0") }
    }

    func run() async throws {
        let database = try ProbeDatabase(poolSize: pool)
        try await database.pool.waitUntilReachable()
        let queue = JobQueue(pool: database.pool)
        // Connections are made before the first job is due.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<pool { group.addTask { _ = try await database.pool.query("SELECT pg_sleep(0.05)") } }
            try await group.waitForAll()
        }
        let started = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<count {
                // By the schedule, not after the last one's end: a slow moment delays nobody's clock.
                try await Task.sleep(until: started + .seconds(Double(number) / rate), tolerance: .zero)
                let job = try NewJob(kind: kind, connectionID: connection, args: ProbeArgs(at: Tally.now()))
                group.addTask { _ = try await queue.enqueue([job]) }
            }
            try await group.waitForAll()
        }
        await database.pool.close()
    }
}
