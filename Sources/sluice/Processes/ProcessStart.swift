import Catalog
import Foundation
import JobQueue
import Logging
import Postgres
import ServiceLifecycle
import UnixSignals

/// What the long-running processes have in common: wait for Postgres, check the migrations, run services until SIGTERM.
struct ProcessStart {
    let environment: ControlEnvironment
    let pool: PostgresPool
    let logger: Logger

    /// Reads the environment and waits until Postgres can be reached, saying so while it cannot.
    init(_ name: String, poolSize: Int) async throws {
        environment = try ControlEnvironment.read()
        // Until services run there is nothing to end in order; after that their group handles these signals.
        for number in [SIGTERM, SIGINT] { signal(number) { _ in _exit(0) } }
        logger = environment.makeLogger(name)
        pool = try environment.makePool(size: poolSize)
        try await pool.waitUntilReachable(giveUp: \.isPermanentRefusal)
        try await waitForMigrations()
    }

    /// A release process migrates while the others start; a database nobody migrates is worth a line every time we look.
    private func waitForMigrations() async throws {
        while true {
            do {
                let pending = try await MigrateCommand.migrator.pending(pool)
                if pending.isEmpty { return }
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
            services: services.map { .init(service: $0, successTerminationBehavior: .gracefullyShutdownGroup) },
            gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumGracefulShutdownDuration = .seconds(24)
        try await ServiceGroup(configuration: configuration).run()
        await pool.close()
    }
}
