public import JobQueue
public import Logging
public import Postgres
import Redaction

/// Pools of the target databases, one a database, opened when first needed.
public actor TargetPools {
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

    private let use: Use
    private let logger: Logger
    @Redacted private var pools: [String: PostgresPool] = [:]

    /// No pools yet.
    public init(use: Use, logger: Logger) {
        self.use = use
        self.logger = logger
    }

    /// The pool on the database at an address.
    public func pool(at address: PostgresConfiguration) -> PostgresPool {
        let url = address.connectionString
        if let pool = pools[url] { return pool }
        let pool = PostgresPool(configuration: use.apply(to: address), size: use.poolSize, acquireTimeout: use.patience, logger: logger)
        pools[url] = pool
        return pool
    }

    /// The target database at an address, beside the queue whose jobs work on it. A COPY holds its session for a whole page, so the queue's own
    /// pool is not shared even when the database is.
    ///
    /// - Parameter lane: what only one worker at a time works on.
    public func target(at address: PostgresConfiguration, queue: JobQueue, lane: String) -> TargetDatabase {
        let isControl = address.connectionString == queue.pool.configuration.connectionString
        return TargetDatabase(pool: pool(at: address), isControlDatabase: isControl, queue: queue, lane: lane)
    }

    /// Closes all pools.
    public func close() async {
        for pool in pools.values { await pool.close() }
        pools = [:]
    }
}
