import API
import Catalog
import Cluster
import CoreMetrics
import Foundation
import JobQueue
import Logging
import Postgres
import Prometheus
import ServiceLifecycle
import UnixSignals

/// What the long-running processes have in common: wait for Postgres, check the migrations, run services until SIGTERM.
struct ProcessStart {
    let environment: ControlEnvironment
    let pool: PostgresPool
    let logger: Logger
    let metrics: MetricsConfiguration
    private let metricsServer: MetricsServer?

    /// Reads the environment and waits until Postgres can be reached, saying so while it cannot.
    ///
    /// - Parameter openFiles: how many files must be allowed open beyond what any process needs, and what for.
    init(_ name: String, poolSize: Int, metrics options: MetricsOptions, openFiles: (least: Int, reason: String)? = nil) async throws {
        if let openFiles, let shortage = ProcessConditions.shortage(of: openFiles.least, for: openFiles.reason) {
            throw ConfigurationFault(message: shortage).report()
        }
        environment = try ControlEnvironment.read()
        // Until services run there is nothing to end in order; after that their group handles these signals.
        for number in [SIGTERM, SIGINT] { signal(number) { _ in _exit(0) } }
        logger = environment.makeLogger(name)
        pool = try environment.makePool(size: poolSize)
        metrics = MetricsConfiguration(registry: PrometheusRegistry(), token: environment.metricsToken)
        metricsServer = options.metricsPort.map { [metrics, logger] port in
            MetricsServer(metrics: metrics, host: options.metricsHost, port: port, logger: logger)
        }
        try bootstrapMetrics()
        try await pool.waitUntilReachable(giveUp: \.isPermanentRefusal)
        try await waitForMigrations()
    }

    /// Makes sure that the process has the key that the control database is sealed with.
    ///
    /// - Throws: `ExitCode` 78 (EX_CONFIG) after a line on stderr; `PostgresError`.
    static func verifyKey(_ environment: ControlEnvironment, _ pool: PostgresPool) async throws {
        do {
            try await CatalogStore(pool: pool).verifyKey(environment.sealingKey)
        } catch let error as CatalogError where error.code == .wrongKey {
            throw ConfigurationFault(message: error.message).report()
        }
    }

    private func bootstrapMetrics() throws {
        MetricsSystem.bootstrap(metrics.registry)
        metrics.registry.describe((JobQueue.metricHelp.merging(SchedulerService.metricHelp) { $1 }).map { MetricDescription($0, $1) })
        metrics.registry.add(.process())
        // A connection of its own: a scrape neither waits for jobs nor makes them wait.
        let pool = try environment.makePool(size: 1, label: "metrics")
        metrics.registry.add(.cluster(CatalogStore(pool: pool), logger: logger))
    }

    /// A release process migrates while the others start; a database nobody migrates is worth a line every time we look. Once it is migrated, the
    /// key is looked at.
    private func waitForMigrations() async throws {
        while true {
            do {
                let pending = try await MigrateCommand.migrator.pending(pool)
                if pending.isEmpty { return try await Self.verifyKey(environment, pool) }
                logger.warning("The control database lacks migrations: run 'sluice migrate'", metadata: ["missing": "\(pending)"])
            } catch let error as PostgresError where error.isRetryable {
                try await pool.waitUntilReachable(giveUp: \.isPermanentRefusal)
            }
            try await Task.sleep(for: .seconds(2))
        }
    }

    /// Runs services in one group: SIGTERM and SIGINT end them gracefully, within 25 seconds.
    func run(_ services: any Service...) async throws {
        var configuration = ServiceGroupConfiguration(
            services: (services + (metricsServer.map { [$0] } ?? [])).map {
                .init(
                    service: $0, successTerminationBehavior: .gracefullyShutdownGroup, failureTerminationBehavior: .gracefullyShutdownGroup)
            },
            gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumGracefulShutdownDuration = .seconds(24)
        try await ServiceGroup(configuration: configuration).run()
        await pool.close()
    }
}
