import Catalog
import Foundation
import JobQueue
import Logging
import Postgres
import Redaction
import Secrets
import Sync

/// Pools of the target databases, one a database, opened when first needed.
actor TargetDatabases {
    private let queue: JobQueue
    private let sealingKey: SealingKey
    private let environment: Redacted<[String: String]>
    private let poolSize: Int
    private let logger: Logger
    @Redacted private var pools: [String: PostgresPool] = [:]

    init(queue: JobQueue, sealingKey: SealingKey, environment: [String: String], poolSize: Int, logger: Logger) {
        self.queue = queue
        self.sealingKey = sealingKey
        self.environment = Redacted(wrappedValue: environment)
        self.poolSize = poolSize
        self.logger = logger
    }

    /// The target database of a connection.
    ///
    /// - Throws: `CatalogError` when its address is not known; `SecretsError` when it cannot be opened.
    func target(of connection: Connection) throws -> TargetDatabase {
        var configuration = try ConnectionAddress.configuration(of: connection, key: sealingKey, environment: environment.wrappedValue)
        let url = configuration.connectionString
        let isControl = url == queue.pool.configuration.connectionString
        if let pool = pools[url] { return TargetDatabase(pool: pool, isControlDatabase: isControl, queue: queue) }
        // A COPY holds its connection for a whole page, so the control pool is not shared even when the database is.
        configuration.applicationName = "sluice worker target"
        let pool = PostgresPool(configuration: configuration, size: poolSize, acquireTimeout: .seconds(120), logger: logger)
        pools[url] = pool
        return TargetDatabase(pool: pool, isControlDatabase: isControl, queue: queue)
    }
}
