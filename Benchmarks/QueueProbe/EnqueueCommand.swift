import ArgumentParser
import Foundation
import JobQueue
import Postgres

/// `queue-probe enqueue`: synthetic jobs, in batches.
struct EnqueueCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "enqueue", abstract: "Enqueues synthetic jobs.")

    @Option(help: "How many.")
    var count = 1

    @Option(help: "Milliseconds that each waits.")
    var ms = 0

    @Option(help: "Attempts of each that fail.")
    var fail = 0

    @Flag(help: "Each kills the process that runs it.")
    var crash = false

    @Option(help: "The kind of job.")
    var kind = "probe"

    @Option(help: "Jobs a transaction (default: all in one).")
    var batch: Int?

    @Option(help: "Attempts before a job counts as failed.")
    var maxAttempts = 10

    @Option(help: "How many exclusive keys are shared out among the jobs; 0 for none.")
    var exclusiveKeys = 0

    @Option(help: "The connection they belong to.", transform: ProbeArgs.connection)
    var connection: UUID?

    @Flag(help: "Print a line of JSON: how many, from when to when.")
    var report = false

    func validate() throws {
        guard count > 0, batch ?? 1 > 0 else { throw ValidationError("--count and --batch: expected a number above 0") }
    }

    func run() async throws {
        let database = try ProbeDatabase(poolSize: 1)
        try await database.pool.waitUntilReachable()
        let queue = JobQueue(pool: database.pool)
        let args = ProbeArgs(ms: ms, fail: fail, crash: crash)
        var tally = Tally(jobs: count, first: Tally.now())
        let (kind, connection, maxAttempts, exclusiveKeys) = (kind, connection, maxAttempts, exclusiveKeys)
        for first in stride(from: 0, to: count, by: batch ?? count) {
            try await queue.enqueueAll(first..<min(first + (batch ?? count), count)) { number in
                try NewJob(
                    kind: kind, connectionID: connection, args: args, maxAttempts: maxAttempts,
                    exclusiveKey: exclusiveKeys > 0 ? "\(kind):\(number % exclusiveKeys)" : nil)
            }
        }
        tally.last = Tally.now()
        if report { try Tally.print(tally) }
        await database.pool.close()
    }
}
