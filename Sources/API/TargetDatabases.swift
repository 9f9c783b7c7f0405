import Catalog
import Foundation
import Logging
import Postgres
import Redaction
import Secrets

/// Small pools on target databases, for what the API reads there; opened when first needed.
actor TargetDatabases {
    private let sealingKey: SealingKey
    private nonisolated let environment: Redacted<[String: String]>
    private let logger: Logger
    @Redacted private var pools: [String: PostgresPool] = [:]

    init(sealingKey: SealingKey, environment: [String: String], logger: Logger) {
        self.sealingKey = sealingKey
        self.environment = Redacted(wrappedValue: environment)
        self.logger = logger
    }

    /// Where a connection's database is, when that can be told.
    nonisolated func configuration(_ connection: Connection) throws -> PostgresConfiguration {
        Self.impatient(
            try ConnectionAddress.configuration(of: connection, key: sealingKey, environment: environment.wrappedValue))
    }

    /// Where the database is that a variable names; nil when it names none. Whether an app may use it is the caller's question.
    nonisolated func configuration(dbKey: String) -> PostgresConfiguration? {
        guard let url = environment.wrappedValue[dbKey], ConnectionAddress.isDatabaseURL(url) else { return nil }
        return (try? PostgresConfiguration(url: url)).map(Self.impatient)
    }

    /// A person waits for the answer.
    private static func impatient(_ configuration: PostgresConfiguration) -> PostgresConfiguration {
        var configuration = configuration
        configuration.applicationName = "sluice api"
        configuration.connectTimeout = .seconds(3)
        configuration.statementTimeout = .seconds(5)
        return configuration
    }

    func pool(_ connection: Connection) throws -> PostgresPool {
        let configuration = try configuration(connection)
        if let pool = pools[configuration.connectionString] { return pool }
        let pool = PostgresPool(configuration: configuration, size: 2, acquireTimeout: .seconds(5), logger: logger)
        pools[configuration.connectionString] = pool
        return pool
    }

    func close() async {
        for pool in pools.values { await pool.close() }
        pools = [:]
    }
}
