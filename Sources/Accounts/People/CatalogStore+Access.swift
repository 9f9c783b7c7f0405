public import Catalog
public import Foundation
import Postgres

/// Somebody's role on a connection, and where it comes from.
public struct AccessGrant: Sendable, Hashable {
    /// The user's id.
    public let userID: UUID
    /// The user's address.
    public let email: String
    /// The role that holds on the connection.
    public let role: Role
    /// The role on the whole app, which holds where there is none on the connection.
    public let appRole: Role?
    /// The role on this one connection.
    public let connectionRole: Role?
    /// Whether he is an administrator of the installation, and so has all of it.
    public let isAdministrator: Bool
    /// Since when.
    public let grantedAt: Date?
}

extension CatalogStore {
    /// Who has a role on a connection, by address; administrators of the installation among them.
    ///
    /// - Throws: `PostgresError`; `CatalogError` when a role cannot be read.
    public func access(to connection: Connection) async throws -> [AccessGrant] {
        try await pool.query(
            """
            SELECT u.id, u.email, u.is_administrator, a.role AS app_role, c.role AS connection_role, coalesce(c.granted_at, a.granted_at) AS granted_at
            FROM sluice.users u
            LEFT JOIN sluice.access a ON a.user_id = u.id AND a.app_name = \(connection.appName)
            LEFT JOIN sluice.connection_access c ON c.user_id = u.id AND c.connection_id = \(connection.id)
            WHERE a.role IS NOT NULL OR c.role IS NOT NULL OR u.is_administrator
            ORDER BY u.email
            """, timeout: .seconds(10)
        ).map { row in
            let isAdministrator: Bool = try row.decode("is_administrator")
            let appRole = try row.decodeIfPresent("app_role", as: String.self).map(Role.init(named:))
            let connectionRole = try row.decodeIfPresent("connection_role", as: String.self).map(Role.init(named:))
            return AccessGrant(
                userID: try row.decode("id"), email: try row.decode("email"),
                role: isAdministrator ? .admin : connectionRole ?? appRole ?? .viewer, appRole: appRole, connectionRole: connectionRole,
                isAdministrator: isAdministrator, grantedAt: try row.decodeIfPresent("granted_at"))
        }
    }

    /// Gives a user a role on one connection, in place of the one that he has on its app.
    ///
    /// - Returns: the role that he had on this connection.
    /// - Throws: `PostgresError`.
    @discardableResult
    public func setAccess(of user: UUID, connection: UUID, role: Role) async throws -> Role? {
        try await pool.transaction { session in
            let former = try session.query(
                "SELECT role FROM sluice.connection_access WHERE user_id = \(user) AND connection_id = \(connection) FOR UPDATE"
            ).first.map { try Role(named: $0.decode("role")) }
            try session.run(
                """
                INSERT INTO sluice.connection_access (user_id, connection_id, role) VALUES (\(user), \(connection), \(role.rawValue))
                ON CONFLICT (user_id, connection_id) DO UPDATE SET role = excluded.role, granted_at = sluice.clock()
                """)
            return former
        }
    }

    /// Takes a user's own role on one connection; the one on its app holds there again.
    ///
    /// - Returns: the role that was taken; nil when there was none.
    /// - Throws: `PostgresError`.
    public func removeAccess(of user: UUID, connection: UUID) async throws -> Role? {
        try await pool.query(
            "DELETE FROM sluice.connection_access WHERE user_id = \(user) AND connection_id = \(connection) RETURNING role"
        ).first.map { try Role(named: $0.decode("role")) }
    }

    /// Gives a user a role on all connections of an app.
    ///
    /// - Returns: the role that he had there.
    /// - Throws: `CatalogError` with code `.invalid`; `PostgresError`.
    @discardableResult
    public func setAccess(of user: UUID, app: String, role: Role) async throws -> Role? {
        let app = try ConnectionRules.appName(app)
        return try await pool.transaction { session in
            let former = try session.query("SELECT role FROM sluice.access WHERE user_id = \(user) AND app_name = \(app) FOR UPDATE").first
                .map { try Role(named: $0.decode("role")) }
            try session.run(
                """
                INSERT INTO sluice.access (user_id, app_name, role) VALUES (\(user), \(app), \(role.rawValue))
                ON CONFLICT (user_id, app_name) DO UPDATE SET role = excluded.role, granted_at = sluice.clock()
                """)
            return former
        }
    }

    /// Takes a user's role on an app.
    ///
    /// - Returns: the role that was taken; nil when there was none.
    /// - Throws: `PostgresError`.
    public func removeAccess(of user: UUID, app: String) async throws -> Role? {
        try await pool.query("DELETE FROM sluice.access WHERE user_id = \(user) AND app_name = \(app) RETURNING role").first
            .map { try Role(named: $0.decode("role")) }
    }
}
