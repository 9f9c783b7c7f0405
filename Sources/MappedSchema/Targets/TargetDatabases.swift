public import Catalog
public import JobQueue
public import Logging
public import Postgres
import Redaction
public import Secrets

/// Pools of the target databases, one a database, opened when first needed.
public actor TargetDatabases {
    /// How a process uses the databases.
    public struct Use: Sendable {
        /// What the server's list of sessions shows.
        public var applicationName: String
        /// Sessions a database, at most.
        public var poolSize: Int
        /// How long a session is waited for.
        public var patience: Duration
        /// How long a new session may take; nil for the address's own.
        public var connectTimeout: Duration?
        /// How long a statement may take; nil for the address's own.
        public var statementTimeout: Duration?

        /// Says how a process uses the databases.
        public init(
            applicationName: String, poolSize: Int, patience: Duration, connectTimeout: Duration? = nil, statementTimeout: Duration? = nil
        ) {
            self.applicationName = applicationName
            self.poolSize = poolSize
            self.patience = patience
            self.connectTimeout = connectTimeout
            self.statementTimeout = statementTimeout
        }

        func apply(to configuration: PostgresConfiguration) -> PostgresConfiguration {
            var configuration = configuration
            configuration.applicationName = applicationName
            if let connectTimeout { configuration.connectTimeout = connectTimeout }
            if let statementTimeout { configuration.statementTimeout = statementTimeout }
            return configuration
        }
    }

    private let sealingKey: SealingKey
    private nonisolated let environment: Redacted<[String: String]>
    private nonisolated let use: Use
    private let logger: Logger
    @Redacted private var pools: [String: PostgresPool] = [:]

    /// - Parameter environment: where connections that name a config var find their database.
    public init(sealingKey: SealingKey, environment: [String: String], use: Use, logger: Logger) {
        self.sealingKey = sealingKey
        self.environment = Redacted(wrappedValue: environment)
        self.use = use
        self.logger = logger
    }

    /// Where a connection's database is.
    ///
    /// - Throws: `CatalogError` when its address is not known; `SecretsError` when it cannot be opened.
    public nonisolated func configuration(_ connection: Connection) throws -> PostgresConfiguration {
        use.apply(to: try address(of: connection))
    }

    /// Where the database is that a variable names; nil when it names none. Whether an app may use it is the caller's question.
    public nonisolated func configuration(dbKey: String) -> PostgresConfiguration? {
        guard let url = environment.wrappedValue[dbKey], ConnectionAddress.isDatabaseURL(url) else { return nil }
        return (try? PostgresConfiguration(url: url)).map(use.apply)
    }

    /// The pool on a connection's database.
    ///
    /// - Throws: as `configuration(_:)`.
    public func pool(_ connection: Connection) throws -> PostgresPool {
        let configuration = try address(of: connection)
        let url = configuration.connectionString
        if let pool = pools[url] { return pool }
        let pool = PostgresPool(
            configuration: use.apply(to: configuration), size: use.poolSize, acquireTimeout: use.patience, logger: logger)
        pools[url] = pool
        return pool
    }

    /// The target database of a connection, beside the queue whose jobs work on it. A COPY holds its session for a whole page, so the queue's own
    /// pool is not shared even when the database is.
    ///
    /// - Throws: as `configuration(_:)`.
    public func target(of connection: Connection, queue: JobQueue) throws -> TargetDatabase {
        let isControl = try address(of: connection).connectionString == queue.pool.configuration.connectionString
        return TargetDatabase(pool: try pool(connection), isControlDatabase: isControl, queue: queue)
    }

    /// Closes all pools.
    public func close() async {
        for pool in pools.values { await pool.close() }
        pools = [:]
    }

    private nonisolated func address(of connection: Connection) throws -> PostgresConfiguration {
        try ConnectionAddress.configuration(of: connection, key: sealingKey, environment: environment.wrappedValue)
    }
}
