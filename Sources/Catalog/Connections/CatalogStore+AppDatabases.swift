public import Foundation
import Postgres

/// An environment variable whose database an app may use.
public struct AppDatabase: Sendable, Hashable {
    /// The app.
    public let appName: String
    /// The variable's name.
    public let dbKey: String
    /// Since when.
    public let allowedAt: Date
    /// The app's connections that use it, by name.
    public let connections: [String]
}

extension CatalogStore {
    /// Lets an app use the database whose address an environment variable holds.
    ///
    /// - Returns: false when it was allowed already.
    /// - Throws: `CatalogError` with code `.invalid` naming the value and what was expected; `PostgresError`.
    @discardableResult
    public func allowDatabase(app: String, key: String) async throws -> Bool {
        try await pool.transaction { try Self.allowDatabase(app: app, key: key, in: $0) }
    }

    /// Lets an app use a variable's database, in the caller's transaction.
    ///
    /// - Returns: false when it was allowed already.
    /// - Throws: `CatalogError` with code `.invalid`; `PostgresError`.
    @discardableResult
    static func allowDatabase(app: String, key: String, in session: PostgresSession) throws -> Bool {
        let (app, key) = (try ConnectionRules.appName(app), try ConnectionRules.databaseVariable(key))
        return try session.run("INSERT INTO sluice.app_databases (app_name, db_key) VALUES (\(app), \(key)) ON CONFLICT DO NOTHING") == 1
    }

    /// Takes a variable's database from an app; connections that use it cannot reach it from now on.
    ///
    /// - Returns: false when it was not allowed.
    /// - Throws: `PostgresError`.
    public func denyDatabase(app: String, key: String) async throws -> Bool {
        try await pool.run("DELETE FROM sluice.app_databases WHERE app_name = \(app) AND db_key = \(key)") == 1
    }

    /// What apps may use: all of them, or one.
    ///
    /// - Throws: `PostgresError`.
    public func databases(app: String? = nil) async throws -> [AppDatabase] {
        try await pool.query(
            """
            SELECT d.app_name, d.db_key, d.allowed_at,
                ARRAY (SELECT c.name FROM sluice.connections c WHERE c.app_name = d.app_name AND c.db_key = d.db_key ORDER BY c.internal_id)
                    AS connections
            FROM sluice.app_databases d WHERE \(app)::text IS NULL OR d.app_name = \(app) ORDER BY d.app_name, d.db_key
            """
        ).map { row in
            AppDatabase(
                appName: try row.decode("app_name"), dbKey: try row.decode("db_key"), allowedAt: try row.decode("allowed_at"),
                connections: try row.decode("connections"))
        }
    }

    /// Refuses a variable that the app may not use, and keeps it from being withdrawn until the transaction ends.
    static func requireDatabase(_ key: String, app: String, in session: PostgresSession) throws {
        let allowed = try session.query(
            "SELECT FROM sluice.app_databases WHERE app_name = \(app) AND db_key = \(key) FOR KEY SHARE")
        if allowed.isEmpty { throw ConnectionAddress.notAllowed(key, app: app) }
    }
}
