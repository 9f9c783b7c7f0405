public import Foundation
public import Postgres
public import Secrets

/// Where a connection's target database is: sealed in its record, or in an environment variable that the record names.
public enum ConnectionAddress {
    /// What a connection's sealed address is bound to.
    public static func context(_ connectionID: UUID) -> String {
        "connections.database_url:\(connectionID.uuidString.lowercased())"
    }

    /// The address of a connection's target database, a libpq connection string. It may hold a password: never log it.
    ///
    /// - Throws: `CatalogError` with code `.conflict` when the app may not use the variable, `.configuration` when the variable holds no
    ///   Postgres URL here, whatever else it holds, `.incomplete` when the record names no database, `.addressUnreadable` when the seal does
    ///   not open; `SecretsError` when OpenSSL fails.
    public static func databaseURL(of connection: Connection, key: SealingKey, environment: [String: String]) throws -> String {
        if let sealed = connection.databaseURLSealed {
            do {
                return String(decoding: try key.open(sealed, context: context(connection.id)), as: UTF8.self)
            } catch {
                guard error.code != .library else { throw error }
                throw unreadable(connection, error.message)
            }
        }
        guard let dbKey = connection.dbKey else {
            throw CatalogError(code: .incomplete, message: "connection \(connection.name) names no database")
        }
        guard connection.isDatabaseKeyAllowed else { throw notAllowed(dbKey, app: connection.appName) }
        guard let url = environment[dbKey], isDatabaseURL(url) else { throw notSet(dbKey, connection) }
        return url
    }

    /// Where and how to connect to a connection's target database.
    ///
    /// - Throws: what `databaseURL` throws, and the same codes for an address that is none.
    public static func configuration(of connection: Connection, key: SealingKey, environment: [String: String]) throws
        -> PostgresConfiguration
    {
        let url = try databaseURL(of: connection, key: key, environment: environment)
        do {
            return try PostgresConfiguration(url: url)
        } catch {
            guard connection.databaseURLSealed == nil, let dbKey = connection.dbKey else {
                throw unreadable(connection, "expected a Postgres URL")
            }
            throw notSet(dbKey, connection)
        }
    }

    /// Whether a variable's value is the address of a Postgres database; no other value of the environment is ever used as one.
    public static func isDatabaseURL(_ value: String) -> Bool {
        (value.hasPrefix("postgres://") || value.hasPrefix("postgresql://")) && (try? PostgresConfiguration(url: value)) != nil
    }

    /// The same words whether the variable exists or not, so that nobody learns what the environment holds.
    static func notAllowed(_ dbKey: String, app: String) -> CatalogError {
        CatalogError(
            code: .conflict,
            message: "db_key: the app \(app) may not use \(dbKey); an operator allows it with: sluice app allow \(app) \(dbKey)")
    }

    private static func notSet(_ dbKey: String, _ connection: Connection) -> CatalogError {
        CatalogError(
            code: .configuration,
            message:
                "the environment variable \(dbKey) is not set to a Postgres URL; connection \(connection.name) expects its database's address there"
        )
    }

    private static func unreadable(_ connection: Connection, _ reason: String) -> CatalogError {
        CatalogError(
            code: .addressUnreadable,
            message: "the stored address of the target database of connection \(connection.name) cannot be read: \(reason)")
    }
}
