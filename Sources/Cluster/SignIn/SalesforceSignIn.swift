public import Accounts
public import Catalog
import Foundation
public import HTTPTransport
public import Redaction
import Salesforce
public import Secrets

/// Signs connections in to Salesforce: by the web server flow with PKCE, whose verifier never leaves this installation, and by the grants
/// that need no browser.
public struct SalesforceSignIn: OrgSignIn {
    let catalog: CatalogStore
    let sealingKey: SealingKey
    let http: HTTPClient
    private let app: ExternalClientApp?
    @Redacted private var jwtKey: String?

    private static let stateContext = "oauth.state:1"

    /// Verifier and app of a sign-in under way.
    private struct Kept: Codable {
        let verifier: String
        let app: ExternalClientApp
    }

    /// Signs in with an app.
    ///
    /// - Parameters:
    ///   - app: the installation's own External Client App; nil when every sign-in has to name one.
    ///   - jwtKey: the private key of its certificate, as PEM.
    public init(catalog: CatalogStore, sealingKey: SealingKey, http: HTTPClient, app: ExternalClientApp?, jwtKey: Redacted<String>? = nil) {
        self.catalog = catalog
        self.sealingKey = sealingKey
        self.http = http
        self.app = app
        self.jwtKey = jwtKey?.wrappedValue
    }

    /// Keeps verifier and app, sealed, and says where to send the browser.
    public func begin(_ order: SignInOrder) async throws -> String {
        guard let app = order.app ?? app else {
            throw CatalogError(
                code: .conflict,
                message: """
                    no External Client App is configured: set SALESFORCE_CLIENT_ID and SALESFORCE_CLIENT_SECRET, or give client_id and client_secret; \
                    docs/salesforce-app.md walks through making one
                    """)
        }
        let secret = try Token.generate(prefix: "")
        let verifier = try Token.generate(prefix: "")
        let hash = try TokenHash(of: secret).hex
        try await catalog.keepSignIn(
            order, stateHash: hash,
            secretsSealed: sealingKey.seal(
                Array(JSONEncoder().encode(Kept(verifier: verifier, app: app))), context: Self.context(of: hash)))
        let state = try sealingKey.seal(Array(secret.utf8), context: Self.stateContext)
        return try OAuthClient(loginURL: order.terms.host.url, http: http)
            .authorizationURL(clientID: app.clientID, redirectURI: order.redirectURI, state: state, verifier: verifier)
    }

    /// Trades the code that the browser brought for tokens.
    public func finish(_ reply: SignInReply) async throws -> SignInOutcome {
        let unknown = SignInError(
            .state, "this sign-in was not begun here, has come back already, or took longer than 15 minutes: begin again")
        guard let opened = try? sealingKey.open(reply.state, context: Self.stateContext) else { throw unknown }
        let hash = try TokenHash(of: String(decoding: opened, as: UTF8.self)).hex
        guard let pending = try await catalog.takeSignIn(stateHash: hash) else { throw unknown }
        if let begun = pending.sessionHash, !ConstantTime.equal(Array(begun.utf8), Array((reply.sessionHash ?? "").utf8)) {
            throw SignInError(.otherBrowser, "another browser session began this sign-in: begin again in this one")
        }
        // What was a right a quarter of an hour ago may have been taken since.
        guard let connection = try await catalog.connection(pending.connectionID), let user = try await catalog.user(pending.userID),
            user.role(on: connection) == .admin
        else { throw unknown }
        guard let code = reply.code else {
            let refusal = reply.refusal ?? ("invalid_request", "Salesforce sent neither a code nor an error")
            return .denied(code: refusal.0, description: refusal.1, next: pending.next)
        }
        let kept = try JSONDecoder().decode(
            Kept.self, from: Data(sealingKey.open(pending.secretsSealed, context: Self.context(of: hash))))
        let oauth = OAuthClient(loginURL: pending.host.url, http: http)
        do {
            let token = try await oauth.token(
                code: code, clientID: kept.app.clientID, secret: kept.app.secret, redirectURI: pending.redirectURI,
                verifier: kept.verifier)
            guard let refreshToken = token.refreshToken else {
                throw SignInError(
                    .refused,
                    "Salesforce gave no refresh token: the app needs the OAuth scope refresh_token (Perform requests at any time)",
                    next: pending.next)
            }
            let terms = SignInTerms(
                host: pending.host, apiVersion: pending.apiVersion, acceptsMissing: pending.acceptsMissing, actor: user.email)
            let credentials = SalesforceCredentials.refreshToken(
                token: refreshToken, clientID: kept.app.clientID, secret: kept.app.secret)
            return try await Authorization(self, connection, terms, oauth, isOurs: true).take(token, credentials, next: pending.next)
        } catch let error as SalesforceError {
            throw SignInError(error, next: pending.next)
        }
    }

    /// Trades credentials for tokens.
    public func authorize(_ connection: Connection, by grant: SignInGrant, _ terms: SignInTerms) async throws -> SignInOutcome {
        let credentials = try credentials(of: grant, at: terms.host)
        let oauth = OAuthClient(loginURL: terms.host.url, http: http)
        do {
            let token = try await oauth.token(credentials)
            return try await Authorization(self, connection, terms, oauth, isOurs: false).take(
                token, credentials.rotated(by: token) ?? credentials, next: nil)
        } catch let error as SalesforceError {
            throw SignInError(error, next: nil)
        }
    }

    private func credentials(of grant: SignInGrant, at host: LoginHost) throws -> SalesforceCredentials {
        func secret(_ app: ExternalClientApp) throws -> String {
            guard let secret = app.secret, !secret.isEmpty else {
                throw CatalogError(code: .invalid, message: "client_secret: expected the app's consumer secret, which this grant needs")
            }
            return secret
        }
        switch grant {
        case .clientCredentials(let app): return .clientCredentials(clientID: app.clientID, secret: try secret(app))
        case .refreshToken(let app, let token): return .refreshToken(token: token.wrappedValue, clientID: app.clientID, secret: app.secret)
        case .password(let app, let username, let password):
            return .password(username: username, password: password.wrappedValue, clientID: app.clientID, secret: try secret(app))
        case .jwt(let clientID, let username, let key):
            guard let key = key?.wrappedValue ?? jwtKey else {
                throw CatalogError(
                    code: .invalid, message: "private_key: expected the PEM of the app's certificate's key, or SALESFORCE_JWT_KEY to be set"
                )
            }
            return .jwt(username: username, clientID: clientID, privateKeyPEM: key, audience: host.url)
        }
    }

    private static func context(of stateHash: String) -> String { "sign_ins.secrets:\(stateHash)" }
}

extension SignInError {
    /// What Salesforce or the way to it said.
    init(_ error: SalesforceError, next: String?) {
        let isAnswer =
            error.httpStatus.map { (400..<500).contains($0) && $0 != 429 } ?? [.needsAuthorization, .never].contains(error.retry)
        self.init(isAnswer ? .refused : .unavailable, "Salesforce: \(error.message) (\(error.code))", next: next)
    }
}
