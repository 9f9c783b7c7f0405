import ArgumentParser
import JobQueue
import Postgres

/// `queue-probe prepare`: the queue's tables where they are missing, and the table of runs.
struct PrepareCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prepare", abstract: "Makes the queue's tables, unless 'sluice migrate' has, and the table probe_runs.")

    func run() async throws {
        let database = try ProbeDatabase(poolSize: 1)
        try await database.pool.waitUntilReachable()
        _ = try await PostgresMigrator(schema: "sluice", migrations: JobQueue.migrations).migrate(database.pool, logger: database.logger)
        try await ProbeRuns(pool: database.pool).prepare()
        await database.pool.close()
    }
}
