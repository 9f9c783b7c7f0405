public import Catalog
import ForeignText
public import Foundation
import Postgres
import Secrets

/// A person's session with the dashboard, just begun.
public struct NewSession: Sendable {
    /// What proves it: this once in clear text, since only its hash is kept.
    public let secret: String
    /// When it ends by itself.
    public let expiresAt: Date
    /// Whose it is.
    public let user: User
}

/// From where somebody comes.
public struct SessionOrigin: Sendable, Hashable {
    /// The address.
    public let address: String?
    /// What the browser calls itself.
    public let agent: String?

    /// An origin; what others wrote is cut.
    public init(address: String? = nil, agent: String? = nil) {
        self.address = address.map { String(foreign: $0, limit: 64) }
        self.agent = agent.map { String(foreign: $0, limit: 255) }
    }
}

/// A session as its owner may see it.
public struct SessionRecord: Sendable, Identifiable, Hashable {
    /// The first digits of its hash: what names it.
    public let id: String
    /// When it began.
    public let createdAt: Date
    /// When it ends by itself.
    public let expiresAt: Date
    /// When it was last used, to the minute.
    public let lastUsedAt: Date?
    /// From where it began.
    public let origin: SessionOrigin
    /// The id of the token that began it; nil when a password did.
    public let tokenID: String?

    init(row: PostgresRow) throws {
        id = String(try row.decode("session_hash", as: String.self).prefix(APIToken.idLength))
        createdAt = try row.decode("created_at")
        expiresAt = try row.decode("expires_at")
        lastUsedAt = try row.decodeIfPresent("last_used_at")
        origin = SessionOrigin(address: try row.decodeIfPresent("address"), agent: try row.decodeIfPresent("agent"))
        tokenID = try row.decodeIfPresent("token_hash", as: String.self).map { String($0.prefix(APIToken.idLength)) }
    }
}

extension CatalogStore {
    /// Begins a session for whoever presents a token. Sessions that have run out are swept up by the way.
    ///
    /// - Returns: nil when the token is not valid.
    /// - Throws: `PostgresError`, `SecretsError`.
    public func beginSession(token: String, lifetime: Duration, from origin: SessionOrigin = SessionOrigin()) async throws -> NewSession? {
        let tokenHash = try TokenHash(of: token).hex
        return try await beginSession(lifetime, origin) { session, hash in
            guard let user = try Self.user(tokenHash: tokenHash, in: session) else { return nil }
            return (user, tokenHash)
        }
    }

    /// Begins a session for whoever knows a user's password.
    ///
    /// - Returns: nil when it is not the password, or the user has none, or there is no such user: which of these, the time does not tell.
    /// - Throws: `PostgresError`, `SecretsError`.
    public func beginSession(
        email: String, password: String, lifetime: Duration, from origin: SessionOrigin = SessionOrigin()
    ) async throws -> NewSession? {
        let row = try await pool.query("SELECT id, password_hash FROM sluice.users WHERE email = lower(\(email))").first
        let hash: String? = try row?.decodeIfPresent("password_hash")
        guard try await PasswordWork.matches(password, hash), let id: UUID = try row?.decode("id") else { return nil }
        return try await beginSession(lifetime, origin) { session, _ in
            // It may have been changed while it was compared.
            try session.query("SELECT \(fragment: User.columns) FROM sluice.users u WHERE u.id = \(id) AND u.password_hash = \(hash)").first
                .map { (try User(row: $0, ceiling: nil), nil) }
        }
    }

    private func beginSession(
        _ lifetime: Duration, _ origin: SessionOrigin, _ prove: @Sendable (PostgresSession, String) throws -> (User, tokenHash: String?)?
    ) async throws -> NewSession? {
        let secret = try Token.generate(prefix: "")
        let hash = try TokenHash(of: secret).hex
        return try await pool.transaction { session in
            try session.run("DELETE FROM sluice.sessions WHERE expires_at <= sluice.clock()")
            guard let (user, tokenHash) = try prove(session, hash) else { return nil }
            let row = try session.query(
                """
                INSERT INTO sluice.sessions (session_hash, token_hash, user_id, expires_at, address, agent)
                VALUES (\(hash), \(tokenHash), \(user.id), sluice.clock() + \(lifetime)::interval, \(origin.address), \(origin.agent))
                RETURNING expires_at
                """)[0]
            return NewSession(secret: secret, expiresAt: try row.decode("expires_at"), user: user)
        }
    }

    /// Whose session it is; nil when it has ended, or the token that began it was revoked or has expired.
    ///
    /// - Throws: `PostgresError`, `SecretsError`.
    public func user(session secret: String) async throws -> User? {
        let hash = try TokenHash(of: secret).hex
        return try await pool.withSession { session in
            let rows = try session.query(
                .prepared(
                    """
                    SELECT token_hash, user_id, last_used_at IS NULL OR last_used_at < sluice.clock() - interval '1 minute' AS is_stale
                    FROM sluice.sessions WHERE session_hash = \(hash) AND expires_at > sluice.clock()
                    """))
            guard let row = rows.first else { return nil }
            if try row.decode("is_stale") {
                try session.run("UPDATE sluice.sessions SET last_used_at = sluice.clock() WHERE session_hash = \(hash)")
            }
            if let tokenHash: String = try row.decodeIfPresent("token_hash") { return try Self.user(tokenHash: tokenHash, in: session) }
            let user: UUID = try row.decode("user_id")
            return try session.query(.prepared("SELECT \(fragment: User.columns) FROM sluice.users u WHERE u.id = \(user)")).first
                .map { try User(row: $0, ceiling: nil) }
        }
    }

    /// Ends a session, everywhere and at once.
    ///
    /// - Throws: `PostgresError`, `SecretsError`.
    public func endSession(_ secret: String) async throws {
        let hash = try TokenHash(of: secret).hex
        try await pool.run("DELETE FROM sluice.sessions WHERE session_hash = \(hash)")
    }

    /// A user's sessions that have not ended, the newest first.
    ///
    /// - Throws: `PostgresError`.
    public func sessions(of user: UUID) async throws -> [SessionRecord] {
        try await pool.query(
            """
            SELECT s.* FROM sluice.sessions s LEFT JOIN sluice.api_tokens t USING (token_hash)
            WHERE coalesce(t.user_id, s.user_id) = \(user) AND s.expires_at > sluice.clock() ORDER BY s.created_at DESC, s.session_hash
            """, timeout: .seconds(10)
        ).map(SessionRecord.init(row:))
    }

    /// Ends sessions of a user: one by its id, or all of them.
    ///
    /// - Parameter kept: the hash of one that goes on.
    /// - Returns: what was ended.
    /// - Throws: `CatalogError` with code `.notFound` when there is none of this id; `PostgresError`.
    public func endSessions(of user: UUID, id: String? = nil, keeping kept: String? = nil) async throws -> [SessionRecord] {
        let ended = try await pool.query(
            """
            DELETE FROM sluice.sessions s WHERE coalesce((SELECT t.user_id FROM sluice.api_tokens t WHERE t.token_hash = s.token_hash), s.user_id) = \(user)
            AND (\(id)::text IS NULL OR left(s.session_hash, \(APIToken.idLength)) = lower(\(id))) AND s.session_hash <> coalesce(\(kept), '')
            RETURNING s.*
            """, timeout: .seconds(10)
        ).map(SessionRecord.init(row:))
        if let id, ended.isEmpty { throw CatalogError(code: .notFound, message: "there is no session \(id.prefix(64))") }
        return ended
    }
}
