import ArgumentParser
import Foundation
import Logging
import Postgres

/// The database under test, from the environment.
struct ProbeDatabase: Sendable {
    let pool: PostgresPool
    let logger: Logger

    /// A pool on `DATABASE_URL`; the log goes to stderr at `LOG_LEVEL`, warnings when it is not set.
    ///
    /// - Throws: `ValidationError` when `DATABASE_URL` is missing; `PostgresError` when it is malformed.
    init(poolSize: Int) throws {
        let variables = ProcessInfo.processInfo.environment
        guard let url = variables["DATABASE_URL"] else { throw ValidationError("DATABASE_URL is not set") }
        var logger = Logger(label: "queue-probe") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = variables["LOG_LEVEL"].flatMap(Logger.Level.init(rawValue:)) ?? .warning
        self.logger = logger
        let configuration = try PostgresConfiguration(url: url, applicationName: "queue-probe")
        pool = PostgresPool(configuration: configuration, size: poolSize, logger: logger)
    }
}
