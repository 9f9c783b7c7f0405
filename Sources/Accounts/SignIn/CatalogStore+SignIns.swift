public import Catalog
public import Foundation
import Postgres

/// A sign-in that a browser has been sent out for.
public struct PendingSignIn: Sendable {
    /// The connection.
    public let connectionID: UUID
    /// Who asked.
    public let userID: UUID
    /// The hash of the browser session that asked.
    public let sessionHash: String?
    /// Where it logs in.
    public let host: LoginHost
    /// The API version from now on; nil keeps the connection's.
    public let apiVersion: String?
    /// Where Salesforce sends the browser.
    public let redirectURI: String
    /// Where the browser is sent in the end.
    public let next: String
    /// Whether the user need not read everything that is mapped.
    public let acceptsMissing: Bool
    /// Verifier and app, sealed.
    public let secretsSealed: String

    init(row: PostgresRow) throws {
        connectionID = try row.decode("connection_id")
        userID = try row.decode("user_id")
        sessionHash = try row.decodeIfPresent("session_hash")
        host = LoginHost(environment: try row.decode("environment"), url: try row.decode("login_url"))
        apiVersion = try row.decodeIfPresent("api_version")
        redirectURI = try row.decode("redirect_uri")
        next = try row.decode("next")
        acceptsMissing = try row.decode("accepts_missing")
        secretsSealed = try row.decode("secrets_sealed")
    }
}

extension CatalogStore {
    /// How long a person may take at Salesforce.
    private static let signInPatience = Duration.seconds(15 * 60)
    private static let statementTimeout = Duration.seconds(10)

    /// Keeps a sign-in until the browser comes back; those that never did are swept up by the way.
    ///
    /// - Throws: `PostgresError`.
    public func keepSignIn(_ order: SignInOrder, stateHash: String, secretsSealed: String) async throws {
        try await pool.transaction { session in
            try session.run("DELETE FROM sluice.sign_ins WHERE expires_at <= sluice.clock()", timeout: Self.statementTimeout)
            try session.run(
                """
                INSERT INTO sluice.sign_ins (state_hash, connection_id, user_id, session_hash, environment, login_url, api_version, redirect_uri,
                    next, accepts_missing, secrets_sealed, expires_at)
                VALUES (\(stateHash), \(order.connection.id), \(order.user.id), \(order.sessionHash), \(order.terms.host.environment),
                    \(order.terms.host.url), \(order.terms.apiVersion), \(order.redirectURI), \(order.next), \(order.terms.acceptsMissing),
                    \(secretsSealed), sluice.clock() + \(Self.signInPatience)::interval)
                """, timeout: Self.statementTimeout)
        }
    }

    /// Takes a sign-in out of circulation.
    ///
    /// - Returns: nil when there is none of this state: never begun here, taken already, or too late.
    /// - Throws: `PostgresError`.
    public func takeSignIn(stateHash: String) async throws -> PendingSignIn? {
        let rows = try await pool.query(
            "DELETE FROM sluice.sign_ins WHERE state_hash = \(stateHash) RETURNING *, expires_at > sluice.clock() AS is_timely",
            timeout: Self.statementTimeout)
        guard let row = rows.first, try row.decode("is_timely") else { return nil }
        return try PendingSignIn(row: row)
    }
}
