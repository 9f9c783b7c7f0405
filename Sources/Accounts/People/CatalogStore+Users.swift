public import Catalog
public import Foundation
import Postgres
import Secrets

extension CatalogStore {
    /// Adds a user, or gives an existing one a role on one more app, with a new token.
    ///
    /// - Parameter role: nil leaves the role that the user has on the app, and makes a new one its admin.
    /// - Returns: the token in clear text: this once, since only its hash is kept.
    /// - Throws: `PostgresError`, `SecretsError`, `CatalogError` with code `.invalid`.
    public func addUser(email: String, app: String, role: Role? = nil) async throws -> (user: User, token: String) {
        let app = try ConnectionRules.appName(app)
        let email = try Self.address(email)
        let token = try Token.generate(prefix: tokenPrefix)
        let hash = try TokenHash(of: token).hex
        let user = try await pool.transaction { session in
            let id: UUID = try session.query(
                """
                INSERT INTO sluice.users (email) VALUES (lower(\(email)))
                ON CONFLICT (email) DO UPDATE SET email = excluded.email RETURNING id
                """)[0].decode("id")
            try session.run(
                """
                INSERT INTO sluice.access (user_id, app_name, role) VALUES (\(id), \(app), \((role ?? .admin).rawValue))
                ON CONFLICT (user_id, app_name) DO UPDATE SET role = coalesce(\(role?.rawValue), access.role)
                """)
            try session.run("INSERT INTO sluice.api_tokens (token_hash, user_id) VALUES (\(hash), \(id))")
            return try Self.user(tokenHash: hash, notingUse: false, in: session)
        }
        guard let user else { throw CatalogError(code: .conflict, message: "the user was removed meanwhile") }
        return (user, token)
    }

    /// The user that a token belongs to.
    ///
    /// - Throws: `PostgresError`, `SecretsError`.
    public func user(token: String) async throws -> User? {
        let hash = try TokenHash(of: token).hex
        return try await pool.withSession { try Self.user(tokenHash: hash, in: $0) }
    }

    /// A user, with all that he may do.
    ///
    /// - Throws: `PostgresError`.
    public func user(_ id: UUID) async throws -> User? {
        try await pool.query("SELECT \(fragment: User.columns) FROM sluice.users u WHERE u.id = \(id)", timeout: .seconds(10)).first
            .map { try User(row: $0, ceiling: nil) }
    }

    static func user(tokenHash: String, notingUse: Bool = true, in session: PostgresSession) throws -> User? {
        let rows = try session.query(
            .prepared(
                """
                SELECT \(fragment: User.columns), t.role AS ceiling,
                    t.last_used_at IS NULL OR t.last_used_at < sluice.clock() - interval '1 minute' AS is_stale
                FROM sluice.api_tokens t JOIN sluice.users u ON u.id = t.user_id
                WHERE t.token_hash = \(tokenHash) AND coalesce(t.expires_at > sluice.clock(), true)
                """))
        guard let row = rows.first else { return nil }
        // Once a minute is enough to see whether a token is in use, and keeps most requests free of writes.
        if notingUse, try row.decode("is_stale") {
            try session.run("UPDATE sluice.api_tokens SET last_used_at = sluice.clock() WHERE token_hash = \(tokenHash)")
        }
        return try User(row: row, ceiling: row.decodeIfPresent("ceiling", as: String.self).map(Role.init(named:)))
    }
}
