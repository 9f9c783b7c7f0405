import ArgumentParser
import Catalog
import Cluster
import Foundation
import JobQueue

/// `sluice scheduler`: decides what is due and enqueues it; several may run, one leads.
struct SchedulerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scheduler", abstract: "Decides what is due and enqueues it.",
        example: "sluice scheduler --metrics-port 9101")

    @OptionGroup var metrics: MetricsOptions

    func run() async throws {
        let start = try ProcessStart("scheduler", poolSize: 2, metrics: metrics, needsLeader: true)
        try await start.run(
            SchedulerService(
                catalog: CatalogStore(pool: start.pool), queue: JobQueue(pool: start.pool), sealingKey: start.environment.sealingKey,
                environment: ProcessInfo.processInfo.environment, logger: start.logger))
    }
}
