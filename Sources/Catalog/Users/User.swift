public import Foundation
package import Postgres

/// Somebody who may use the API, and what he may do with what he signed in with.
public struct User: Sendable, Identifiable, Hashable {
    /// The user's id.
    public let id: UUID
    /// The user's address.
    public let email: String
    /// Whether he keeps the installation: its users, and which databases apps may use. He is an admin of every connection.
    public let isAdministrator: Bool
    /// Roles on all connections of an app, by its name.
    public let appRoles: [String: Role]
    /// Roles on single connections; each holds there in place of the app's.
    public let connectionRoles: [UUID: Role]
    /// The most that the token he came with may do; nil is all that he may.
    public let ceiling: Role?

    /// The apps on all of whose connections the user has a role.
    public var apps: [String] { appRoles.keys.sorted() }

    /// Whether the user may see this connection.
    public func mayUse(_ connection: Connection) -> Bool { role(on: connection) != nil }

    /// What the user may do with this connection; nil is nothing, not even know of it.
    public func role(on connection: Connection) -> Role? {
        limited(isAdministrator ? .admin : connectionRoles[connection.id] ?? appRoles[connection.appName])
    }

    /// What the user may do with an app as a whole; nil is nothing.
    public func role(app: String) -> Role? { limited(isAdministrator ? .admin : appRoles[app]) }

    /// Whether the user has at least this role somewhere.
    public func hasAnywhere(_ role: Role) -> Bool {
        if isAdministrator { return limited(.admin).map { $0 >= role } ?? false }
        return (Array(appRoles.values) + connectionRoles.values).contains { limited($0).map { $0 >= role } ?? false }
    }

    /// Whether the user keeps the installation, and came with what lets him.
    public var keepsInstallation: Bool { isAdministrator && (ceiling ?? .admin) == .admin }

    private func limited(_ role: Role?) -> Role? { role.map { min($0, ceiling ?? .admin) } }
}

extension User {
    /// What `init(row:)` reads, of a `sluice.users u`.
    package static let columns: PostgresQuery = """
        u.id, u.email, u.is_administrator,
        ARRAY (SELECT a.app_name FROM sluice.access a WHERE a.user_id = u.id ORDER BY a.app_name) AS apps,
        ARRAY (SELECT a.role FROM sluice.access a WHERE a.user_id = u.id ORDER BY a.app_name) AS app_roles,
        ARRAY (SELECT a.connection_id::text FROM sluice.connection_access a WHERE a.user_id = u.id ORDER BY a.connection_id) AS connections,
        ARRAY (SELECT a.role FROM sluice.connection_access a WHERE a.user_id = u.id ORDER BY a.connection_id) AS connection_roles
        """

    /// A user of a row with these columns.
    ///
    /// - Parameter ceiling: the most that what he came with may do; nil is all that he may.
    /// - Throws: `PostgresError`; `CatalogError` when a role cannot be read.
    package init(row: PostgresRow, ceiling: Role?) throws {
        func roles(_ column: String) throws -> [Role] { try row.decode(column, as: [String].self).map(Role.init(named:)) }
        id = try row.decode("id")
        email = try row.decode("email")
        isAdministrator = try row.decode("is_administrator")
        appRoles = Dictionary(uniqueKeysWithValues: zip(try row.decode("apps", as: [String].self), try roles("app_roles")))
        let connections = try row.decode("connections", as: [String].self).compactMap(UUID.init(uuidString:))
        connectionRoles = Dictionary(uniqueKeysWithValues: zip(connections, try roles("connection_roles")))
        self.ceiling = ceiling
    }
}
