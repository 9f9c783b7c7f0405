import ArgumentParser
import Catalog
import JobQueue
import Logging
import Postgres

/// `sluice migrate`: brings the control database up to date.
struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "Brings the control database up to date.",
        example: "sluice migrate --plan")

    @Flag(help: "Tell what would be done, and do nothing.")
    var plan = false

    @Flag(help: "Print the plan as JSON.")
    var json = false

    static let migrator = PostgresMigrator(schema: "sluice", migrations: JobQueue.migrations + CatalogStore.migrations)

    func validate() throws {
        if json && !plan { throw ValidationError("--json: expected together with --plan") }
    }

    func run() async throws {
        let environment = try ControlEnvironment.read(for: "migrate")
        let logger = environment.makeLogger()
        let pool = try environment.makePool(size: 1)
        try await pool.waitUntilReachable(giveUp: \.isPermanentRefusal)
        if plan {
            let planned = MigrationPlan(pending: try await Self.migrator.pending(pool))
            print(json ? planned.document.prettyText : planned.text)
        } else {
            let applied = try await Self.migrator.migrate(pool, logger: logger)
            try await ProcessStart.verifyKey(environment, pool)
            logger.info("The control database is up to date", metadata: ["applied": "\(applied)"])
        }
        await pool.close()
    }
}

extension PostgresError {
    /// Whether the server answered and will not let us in, however long we wait.
    var isPermanentRefusal: Bool {
        code == .configuration || ["28000", "28P01", "3D000"].contains(sqlState ?? "") || message.contains("does not exist")
            || message.contains("authentication failed")
    }
}
