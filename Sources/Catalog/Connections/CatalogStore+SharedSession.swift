import ForeignText
public import Foundation
import Postgres

/// The one access token of a connection, and the lease on its renewal (`sluice.salesforce_sessions`).
extension CatalogStore {
    /// A renewal whose holder has not been heard of for so long has lapsed.
    private static let renewalLease = Duration.seconds(20)
    /// How long a refusal for good answers for Salesforce.
    private static let refusalHolds = Duration.seconds(60)
    private static let statementTimeout = Duration.seconds(10)
    /// A token that is renewed long before it should have ended was refused: the org may let sessions live for another time by now.
    private static let endedTooSoon: PostgresQuery =
        "coalesce(renewal_started_at < expires_at - session_seconds * interval '0.2 second', false)"

    /// A connection's access token as it is now.
    ///
    /// - Throws: `PostgresError`.
    public func sharedSession(_ id: UUID) async throws -> SharedSession {
        try await pool.query(
            .prepared("SELECT \(fragment: SharedSession.columns) FROM sluice.salesforce_sessions WHERE connection_id = \(id)"),
            timeout: Self.statementTimeout
        ).first.map(SharedSession.init(row:)) ?? .none
    }

    /// Gives one process the right to renew the access token of this generation, with the credentials as they are now.
    ///
    /// - Parameters:
    ///   - process: who asks, for people to read.
    ///   - lapsed: a lapsed renewal that may be taken over.
    /// - Throws: `PostgresError`.
    public func beginRenewal(_ id: UUID, replacing generation: Int64, by process: String, takingOver lapsed: UUID?) async throws
        -> SessionRenewalStart
    {
        try await pool.transaction { session in
            try session.run(
                """
                INSERT INTO sluice.salesforce_sessions (connection_id) SELECT id FROM sluice.connections WHERE id = \(id)
                ON CONFLICT (connection_id) DO NOTHING
                """, timeout: Self.statementTimeout)
            let rows = try session.query(
                """
                SELECT s.*, c.credentials_sealed, c.login_url, c.username, s.renewal_expires_at < sluice.clock() AS is_lapsed,
                       coalesce(s.refused_at > sluice.clock() - \(Self.refusalHolds)::interval, false) AS is_refused
                FROM sluice.salesforce_sessions s JOIN sluice.connections c ON c.id = s.connection_id
                WHERE s.connection_id = \(id) FOR UPDATE OF s
                """, timeout: Self.statementTimeout)
            guard let row = rows.first, let credentials: String = try row.decodeIfPresent("credentials_sealed") else {
                return .unauthorized
            }
            guard try row.decode("generation", as: Int64.self) == generation else { return .changed }
            let holder: String = try row.decodeIfPresent("renewal_by") ?? ""
            if let renewal: UUID = try row.decodeIfPresent("renewal_id") {
                let isLapsed: Bool = try row.decode("is_lapsed")
                guard isLapsed, renewal == lapsed else { return .busy(renewal: renewal, holder: holder, isLapsed: isLapsed) }
                try session.run(
                    """
                    UPDATE sluice.salesforce_sessions SET interrupted_at = renewal_started_at, interrupted_by = renewal_by
                    WHERE connection_id = \(id)
                    """, timeout: Self.statementTimeout)
            } else if try row.decode("is_refused") {
                return .refused(code: try row.decode("refusal_code"), message: try row.decode("refusal_message"))
            }
            return try Self.takeRenewal(
                id, by: process, (credentials, try row.decode("login_url"), try row.decodeIfPresent("username")), in: session)
        }
    }

    private static func takeRenewal(
        _ id: UUID, by process: String, _ login: (credentialsSealed: String, url: String, username: String?), in session: PostgresSession
    ) throws -> SessionRenewalStart {
        let renewal = UUID()
        let row = try session.query(
            """
            UPDATE sluice.salesforce_sessions
            SET renewal_id = \(renewal), renewal_by = \(String(foreign: process, limit: 255)), renewal_started_at = sluice.clock(),
                renewal_expires_at = sluice.clock() + \(renewalLease)::interval
            WHERE connection_id = \(id)
            RETURNING interrupted_at, interrupted_by,
                      token_sealed IS NOT NULL AND (session_seconds IS NULL OR \(fragment: endedTooSoon)) AS asks_lifetime
            """, timeout: statementTimeout)[0]
        let interruption = try row.decodeIfPresent("interrupted_at", as: Date.self).map {
            SessionInterruption(at: $0, holder: try row.decodeIfPresent("interrupted_by") ?? "a process")
        }
        return .begun(
            id: renewal, credentialsSealed: login.credentialsSealed, loginURL: login.url, username: login.username,
            asksLifetime: try row.decode("asks_lifetime"), interruption: interruption)
    }

    /// Keeps a renewal from lapsing.
    ///
    /// - Throws: `PostgresError`.
    public func extendRenewal(_ id: UUID, renewal: UUID) async throws {
        try await pool.run(
            """
            UPDATE sluice.salesforce_sessions SET renewal_expires_at = sluice.clock() + \(Self.renewalLease)::interval
            WHERE connection_id = \(id) AND renewal_id = \(renewal)
            """, timeout: Self.statementTimeout)
    }

    /// Keeps a new access token, and the credentials when Salesforce replaced them, in one transaction.
    ///
    /// - Returns: the session as it is now; nil when the renewal is not under way any more, and nothing was kept.
    /// - Throws: `PostgresError`.
    public func finishRenewal(_ id: UUID, renewal: UUID, tokenSealed: String, credentialsSealed: String?) async throws -> SharedSession? {
        try await pool.transaction { session in
            let rows = try session.query(
                """
                UPDATE sluice.salesforce_sessions s
                SET generation = s.generation + 1, token_sealed = \(tokenSealed), issued_at = sluice.clock(),
                    session_seconds = known.seconds, expires_at = sluice.clock() + known.seconds * interval '1 second',
                    renewal_id = NULL, renewal_by = NULL, renewal_started_at = NULL, renewal_expires_at = NULL,
                    interrupted_at = NULL, interrupted_by = NULL, refused_at = NULL, refusal_code = NULL, refusal_message = NULL
                FROM (
                    SELECT CASE WHEN NOT \(fragment: Self.endedTooSoon) THEN session_seconds END AS seconds
                    FROM sluice.salesforce_sessions WHERE connection_id = \(id)
                ) known
                WHERE s.connection_id = \(id) AND s.renewal_id = \(renewal)
                RETURNING \(fragment: SharedSession.columns)
                """, timeout: Self.statementTimeout)
            guard let row = rows.first else { return nil }
            if let credentialsSealed {
                try session.run(
                    "UPDATE sluice.connections SET credentials_sealed = \(credentialsSealed) WHERE id = \(id)",
                    timeout: Self.statementTimeout)
            }
            return try SharedSession(row: row)
        }
    }

    /// Ends a renewal that brought no token.
    ///
    /// - Returns: whether it was still under way.
    /// - Throws: `PostgresError`.
    public func endRenewal(_ id: UUID, renewal: UUID, _ failure: SessionRenewalFailure) async throws -> Bool {
        try await pool.run(
            """
            UPDATE sluice.salesforce_sessions
            SET renewal_id = NULL, renewal_by = NULL, renewal_started_at = NULL, renewal_expires_at = NULL,
                interrupted_at = CASE WHEN \(failure.isOutcomeOpen) THEN renewal_started_at ELSE interrupted_at END,
                interrupted_by = CASE WHEN \(failure.isOutcomeOpen) THEN renewal_by ELSE interrupted_by END,
                refused_at = CASE WHEN \(failure.isFinal) THEN sluice.clock() END,
                refusal_code = CASE WHEN \(failure.isFinal) THEN \(String(foreign: failure.code, limit: 200))::text END,
                refusal_message = CASE WHEN \(failure.isFinal) THEN \(String(foreign: failure.message))::text END
            WHERE connection_id = \(id) AND renewal_id = \(renewal)
            """, timeout: Self.statementTimeout) == 1
    }

    /// Keeps how long the org lets sessions live, counted from when the token of this generation was given.
    ///
    /// - Throws: `PostgresError`.
    public func keepSessionLifetime(_ id: UUID, _ lifetime: Duration, of generation: Int64) async throws {
        try await pool.run(
            """
            UPDATE sluice.salesforce_sessions
            SET session_seconds = \(Int(lifetime.components.seconds)), expires_at = issued_at + \(lifetime)::interval
            WHERE connection_id = \(id) AND generation = \(generation)
            """, timeout: Self.statementTimeout)
    }

    /// Starts a connection's session afresh, with the credentials that the caller's transaction stores: a renewal that is under way with
    /// the old ones changes nothing any more.
    static func replaceSession(_ id: UUID, tokenSealed: String?, in session: PostgresSession) throws {
        try session.run(
            """
            INSERT INTO sluice.salesforce_sessions AS s (connection_id, generation, token_sealed, issued_at)
            SELECT id, 1, \(tokenSealed), sluice.clock()
            FROM sluice.connections WHERE id = \(id)
            ON CONFLICT (connection_id) DO UPDATE
            SET generation = s.generation + 1, token_sealed = excluded.token_sealed, issued_at = excluded.issued_at,
                expires_at = NULL, session_seconds = NULL,
                renewal_id = NULL, renewal_by = NULL, renewal_started_at = NULL, renewal_expires_at = NULL,
                interrupted_at = NULL, interrupted_by = NULL, refused_at = NULL, refusal_code = NULL, refusal_message = NULL
            """, timeout: statementTimeout)
    }
}
