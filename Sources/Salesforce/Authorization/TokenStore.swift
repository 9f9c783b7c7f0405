public import FoundationEssentials

/// Where an org's access token is kept for all that use it, in however many processes, and who of them may renew it.
///
/// One renewal is under way at a time: `begin` gives a lease on it, with the credentials as they are then, and everything that is said
/// of the renewal afterwards names the lease. So nobody ever sends a refresh token that rotation has replaced.
public protocol TokenStore: Sendable {
    /// The token as it is now.
    func current() async throws -> StoredToken

    /// Asks for the lease to renew the token of this generation; whoever gets it sends the credentials that come with it, once.
    ///
    /// - Parameter lapsed: a renewal that was found lapsed for long enough to be taken over.
    func begin(replacing generation: Int64, takingOver lapsed: UUID?) async throws -> RenewalStart

    /// Keeps a lease from lapsing while its holder waits for Salesforce.
    func extend(_ lease: RenewalLease) async throws

    /// Keeps a new token for everybody, and the credentials with it when Salesforce replaced them: both in one commit, for the old ones
    /// are dead.
    ///
    /// - Returns: the token as others see it from now on; nil when the lease was lost, to new credentials or to somebody else.
    func publish(_ token: OAuthToken, credentials: SalesforceCredentials?, under lease: RenewalLease) async throws -> StoredToken?

    /// Gives a lease back without a token. A refusal for good is kept for a while, so that a dead password is not sent again and again
    /// until Salesforce locks the user; an end that leaves the outcome open is kept until a renewal succeeds.
    ///
    /// - Returns: whether the lease was still held.
    func release(_ lease: RenewalLease, because error: SalesforceError) async throws -> Bool

    /// Keeps how long the org lets sessions live, from a token of this generation.
    func keep(lifetime: Duration, of generation: Int64) async throws
}

/// The access token as a store has it.
public struct StoredToken: Sendable, Hashable {
    /// Grows with each token and each authorization.
    public let generation: Int64
    /// The token; nil before the first log-in. Without a refresh token.
    public let token: OAuthToken?
    /// How long it will live if nobody uses it; nil when the org did not tell.
    public let remaining: Duration?
    /// How long the org lets sessions live; nil when it did not tell.
    public let lifetime: Duration?

    /// Describes a token.
    public init(generation: Int64, token: OAuthToken?, remaining: Duration? = nil, lifetime: Duration? = nil) {
        self.generation = generation
        self.token = token
        self.remaining = remaining
        self.lifetime = lifetime
    }
}

/// What `TokenStore.begin` answers.
public enum RenewalStart: Sendable {
    /// Renew now, under this lease.
    case begun(RenewalLease)
    /// The token is another one by now.
    case changed
    /// Somebody else renews it. A lapsed renewal may be taken over once it was seen so for a while: its holder may be alive, with an
    /// answer that it could not save yet.
    case busy(renewal: UUID, holder: String, isLapsed: Bool)
    /// Salesforce refused these credentials for good a moment ago.
    case refused(SalesforceError)
}

/// The right to renew a token.
public struct RenewalLease: Sendable {
    /// Names the renewal.
    public let id: UUID
    /// What to send.
    public let credentials: SalesforceCredentials
    /// Where to send it: credentials go to no host but the one that they were given for.
    public let loginURL: String
    /// Whether the org should be asked how long it lets sessions live.
    public let asksLifetime: Bool
    /// The last renewal, when it ended before its answer could be saved: if a refresh token was sent with it, that may be used up.
    public let interruption: String?
    /// What proves to the org who we are where the credentials were used up by an interrupted renewal: a JWT, which nothing replaces.
    public let fallback: SalesforceCredentials?

    /// Describes a lease.
    public init(
        id: UUID, credentials: SalesforceCredentials, loginURL: String, asksLifetime: Bool, interruption: String? = nil,
        fallback: SalesforceCredentials? = nil
    ) {
        self.id = id
        self.credentials = credentials
        self.loginURL = loginURL
        self.asksLifetime = asksLifetime
        self.interruption = interruption
        self.fallback = fallback
    }
}
