public import Postgres
import Redaction
public import Secrets

/// What a process needs to find the target databases of connections: the key that opens sealed addresses, and the environment that the others name.
public struct ConnectionAddresses: Sendable {
    private let sealingKey: SealingKey
    @Redacted private var environment: [String: String]

    /// - Parameter environment: where connections that name a config var find their database.
    public init(sealingKey: SealingKey, environment: [String: String]) {
        self.sealingKey = sealingKey
        _environment = Redacted(wrappedValue: environment)
    }

    /// Where a connection's database is.
    ///
    /// - Throws: as `ConnectionAddress.configuration(of:key:environment:)`.
    public func configuration(of connection: Connection) throws -> PostgresConfiguration {
        try ConnectionAddress.configuration(of: connection, key: sealingKey, environment: environment)
    }

    /// Where the database is that a variable names; nil when it names none. Whether an app may use it is the caller's question.
    public func configuration(dbKey: String) -> PostgresConfiguration? {
        guard let url = environment[dbKey], ConnectionAddress.isDatabaseURL(url) else { return nil }
        return try? PostgresConfiguration(url: url)
    }
}
