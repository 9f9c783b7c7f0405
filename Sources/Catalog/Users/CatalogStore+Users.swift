public import Foundation
import Postgres
import Secrets

/// Somebody who may use the API.
public struct User: Sendable, Identifiable, Hashable {
    /// The user's id.
    public let id: UUID
    /// The user's address.
    public let email: String
    /// The apps whose connections the user may see and change.
    public let apps: [String]

    /// Whether the user may see and change this connection.
    public func mayUse(_ connection: Connection) -> Bool { apps.contains(connection.appName) }
}

extension CatalogStore {
    /// Adds a user, or gives an existing one access to one more app, with a new token.
    ///
    /// - Returns: the token in clear text: this once, since only its hash is kept.
    /// - Throws: `PostgresError`, `SecretsError`, `CatalogError` with code `.invalid`.
    public func addUser(email: String, app: String) async throws -> (user: User, token: String) {
        let app = try ConnectionRules.appName(app)
        let parts = email.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }), email.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            throw CatalogError(code: .invalid, message: "email: expected an address such as name@example.com, found \"\(email)\"")
        }
        let token = try Token.generate(prefix: tokenPrefix)
        let hash = try TokenHash(of: token).hex
        let user = try await pool.transaction { session in
            let id: UUID = try session.query(
                """
                INSERT INTO sluice.users (email) VALUES (lower(\(email)))
                ON CONFLICT (email) DO UPDATE SET email = excluded.email RETURNING id
                """)[0].decode("id")
            try session.run("INSERT INTO sluice.access (user_id, app_name) VALUES (\(id), \(app)) ON CONFLICT DO NOTHING")
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

    static func user(tokenHash: String, notingUse: Bool = true, in session: PostgresSession) throws -> User? {
        let rows = try session.query(
            .prepared(
                """
                SELECT u.id, u.email, t.last_used_at IS NULL OR t.last_used_at < sluice.clock() - interval '1 minute' AS is_stale,
                    ARRAY (SELECT a.app_name FROM sluice.access a WHERE a.user_id = u.id ORDER BY a.app_name) AS apps
                FROM sluice.api_tokens t JOIN sluice.users u ON u.id = t.user_id
                WHERE t.token_hash = \(tokenHash)
                """))
        guard let row = rows.first else { return nil }
        // Once a minute is enough to see whether a token is in use, and keeps most requests free of writes.
        if notingUse, try row.decode("is_stale") {
            try session.run("UPDATE sluice.api_tokens SET last_used_at = sluice.clock() WHERE token_hash = \(tokenHash)")
        }
        return User(id: try row.decode("id"), email: try row.decode("email"), apps: try row.decode("apps"))
    }

    /// Takes an app from a user; tokens stay, for the user's other apps.
    ///
    /// - Returns: whether the user had it.
    /// - Throws: `PostgresError`.
    public func revokeAccess(email: String, app: String) async throws -> Bool {
        try await pool.run(
            "DELETE FROM sluice.access USING sluice.users u WHERE user_id = u.id AND u.email = lower(\(email)) AND app_name = \(app)") == 1
    }
}
