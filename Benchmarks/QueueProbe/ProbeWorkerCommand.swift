import ArgumentParser
import Foundation
import JobQueue
import Postgres
import UnixSignals

/// `queue-probe worker`: a worker loop over one kind of synthetic job.
struct ProbeWorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "worker", abstract: "Runs synthetic jobs until SIGTERM.")

    @Option(help: "Jobs run at a time.")
    var concurrency = 4

    @Option(help: "Jobs claimed beyond those that run (default: by the pace of the jobs).")
    var prefetch: Int?

    @Option(help: "The kind of job to run.")
    var kind = "probe"

    @Option(help: "Seconds that a lease lasts without renewal.")
    var leaseSeconds = 15.0

    @Option(help: "Seconds between two looks at the queue when nothing announces itself.")
    var pollSeconds = 5.0

    @Option(help: "Seconds that running jobs may go on after SIGTERM before they are handed back.")
    var stopGraceSeconds = 8.0

    @Option(help: "Connections to the database.")
    var pool = 4

    @Flag(inversion: .prefixedNo, help: "Wait for notifications; without, as behind a pooler, the queue is polled.")
    var listen = true

    @Flag(inversion: .prefixedNo, help: "Note each run in probe_runs.")
    var record = true

    @Flag(help: "Do nothing at all for a job, whatever its arguments say.")
    var idle = false

    @Option(help: "A file for how long each job waited from 'pace' to its start, in milliseconds.")
    var latencies: String?

    func run() async throws {
        // Until the loop runs there is nothing to end in order.
        for number in [SIGTERM, SIGINT] { signal(number) { _ in _exit(0) } }
        let database = try ProbeDatabase(poolSize: pool)
        try await database.pool.waitUntilReachable()
        var configuration = WorkerLoop.Configuration()
        configuration.concurrency = concurrency
        configuration.prefetch = prefetch
        configuration.lease = .milliseconds(Int(leaseSeconds * 1000))
        configuration.pollInterval = .milliseconds(Int(pollSeconds * 1000))
        configuration.stopGrace = .milliseconds(Int(stopGraceSeconds * 1000))
        configuration.listens = listen
        let waits = Latencies()
        let loop = WorkerLoop(
            queue: JobQueue(pool: database.pool), handlers: [handler(ProbeRuns(pool: database.pool), waits)], configuration: configuration,
            logger: database.logger)
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        let stopping = Task {
            for await _ in signals { await loop.stop() }
        }
        await loop.run()
        stopping.cancel()
        await database.pool.close()
        if let latencies { try waits.write(to: latencies) }
    }

    private func handler(_ runs: ProbeRuns, _ waits: Latencies) -> JobHandler {
        if idle { return JobHandler(kind: kind) { _ in .completed(nil) } }
        let record = record
        return JobHandler(kind: kind) { context in
            let args: ProbeArgs = try context.job.decodeArgs()
            if let at = args.at { waits.note(enqueuedAt: at) }
            if record { try await runs.start(context.job.lease) }
            if args.crash { kill(getpid(), SIGKILL) }
            if args.ms > 0 { try await Task.sleep(for: .milliseconds(args.ms)) }
            if context.job.attempt <= args.fail { throw JobFailure.retry(after: .zero, "told to fail \(args.fail) times") }
            if record { try await runs.end(context.job.lease) }
            return .completed(nil)
        }
    }
}
