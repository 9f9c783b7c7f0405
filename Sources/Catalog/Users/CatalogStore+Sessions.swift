public import Foundation
import Postgres
import Secrets

/// A person's session with the dashboard, just begun.
public struct NewSession: Sendable {
    /// What proves it: this once in clear text, since only its hash is kept.
    public let secret: String
    /// When it ends by itself.
    public let expiresAt: Date
}

extension CatalogStore {
    /// Begins a session for whoever presents a token. Sessions that have run out are swept up by the way.
    ///
    /// - Returns: nil when the token is not valid.
    /// - Throws: `PostgresError`, `SecretsError`.
    public func beginSession(token: String, lifetime: Duration) async throws -> NewSession? {
        let tokenHash = try TokenHash(of: token).hex
        let secret = try Token.generate(prefix: "")
        let hash = try TokenHash(of: secret).hex
        let rows = try await pool.transaction { session in
            try session.run("DELETE FROM sluice.sessions WHERE expires_at <= sluice.clock()")
            return try session.query(
                """
                INSERT INTO sluice.sessions (session_hash, token_hash, expires_at)
                SELECT \(hash), t.token_hash, sluice.clock() + \(lifetime)::interval FROM sluice.api_tokens t WHERE t.token_hash = \(tokenHash)
                RETURNING expires_at
                """)
        }
        return try rows.first.map { NewSession(secret: secret, expiresAt: try $0.decode("expires_at")) }
    }

    /// Whose session it is; nil when it has ended, or the token that began it was revoked.
    ///
    /// - Throws: `PostgresError`, `SecretsError`.
    public func user(session secret: String) async throws -> User? {
        let hash = try TokenHash(of: secret).hex
        return try await pool.withSession { session in
            let rows = try session.query(
                .prepared("SELECT token_hash FROM sluice.sessions WHERE session_hash = \(hash) AND expires_at > sluice.clock()"))
            return try rows.first.flatMap { try Self.user(tokenHash: $0.decode("token_hash"), in: session) }
        }
    }

    /// Ends a session, everywhere and at once.
    ///
    /// - Throws: `PostgresError`, `SecretsError`.
    public func endSession(_ secret: String) async throws {
        let hash = try TokenHash(of: secret).hex
        try await pool.run("DELETE FROM sluice.sessions WHERE session_hash = \(hash)")
    }
}
