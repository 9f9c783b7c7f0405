import ArgumentParser
import Catalog
import Cluster
import Foundation
import HTTPTransport
import JobQueue

/// `sluice worker`: claims jobs and runs them; start more for more work at a time.
struct WorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker", abstract: "Runs jobs: loads, polls, writes.",
        example: "sluice worker --concurrency 8 --metrics-port 9102")

    @Option(help: "Jobs run at a time by this process.")
    var concurrency = 4

    @OptionGroup var metrics: MetricsOptions

    func validate() throws {
        guard (1...64).contains(concurrency) else { throw ValidationError("--concurrency \(concurrency): expected 1 to 64") }
    }

    func run() async throws {
        HeapArenas.share()
        // Claims, renewals and records of all jobs share these; the jobs' own rows go through pools of the target databases.
        let start = try ProcessStart(
            "worker", poolSize: 4, metrics: metrics,
            openFiles: (ProcessConditions.leastOpenFiles + 8 * concurrency, "--concurrency \(concurrency)"))
        let queue = JobQueue(pool: start.pool)
        let handlers = SyncHandlers(
            catalog: CatalogStore(pool: start.pool), queue: queue, sealingKey: start.environment.sealingKey,
            environment: ProcessInfo.processInfo.environment, transport: start.environment.transport, concurrency: concurrency,
            writeCalls: try WorkerOptions.calls(ProcessInfo.processInfo.environment),
            archiveRetention: try WorkerOptions.archiveRetention(ProcessInfo.processInfo.environment),
            indexMegabytes: try WorkerOptions.indexMegabytes(ProcessInfo.processInfo.environment), outlets: start.environment.outlets,
            logger: start.logger)
        var configuration = WorkerLoop.Configuration()
        configuration.concurrency = concurrency
        configuration.unserved = { try await handlers.unserved(as: $0) }
        let loop = WorkerLoop(queue: queue, handlers: handlers.all, configuration: configuration, logger: start.logger)
        let streams = ChangeStreamService(
            handlers: handlers, worker: "\(ProcessInfo.processInfo.hostName):\(ProcessInfo.processInfo.processIdentifier)",
            logger: start.logger)
        try await start.run(WorkerService(loop: loop, handlers: handlers), streams)
    }
}
