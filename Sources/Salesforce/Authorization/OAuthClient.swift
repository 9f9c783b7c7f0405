public import FoundationEssentials
public import HTTPTransport
internal import HTTPTypes
internal import Secrets

/// Calls the OAuth endpoints of a login host.
public struct OAuthClient: Sendable {
    /// The login host, such as `https://login.salesforce.com` or the org's My Domain.
    public let loginURL: String
    private let http: HTTPClient
    private let now: @Sendable () -> Date

    /// Makes a client; the clock is what a JWT's expiry is counted from.
    public init(loginURL: String, http: HTTPClient, now: @escaping @Sendable () -> Date = { Date() }) {
        self.loginURL = loginURL.last == "/" ? String(loginURL.dropLast()) : loginURL
        self.http = http
        self.now = now
    }

    /// Trades credentials for an access token.
    public func token(_ credentials: SalesforceCredentials) async throws(SalesforceError) -> OAuthToken {
        try await token(try form(credentials))
    }

    /// Trades the code that the web server flow brought back; `verifier` is PKCE's, if `authorizationURL` had one.
    public func token(
        code: String, clientID: String, secret: String?, redirectURI: String, verifier: String?
    ) async throws(SalesforceError) -> OAuthToken {
        var fields = [("grant_type", "authorization_code"), ("code", code), ("client_id", clientID), ("redirect_uri", redirectURI)]
        if let secret { fields.append(("client_secret", secret)) }
        if let verifier { fields.append(("code_verifier", verifier)) }
        return try await token(fields)
    }

    /// Where to send a browser for consent. The verifier stays here and goes to `token(code:…)` with the code.
    public func authorizationURL(clientID: String, redirectURI: String, state: String, verifier: String) throws -> String {
        let challenge = Base64.encodeURLSafe(try SHA256Stream.digest(Array(verifier.utf8)))
        let query = PercentEncoding.form([
            ("response_type", "code"), ("client_id", clientID), ("redirect_uri", redirectURI), ("scope", "api refresh_token"),
            ("state", state), ("code_challenge", challenge), ("code_challenge_method", "S256"),
        ])
        return loginURL + "/services/oauth2/authorize?" + query
    }

    /// How long the org lets a session live that nobody uses, from a token that it has just given; nil when it does not tell, or not to
    /// these credentials.
    public func lifetime(of token: OAuthToken, _ credentials: SalesforceCredentials) async -> Duration? {
        guard let secret = credentials.clientSecret else { return nil }
        let fields = [
            ("token", token.accessToken), ("token_type_hint", "access_token"), ("client_id", credentials.clientID),
            ("client_secret", secret),
        ]
        guard let (head, body, _) = try? await post("/services/oauth2/introspect", fields, timeout: .seconds(10)), head.status == 200,
            let answer = try? JSONDecoder().decode(Introspection.self, from: Data(body)), answer.active, let start = answer.iat,
            let end = answer.exp, end > start
        else { return nil }
        return .seconds(end - start)
    }

    /// Whether a refresh token is still good, without using it; nil when the org does not tell, or not to these credentials.
    func isGood(_ credentials: SalesforceCredentials) async -> Bool? {
        guard case .refreshToken(let token, let clientID, let secret?) = credentials else { return nil }
        let fields = [("token", token), ("token_type_hint", "refresh_token"), ("client_id", clientID), ("client_secret", secret)]
        guard let (head, body, _) = try? await post("/services/oauth2/introspect", fields, timeout: .seconds(20)), head.status == 200 else {
            return nil
        }
        return try? JSONDecoder().decode(Introspection.self, from: Data(body)).active
    }

    /// An identity document has some two kilobytes; it is kept and shown as it is.
    private static let longestIdentity = 64 << 10

    /// Whom a token acts as. The identity service says 403 "Bad_OAuth_Token" where the API says 401.
    public func identity(of token: OAuthToken) async throws(SalesforceError) -> Identity {
        let request = TransferRequest(
            url: token.identityURL,
            headers: [.authorization: "Bearer " + token.accessToken, .accept: "application/json"],
            timeouts: HTTPTimeouts(total: .seconds(60), stall: .seconds(60))
        )
        let resource = "GET identity"
        let answer: CollectedResponse
        do {
            answer = try await http.perform(request, maxBody: Self.longestIdentity)
        } catch {
            throw SalesforceError(transport: error, method: .get)
        }
        guard answer.status == 200 else { throw SalesforceError(head: answer.head, body: answer.bytes, resource: resource) }
        guard let identity = try? JSONDecoder().decode(Identity.self, from: Data(answer.bytes)) else {
            throw SalesforceError.unreadable(head: answer.head, body: answer.bytes, resource: resource)
        }
        return identity
    }

    /// Tells Salesforce to forget a refresh or access token.
    public func revoke(_ token: String) async throws(SalesforceError) {
        let (head, body, resource) = try await post("/services/oauth2/revoke", [("token", token)])
        guard head.status == 200 else { throw SalesforceError(head: head, body: body, resource: resource) }
    }

    private func token(_ fields: [(String, String)]) async throws(SalesforceError) -> OAuthToken {
        let (head, body, resource) = try await post("/services/oauth2/token", fields)
        guard head.status == 200 else {
            throw OAuthFailure.classified(SalesforceError(head: head, body: body, resource: resource))
        }
        do {
            return try JSONDecoder().decode(OAuthToken.self, from: Data(body))
        } catch {
            // The body may hold a token, so nothing of it goes into the error.
            throw SalesforceError(
                code: .notJSON,
                message: "the token endpoint's answer has no access_token, instance_url and id",
                httpStatus: head.status,
                retry: .backOff,
                resource: resource,
                mayHaveBeenApplied: true
            )
        }
    }

    private func post(
        _ path: String, _ fields: [(String, String)], timeout: Duration = .seconds(60)
    ) async throws(SalesforceError) -> (TransferResponseHead, [UInt8], String) {
        var request = TransferRequest(method: .post, url: loginURL + path)
        request.headers = [.contentType: "application/x-www-form-urlencoded", .accept: "application/json"]
        request.body = .bytes(Array(PercentEncoding.form(fields).utf8))
        request.timeouts = HTTPTimeouts(total: timeout, stall: timeout)
        do {
            let answer = try await http.perform(request, maxBody: 1024 * 1024)
            return (answer.head, answer.bytes, "POST " + path)
        } catch {
            throw SalesforceError(transport: error, method: .post)
        }
    }

    private func form(_ credentials: SalesforceCredentials) throws(SalesforceError) -> [(String, String)] {
        switch credentials {
        case .clientCredentials(let clientID, let secret):
            return [("grant_type", "client_credentials"), ("client_id", clientID), ("client_secret", secret)]
        case .password(let username, let password, let clientID, let secret):
            return [
                ("grant_type", "password"), ("client_id", clientID), ("client_secret", secret), ("username", username),
                ("password", password),
            ]
        case .refreshToken(let token, let clientID, let secret):
            let fields = [("grant_type", "refresh_token"), ("refresh_token", token), ("client_id", clientID)]
            return secret.map { fields + [("client_secret", $0)] } ?? fields
        case .jwt(let username, let clientID, let privateKeyPEM, let audience):
            let claims = JWTClaims(iss: clientID, sub: username, aud: audience, exp: Int(now().timeIntervalSince1970) + 180)
            do {
                let assertion = try RSAPrivateKey(pem: privateKeyPEM).jwt(claimsJSON: Array(JSONEncoder().encode(claims)))
                return [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", assertion)]
            } catch {
                throw SalesforceError(code: .invalidRequest, message: "the JWT cannot be signed: \(error)", retry: .needsAuthorization)
            }
        }
    }
}

private struct JWTClaims: Encodable {
    let iss: String
    let sub: String
    let aud: String
    let exp: Int
}

private struct Introspection: Decodable {
    let active: Bool
    let iat: Int?
    let exp: Int?
}
