public import Catalog
public import Foundation
import Postgres
import Secrets

/// A user as those see him who keep the installation.
public struct Account: Sendable, Identifiable {
    /// The user, with his roles.
    public let user: User
    /// Since when he is known.
    public let createdAt: Date
    /// When his password was set; nil when he signs in with tokens only.
    public let passwordSetAt: Date?
    /// His API tokens that are good.
    public let tokens: Int
    /// His dashboard sessions that have not ended.
    public let sessions: Int

    /// The user's id.
    public var id: UUID { user.id }

    static let columns: PostgresQuery = """
        \(fragment: User.columns), u.created_at, u.password_set_at,
        (SELECT count(*) FROM sluice.api_tokens t WHERE t.user_id = u.id AND coalesce(t.expires_at > sluice.clock(), true)) AS tokens,
        (SELECT count(*) FROM sluice.sessions s LEFT JOIN sluice.api_tokens t USING (token_hash)
         WHERE coalesce(t.user_id, s.user_id) = u.id AND s.expires_at > sluice.clock()) AS sessions
        """

    init(row: PostgresRow) throws {
        user = try User(row: row, ceiling: nil)
        createdAt = try row.decode("created_at")
        passwordSetAt = try row.decodeIfPresent("password_set_at")
        tokens = try row.decode("tokens")
        sessions = try row.decode("sessions")
    }
}

extension CatalogStore {
    private static let accountTimeout = Duration.seconds(10)

    /// Users by address, so many after one.
    ///
    /// - Throws: `PostgresError`.
    public func accounts(after email: String = "", limit: Int = 1000) async throws -> [Account] {
        try await pool.query(
            "SELECT \(fragment: Account.columns) FROM sluice.users u WHERE u.email > \(email) ORDER BY u.email LIMIT \(limit)",
            timeout: Self.accountTimeout
        ).map(Account.init(row:))
    }

    /// The user that a person means: by id or address.
    ///
    /// - Throws: `CatalogError` with code `.notFound`; `PostgresError`.
    public func account(named reference: String) async throws -> Account {
        let rows = try await pool.query(
            "SELECT \(fragment: Account.columns) FROM sluice.users u WHERE u.email = lower(\(reference)) OR u.id::text = lower(\(reference))",
            timeout: Self.accountTimeout)
        guard let row = rows.first else {
            throw CatalogError(
                code: .notFound, message: "there is no user \(reference.prefix(200)); an administrator of the installation adds users")
        }
        return try Account(row: row)
    }

    /// Adds a user, with a role on an app where one is named, and without any where not.
    ///
    /// - Throws: `CatalogError` with code `.invalid`, or `.conflict` when there is one of this address; `PostgresError`.
    public func createAccount(
        email: String, password: String? = nil, isAdministrator: Bool = false, role: (app: String, role: Role)? = nil
    ) async throws -> Account {
        let email = try Self.address(email)
        let app = try role.map { try ConnectionRules.appName($0.app) }
        try password.map(PasswordWork.check)
        let hash: String? = if let password { try await PasswordWork.hash(password).text } else { nil }
        let rows = try await pool.query(
            """
            WITH made AS (
                INSERT INTO sluice.users (email, is_administrator, password_hash, password_set_at)
                VALUES (lower(\(email)), \(isAdministrator), \(hash), CASE WHEN \(hash)::text IS NOT NULL THEN sluice.clock() END)
                ON CONFLICT (email) DO NOTHING RETURNING id),
            given AS (
                INSERT INTO sluice.access (user_id, app_name, role)
                SELECT id, \(app)::text, \(role?.role.rawValue)::text FROM made WHERE \(app)::text IS NOT NULL)
            SELECT id FROM made
            """, timeout: Self.accountTimeout)
        guard let row = rows.first else { throw CatalogError(code: .conflict, message: "there is a user \(email) already") }
        return try await account(named: row.decode("id", as: UUID.self).uuidString)
    }

    /// Whether a password may be anybody's.
    ///
    /// - Throws: `CatalogError` with code `.invalid`.
    public static func check(password: String) throws { try PasswordWork.check(password) }

    /// Sets a user's password, or with nil takes it away; the sessions that the former one began end.
    ///
    /// - Parameter kept: the hash of a session that goes on: the one that sets it.
    /// - Throws: `CatalogError` with code `.invalid` or `.notFound`; `PostgresError`.
    public func setPassword(of user: UUID, _ password: String?, keeping kept: String? = nil) async throws {
        try password.map(PasswordWork.check)
        let hash: String? = if let password { try await PasswordWork.hash(password).text } else { nil }
        try await pool.transaction { session in
            let changed = try session.run(
                """
                UPDATE sluice.users SET password_hash = \(hash), password_set_at = CASE WHEN \(hash)::text IS NOT NULL THEN sluice.clock() END
                WHERE id = \(user)
                """, timeout: Self.accountTimeout)
            guard changed == 1 else { throw CatalogError(code: .notFound, message: "the user was removed meanwhile") }
            try session.run(
                "DELETE FROM sluice.sessions WHERE user_id = \(user) AND token_hash IS NULL AND session_hash <> coalesce(\(kept), '')",
                timeout: Self.accountTimeout)
        }
    }

    /// Whether it is the user's password.
    ///
    /// - Throws: `PostgresError`, `SecretsError`.
    public func isPassword(_ password: String, of user: UUID) async throws -> Bool {
        let row = try await pool.query("SELECT password_hash FROM sluice.users WHERE id = \(user)", timeout: Self.accountTimeout).first
        return try await PasswordWork.matches(password, try row?.decodeIfPresent("password_hash"))
    }

    /// Makes a user an administrator of the installation, or takes that from him.
    ///
    /// - Throws: `CatalogError` with code `.notFound`, or `.conflict` when nobody would be left; `PostgresError`.
    public func setAdministrator(email: String, _ isAdministrator: Bool) async throws {
        try await pool.transaction { session in
            let changed = try session.run("UPDATE sluice.users SET is_administrator = \(isAdministrator) WHERE email = lower(\(email))")
            if changed == 0 { throw CatalogError(code: .notFound, message: "there is no user \(email)") }
            if !isAdministrator { try Self.requireAdministrator(in: session) }
        }
    }

    /// Removes a user, with tokens, sessions and roles.
    ///
    /// - Throws: `CatalogError` with code `.conflict` when no administrator would be left; `PostgresError`.
    public func removeAccount(_ account: Account) async throws {
        try await pool.transaction { session in
            try session.run("DELETE FROM sluice.users WHERE id = \(account.id)")
            if account.user.isAdministrator { try Self.requireAdministrator(in: session) }
        }
    }

    /// - Throws: `CatalogError` with code `.invalid`.
    static func address(_ email: String) throws -> String {
        let parts = email.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }), email.unicodeScalars.count <= 254,
            email.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F })
        else {
            throw CatalogError(
                code: .invalid, message: "email: expected an address such as name@example.com, found \"\(email.prefix(254))\"")
        }
        return email
    }

    /// Two that take it from each other at once both wait here.
    private static func requireAdministrator(in session: PostgresSession) throws {
        try session.run("SELECT pg_advisory_xact_lock(hashtextextended('sluice.users.administrators', 0))")
        guard try session.query("SELECT FROM sluice.users WHERE is_administrator LIMIT 1").isEmpty else { return }
        throw CatalogError(code: .conflict, message: "this is the last administrator of the installation: make another one first")
    }
}
