public import Foundation
public import Secrets

/// Where a connection's target database is: sealed in its record, or in an environment variable that the record names.
public enum ConnectionAddress {
    /// Under which context an address is sealed: bound to its row, so that it does not open on another.
    public static func context(_ connectionID: UUID) -> String {
        "connections.database_url:\(connectionID.uuidString.lowercased())"
    }

    /// The address of a connection's target database, a libpq connection string. It may hold a password: never log it.
    ///
    /// - Throws: `CatalogError` with code `.configuration` naming the missing variable; `SecretsError` when the seal does not open.
    public static func databaseURL(of connection: Connection, key: SealingKey, environment: [String: String]) throws -> String {
        if let sealed = connection.databaseURLSealed {
            return String(decoding: try key.open(sealed, context: context(connection.id)), as: UTF8.self)
        }
        guard let dbKey = connection.dbKey else {
            throw CatalogError(code: .configuration, message: "connection \(connection.name) names no database")
        }
        guard let url = environment[dbKey], !url.isEmpty else {
            throw CatalogError(
                code: .configuration,
                message: "the environment variable \(dbKey) is not set; connection \(connection.name) expects its database's address there")
        }
        return url
    }
}
