public import FoundationEssentials

/// A token that only this process uses, with credentials that were given by hand.
public actor LocalTokenStore: TokenStore {
    /// The credentials, with the refresh token that Salesforce gave last.
    public private(set) var credentials: SalesforceCredentials
    private let loginURL: String
    private var generation: Int64 = 0
    private var token: OAuthToken?
    private var lifetime: Duration?
    private var ends: ContinuousClock.Instant?
    private var renewal: UUID?
    private var refusal: SalesforceError?

    /// A store of credentials; a token that is at hand spares the first log-in.
    public init(_ credentials: SalesforceCredentials, loginURL: String, token: OAuthToken? = nil) {
        self.credentials = credentials
        self.loginURL = loginURL
        self.token = token
    }

    /// Takes other credentials, and forgets the token and that the old ones were refused.
    public func replace(_ credentials: SalesforceCredentials) {
        self.credentials = credentials
        generation += 1
        (token, ends, renewal, refusal) = (nil, nil, nil, nil)
    }

    /// The token.
    public func current() -> StoredToken {
        StoredToken(generation: generation, token: token, remaining: ends.map { $0 - .now }, lifetime: lifetime)
    }

    /// Begins a renewal unless one is under way.
    public func begin(replacing generation: Int64, takingOver lapsed: UUID?) -> RenewalStart {
        guard generation == self.generation else { return .changed }
        if let renewal { return .busy(renewal: renewal, holder: "this process", isLapsed: false) }
        if let refusal { return .refused(refusal) }
        let id = UUID()
        renewal = id
        return .begun(RenewalLease(id: id, credentials: credentials, loginURL: loginURL, asksLifetime: false))
    }

    /// Nothing lapses here.
    public func extend(_ lease: RenewalLease) {}

    /// Takes a new token.
    public func publish(_ token: OAuthToken, credentials: SalesforceCredentials?, under lease: RenewalLease) -> StoredToken? {
        guard renewal == lease.id else { return nil }
        if let credentials { self.credentials = credentials }
        generation += 1
        (self.token, ends, renewal) = (token.withoutRefreshToken, lifetime.map { .now + $0 }, nil)
        return current()
    }

    /// Ends a renewal; a refusal for good holds until the credentials are replaced.
    public func release(_ lease: RenewalLease, because error: SalesforceError) -> Bool {
        guard renewal == lease.id else { return false }
        renewal = nil
        if error.retry == .needsAuthorization { refusal = error }
        return true
    }

    /// Counts the token's life from now.
    public func keep(lifetime: Duration, of generation: Int64) {
        self.lifetime = lifetime
        if generation == self.generation { ends = .now + lifetime }
    }
}
