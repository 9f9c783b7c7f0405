import ArgumentParser
import JobQueue
import Postgres

/// `queue-probe claim`: how long claims take, one after the other; each claimed job is completed, outside of the time measured.
struct ClaimCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "claim", abstract: "Measures how long claims take.")

    @Option(help: "How many claims.")
    var count = 100

    @Option(help: "Jobs a claim.")
    var limit = 20

    @Option(help: "The kind of job.")
    var kind = "probe"

    private struct Report: Encodable {
        var jobs = 0
        var milliseconds: [Double] = []
    }

    func run() async throws {
        let database = try ProbeDatabase(poolSize: 1)
        try await database.pool.waitUntilReachable()
        let queue = JobQueue(pool: database.pool)
        let registration = WorkerRegistration(role: .worker, concurrency: limit, kinds: [kind])
        try await registration.beat(database.pool)
        var report = Report()
        for number in 0..<(count + 5) {
            let started = ContinuousClock.now
            let jobs = try await queue.claim(.init(worker: registration.name, kinds: [kind], limit: limit, lease: .seconds(60))).jobs
            let elapsed = ContinuousClock.now - started
            try await queue.complete(jobs.map { .init(lease: $0.lease, outcome: nil) })
            // The first few also prepare the statement and plan it anew each time.
            guard number >= 5 else { continue }
            report.jobs += jobs.count
            report.milliseconds.append(elapsed / .milliseconds(1))
        }
        try Tally.print(report)
        try await registration.leave(database.pool)
        await database.pool.close()
    }
}
