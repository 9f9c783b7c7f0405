import API
import Catalog
import Cluster
import CoreMetrics
import Foundation
import JobQueue
import Logging
import Monitoring
import OTLP
import Postgres
import Prometheus
import ServiceLifecycle
import UnixSignals

/// What the long-running processes have in common: probes from the first moment on, waiting for Postgres and the migrations, and services until
/// SIGTERM.
struct ProcessStart {
    let environment: ControlEnvironment
    let pool: PostgresPool
    let logger: Logger
    let metrics: MetricsConfiguration
    let readiness: Readiness
    private let probes: ProbeService?
    private let export: ExportService?

    /// Reads the environment.
    ///
    /// - Parameters:
    ///   - needsLeader: whether the process is ready only while a scheduler leads.
    ///   - openFiles: how many files must be allowed open beyond what any process needs, and what for.
    init(
        _ name: String, poolSize: Int, metrics options: MetricsOptions, needsLeader: Bool = false,
        openFiles: (least: Int, reason: String)? = nil
    ) throws {
        if let openFiles, let shortage = ProcessConditions.shortage(of: openFiles.least, for: openFiles.reason) {
            throw ConfigurationFault(message: shortage).report()
        }
        environment = try ControlEnvironment.read(for: name)
        logger = environment.makeLogger()
        pool = try environment.makePool(size: poolSize)
        metrics = MetricsConfiguration(registry: PrometheusRegistry(), token: environment.metricsToken)
        // A connection of their own: neither a scrape nor a probe waits for jobs or makes them wait.
        let lookers = try environment.makePool(size: 2)
        readiness = Readiness(pool: lookers, needsLeader: needsLeader, phase: .starting)
        probes = options.metricsPort.map { [metrics, readiness, logger] port in
            ProbeService(
                server: MetricsServer(metrics: metrics, readiness: readiness, host: options.metricsHost, port: port, logger: logger))
        }
        MetricsSystem.bootstrap(metrics.registry)
        export = try TracingOptions().bootstrap(name, transport: environment.transport, logger: logger)
        metrics.registry.describe(
            (JobQueue.metricHelp.merging(SchedulerService.metricHelp) { $1 }.merging(OTLP.metricHelp) { $1 }).map {
                MetricDescription($0, $1)
            })
        metrics.registry.add(.process())
        metrics.registry.add(.cluster(CatalogStore(pool: lookers), logger: logger))
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

    /// Waits until Postgres can be reached and is migrated, saying so while it is not, and then runs services: SIGTERM and SIGINT end them
    /// gracefully, within 25 seconds. Probes answer from before the waiting until after the end.
    ///
    /// - Throws: what ended a service, or made waiting useless.
    func run(_ services: any Service...) async throws {
        let work = StartedServices(
            waiting: { try await waitForDatabase() }, services: services, readiness: readiness, probes: probes, logger: logger)
        // They are asked to stop from the last to the first, each when the one before has.
        let all: [any Service] = (probes.map { [$0] } ?? []) + (export.map { [$0] } ?? []) + [work]
        var configuration = ServiceGroupConfiguration(
            services: all.map {
                .init(
                    service: $0, successTerminationBehavior: .gracefullyShutdownGroup, failureTerminationBehavior: .gracefullyShutdownGroup)
            },
            gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumGracefulShutdownDuration = .seconds(24)
        try await ServiceGroup(configuration: configuration).run()
        await pool.close()
    }

    /// A release process migrates while the others start; a database nobody migrates is worth a line every time we look. Once it is migrated, the
    /// key is looked at.
    private func waitForDatabase() async throws {
        try await pool.waitUntilReachable(giveUp: \.isPermanentRefusal)
        while true {
            do {
                try await refuseTransactionPooler()
                let pending = try await MigrateCommand.migrator.pending(pool)
                if pending.isEmpty { return try await Self.verifyKey(environment, pool) }
                logger.warning("The control database lacks migrations: run 'sluice migrate'", metadata: ["missing": "\(pending)"])
            } catch let error as PostgresError where error.isRetryable {
                try await pool.waitUntilReachable(giveUp: \.isPermanentRefusal)
            }
            try await Task.sleep(for: .seconds(2))
        }
    }

    private func refuseTransactionPooler() async throws {
        guard try await PostgresPooling.detect(pool) == .transaction else { return }
        throw ConfigurationFault(
            message:
                "DATABASE_URL leads to a pooler in transaction mode, such as PgBouncer: expected the server itself, or a pool in session mode, since the lead of a scheduler and LISTEN take a session"
        ).report()
    }
}
