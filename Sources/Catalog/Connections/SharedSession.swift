public import Foundation
import Postgres

/// A connection's access token in the control database.
public struct SharedSession: Sendable {
    /// Grows with each token and each authorization; zero before the first.
    public let generation: Int64
    /// The token, sealed by `CredentialSeal`.
    public let tokenSealed: String?
    /// How long it will live if nobody uses it; nil when the org did not tell.
    public let remaining: Duration?
    /// How long the org lets sessions live; nil when it did not tell.
    public let lifetime: Duration?

    static let none = SharedSession(generation: 0, tokenSealed: nil, remaining: nil, lifetime: nil)

    private init(generation: Int64, tokenSealed: String?, remaining: Duration?, lifetime: Duration?) {
        self.generation = generation
        self.tokenSealed = tokenSealed
        self.remaining = remaining
        self.lifetime = lifetime
    }

    static let columns: PostgresQuery = """
        generation, token_sealed, session_seconds, (extract(epoch FROM expires_at - sluice.clock()) * 1000)::bigint AS remaining_ms
        """

    init(row: PostgresRow) throws {
        generation = try row.decode("generation")
        tokenSealed = try row.decodeIfPresent("token_sealed")
        remaining = try row.decodeIfPresent("remaining_ms", as: Int.self).map { .milliseconds($0) }
        lifetime = try row.decodeIfPresent("session_seconds", as: Int.self).map { .seconds($0) }
    }
}

/// The answer to a process that wants to renew a connection's access token.
public enum SessionRenewalStart: Sendable {
    /// It may, under this id, with these credentials at this login host; once tokens are known to end, it should ask the org when.
    case begun(
        id: UUID, credentialsSealed: String, loginURL: String, username: String?, asksLifetime: Bool, interruption: SessionInterruption?)
    /// The token is another one by now.
    case changed
    /// Another process does it.
    case busy(renewal: UUID, holder: String, isLapsed: Bool)
    /// Salesforce refused the credentials for good less than a minute ago.
    case refused(code: String, message: String)
    /// The connection has no credentials, or is gone.
    case unauthorized
}

/// A renewal that ended before its answer was saved.
public struct SessionInterruption: Sendable, Hashable {
    /// When it began.
    public let at: Date
    /// The process that did it.
    public let holder: String
}

/// How a renewal ended that brought no token.
public struct SessionRenewalFailure: Sendable {
    /// Salesforce's code.
    public let code: String
    /// Salesforce's message.
    public let message: String
    /// Whether only a person can mend it.
    public let isFinal: Bool
    /// Whether Salesforce may have done what was asked.
    public let isOutcomeOpen: Bool

    /// Describes an end.
    public init(code: String, message: String, isFinal: Bool, isOutcomeOpen: Bool) {
        self.code = code
        self.message = message
        self.isFinal = isFinal
        self.isOutcomeOpen = isOutcomeOpen
    }
}
