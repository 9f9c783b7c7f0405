public import Catalog
public import Foundation
import Postgres
import Secrets

/// An API token as its owner and operators may see it: never the token itself.
public struct APIToken: Sendable, Identifiable, Hashable {
    /// The first digits of its hash: what names it.
    public let id: String
    /// What its owner calls it.
    public let name: String?
    /// The most that it may do; nil is all that its user may.
    public let role: Role?
    /// When it ends by itself; nil is never.
    public let expiresAt: Date?
    /// When it was made.
    public let createdAt: Date
    /// When it was last used, to the minute.
    public let lastUsedAt: Date?
    /// Dashboard sessions that it began and that have not ended.
    public let sessions: Int

    static let idLength = 12

    /// The id of a token that is at hand.
    ///
    /// - Throws: `SecretsError`.
    public static func id(of token: String) throws -> String { String(try TokenHash(of: token).hex.prefix(idLength)) }

    init(row: PostgresRow) throws {
        id = String(try row.decode("token_hash", as: String.self).prefix(Self.idLength))
        name = try row.decodeIfPresent("name")
        role = try row.decodeIfPresent("role", as: String.self).map(Role.init(named:))
        expiresAt = try row.decodeIfPresent("expires_at")
        createdAt = try row.decode("created_at")
        lastUsedAt = try row.decodeIfPresent("last_used_at")
        sessions = try row.decode("sessions")
    }
}

extension CatalogStore {
    /// A user's tokens, oldest first.
    ///
    /// - Throws: `CatalogError` with code `.notFound` when there is no such user; `PostgresError`.
    public func tokens(email: String) async throws -> [APIToken] {
        try await pool.withSession { session in
            let user = try Self.userID(email: email, in: session)
            return try Self.tokens(of: user, startingWith: "", in: session)
        }
    }

    /// Makes a token.
    ///
    /// - Parameters:
    ///   - name: what its owner calls it.
    ///   - role: the most that it may do; nil is all that its user may.
    ///   - lifetime: after which it ends by itself; nil is never.
    /// - Returns: the token in clear text: this once, since only its hash is kept.
    /// - Throws: `CatalogError` with code `.invalid`, or `.notFound` when the user was removed meanwhile; `PostgresError`, `SecretsError`.
    public func createToken(
        of user: UUID, name: String?, role: Role? = nil, lifetime: Duration? = nil
    ) async throws -> (token: APIToken, secret: String) {
        let name = try name.map(ConnectionRules.name)
        let secret = try Token.generate(prefix: tokenPrefix)
        let hash = try TokenHash(of: secret).hex
        let rows = try await pool.query(
            """
            INSERT INTO sluice.api_tokens (token_hash, user_id, name, role, expires_at)
            SELECT \(hash), u.id, \(name), \(role?.rawValue), sluice.clock() + \(lifetime)::interval FROM sluice.users u WHERE u.id = \(user)
            RETURNING *, 0::bigint AS sessions
            """, timeout: .seconds(10))
        guard let row = rows.first else { throw CatalogError(code: .notFound, message: "the user was removed meanwhile") }
        return (try APIToken(row: row), secret)
    }

    /// Revokes one token of a user, or all of them. They are refused from now on, and the dashboard sessions that they began end.
    ///
    /// - Parameter id: the token's id, a longer part of its hash, or the token itself; nil is all of them.
    /// - Returns: what was revoked.
    /// - Throws: `CatalogError` with code `.notFound` when there is no such user or token, `.invalid` when `id` is too short to name one;
    ///   `PostgresError`, `SecretsError`.
    public func revokeTokens(email: String, id: String? = nil) async throws -> [APIToken] {
        let prefix = try id.map(Self.hashPrefix) ?? ""
        return try await pool.transaction { session in
            let user = try Self.userID(email: email, in: session)
            let tokens = try Self.tokens(of: user, startingWith: prefix, in: session)
            if let id, tokens.isEmpty {
                throw CatalogError(code: .notFound, message: "\(email) has no token \(id.hasPrefix(tokenPrefix) ? "like this" : id)")
            }
            try session.run("DELETE FROM sluice.api_tokens WHERE user_id = \(user) AND starts_with(token_hash, \(prefix))")
            return tokens
        }
    }

    private static func hashPrefix(_ id: String) throws -> String {
        if id.hasPrefix(tokenPrefix) { return try TokenHash(of: id).hex }
        let prefix = id.lowercased()
        guard prefix.utf8.count >= APIToken.idLength, prefix.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
        else {
            throw CatalogError(
                code: .invalid,
                message: "token: expected an id of \(APIToken.idLength) hexadecimal digits, as 'sluice user tokens' lists them")
        }
        return prefix
    }

    private static func userID(email: String, in session: PostgresSession) throws -> UUID {
        guard let row = try session.query("SELECT id FROM sluice.users WHERE email = lower(\(email))").first else {
            throw CatalogError(code: .notFound, message: "there is no user \(email)")
        }
        return try row.decode("id")
    }

    private static func tokens(of user: UUID, startingWith prefix: String, in session: PostgresSession) throws -> [APIToken] {
        try session.query(
            """
            SELECT t.token_hash, t.name, t.role, t.expires_at, t.created_at, t.last_used_at,
                (SELECT count(*) FROM sluice.sessions s WHERE s.token_hash = t.token_hash AND s.expires_at > sluice.clock()) AS sessions
            FROM sluice.api_tokens t WHERE t.user_id = \(user) AND starts_with(t.token_hash, \(prefix)) ORDER BY t.created_at, t.token_hash
            """
        ).map(APIToken.init(row:))
    }
}

/// How tokens begin, for people and secret scanners.
let tokenPrefix = "sluice_"
