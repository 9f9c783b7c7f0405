public import FoundationEssentials
public import HTTPTransport

/// One org's authorisation, shared by everything that talks to that org. Whoever needs a token while it is being renewed
/// waits for that one renewal.
public actor SalesforceSession {
    /// Where credentials are kept between processes.
    public struct CredentialStore: Sendable {
        let save: @Sendable (SalesforceCredentials) async throws -> Void
        let load: @Sendable () async throws -> SalesforceCredentials?

        /// `save` must have stored a rotated refresh token for good when it returns: the old one is dead. `load` is asked when
        /// Salesforce refuses the credentials, for another process may have stored newer ones meanwhile.
        public init(
            save: @escaping @Sendable (SalesforceCredentials) async throws -> Void,
            load: @escaping @Sendable () async throws -> SalesforceCredentials?
        ) {
            self.save = save
            self.load = load
        }
    }

    private let oauth: OAuthClient
    private let http: HTTPClient
    private let store: CredentialStore?
    private var credentials: SalesforceCredentials
    private var isUnsaved = false
    private var current: OAuthToken?
    private var renewal: Task<OAuthToken, any Error>?
    private var rejection: SalesforceError?

    /// Makes a session; nothing is sent until a token is needed. A token that is at hand spares the first log-in.
    public init(
        credentials: SalesforceCredentials,
        loginURL: String,
        http: HTTPClient,
        token: OAuthToken? = nil,
        store: CredentialStore? = nil,
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.credentials = credentials
        self.http = http
        self.store = store
        oauth = OAuthClient(loginURL: loginURL, http: http, now: now)
        current = token
    }

    /// The access token, from a log-in if there is none yet.
    public func token() async throws -> OAuthToken {
        if let current { return current }
        return try await renewed()
    }

    /// A token other than the one that Salesforce just refused.
    public func token(replacing refused: String) async throws -> OAuthToken {
        if let current, current.accessToken != refused { return current }
        current = nil
        return try await renewed()
    }

    /// Takes credentials that a person gave anew, and forgets that the old ones were refused.
    public func replace(credentials: SalesforceCredentials) {
        self.credentials = credentials
        isUnsaved = false
        rejection = nil
        current = nil
    }

    /// Where the org's API lives.
    public var instanceURL: String {
        get async throws { try await token().instanceURL }
    }

    /// The organization's id.
    public var organizationID: String {
        get async throws { try await token().organizationID }
    }

    /// The integration user's id.
    public var userID: String {
        get async throws { try await token().userID }
    }

    /// Who we are to the org.
    public func identity() async throws -> Identity {
        let token = try await token()
        do {
            return try await fetchIdentity(token)
        } catch let error as SalesforceError where error.httpStatus == 401 || error.httpStatus == 403 {
            // The identity service says 403 "Bad_OAuth_Token" where the API says 401.
            return try await fetchIdentity(try await self.token(replacing: token.accessToken))
        }
    }

    private func fetchIdentity(_ token: OAuthToken) async throws -> Identity {
        let request = HTTPRequest(
            url: token.identityURL,
            headers: ["Authorization": "Bearer " + token.accessToken, "Accept": "application/json"],
            timeouts: HTTPTimeouts(total: .seconds(60), stall: .seconds(60))
        )
        let resource = "GET identity"
        let answer: HTTPClient.Answer
        do {
            answer = try await http.perform(request, maxBody: 1024 * 1024)
        } catch {
            throw SalesforceError(transport: error, method: .get)
        }
        let head = HTTPResponseHead(status: answer.status, headers: answer.headers)
        guard answer.status == 200 else { throw SalesforceError(head: head, body: answer.bytes, resource: resource) }
        guard let identity = try? JSONDecoder().decode(Identity.self, from: Data(answer.bytes)) else {
            throw SalesforceError.unreadable(head: head, body: answer.bytes, resource: resource)
        }
        return identity
    }

    private func renewed() async throws -> OAuthToken {
        if let renewal { return try await renewal.value }
        // A task of its own: a caller that is cancelled must not take the renewal of the others with it.
        let renewal = Task { try await self.renew() }
        self.renewal = renewal
        return try await renewal.value
    }

    private func renew() async throws -> OAuthToken {
        defer { renewal = nil }
        if isUnsaved { try await save() }
        let token = try await freshToken()
        if case .refreshToken(let old, let clientID, let secret) = credentials, let new = token.refreshToken, new != old {
            credentials = .refreshToken(token: new, clientID: clientID, secret: secret)
            isUnsaved = true
            try await save()
        }
        current = token
        return token
    }

    private func save() async throws {
        try await store?.save(credentials)
        isUnsaved = false
    }

    /// Asks with what we have; when that is refused for good, once more with what the store has, if that is something else. A
    /// refusal is kept, so that a dead password is not sent again and again until Salesforce locks the user.
    private func freshToken() async throws -> OAuthToken {
        if let rejection {
            guard let stored = try await store?.load(), stored != credentials else { throw rejection }
            credentials = stored
            self.rejection = nil
        }
        do {
            return try await oauth.token(credentials)
        } catch let error where error.retry == .needsAuthorization {
            rejection = error
            guard let stored = try await store?.load(), stored != credentials else { throw error }
            credentials = stored
            do {
                let token = try await oauth.token(stored)
                rejection = nil
                return token
            } catch let error {
                rejection = error.retry == .needsAuthorization ? error : nil
                throw error
            }
        }
    }
}
