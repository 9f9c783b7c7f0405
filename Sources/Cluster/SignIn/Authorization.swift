import Catalog
import Foundation
import Salesforce

/// A token that Salesforce has just given, on its way to becoming a connection's authorization: what is mapped must be of the same org and
/// readable by the new user, and only then is anything changed.
struct Authorization: Sendable {
    private let signIn: SalesforceSignIn
    private let connection: Connection
    private let terms: SignInTerms
    private let oauth: OAuthClient
    /// Whether the grant was made for this sign-in, and is to be given back when nothing comes of it.
    private let isOurs: Bool

    private var catalog: CatalogStore { signIn.catalog }

    init(_ signIn: SalesforceSignIn, _ connection: Connection, _ terms: SignInTerms, _ oauth: OAuthClient, isOurs: Bool) {
        self.signIn = signIn
        self.connection = connection
        self.terms = terms
        self.oauth = oauth
        self.isOurs = isOurs
    }

    /// - Throws: `SignInError` and `SalesforceError` when the connection is as before; `CatalogError`, `PostgresError`.
    func take(_ given: OAuthToken, _ credentials: SalesforceCredentials, next: String?) async throws -> SignInOutcome {
        // With a session of its own: what renews the token while it looks renews it here.
        let store = LocalTokenStore(credentials, loginURL: terms.host.url, token: given)
        let missing: [MissingAccess]
        do {
            missing = try await self.missing(store, organizationID: given.organizationID, next: next)
        } catch {
            await giveBack(await store.credentials)
            throw error
        }
        let (token, credentials) = (await store.current().token ?? given, await store.credentials)
        guard missing.isEmpty || terms.acceptsMissing else {
            await giveBack(credentials)
            return .missing(missing, connection: connection.id, next: next)
        }
        try await keep(token, credentials)
        return .authorized(
            connection: connection.id, username: try await learn(token, credentials, missing), organizationID: token.organizationID,
            next: next)
    }

    /// Without mappings there is nothing to compare with: the token is kept before it is used.
    private func missing(_ store: LocalTokenStore, organizationID: String, next: String?) async throws -> [MissingAccess] {
        let mappings = try await catalog.mappings(connection.id)
        guard !mappings.isEmpty else { return [] }
        if let known = connection.organizationID, !known.isEmpty, known != organizationID {
            throw SignInError(
                .otherOrg,
                """
                the connection's mappings hold records of the org \(known), but this login is to the org \(organizationID); use another \
                connection
                """, next: next)
        }
        let client = SalesforceClient(
            session: SalesforceSession(store: store, http: signIn.http), http: signIn.http,
            apiVersion: terms.apiVersion ?? connection.apiVersion)
        return try await ReadableObjects(of: mappings.map(\.objectName), client: client).missing(
            of: mappings.map { ($0.objectName, $0.config.fields) })
    }

    private func keep(_ token: OAuthToken, _ credentials: SalesforceCredentials) async throws {
        try await catalog.storeAuthorization(
            connection.id,
            ConnectionAuthorization(
                sealedCredentials: CredentialSeal.seal(credentials, for: connection.id, key: signIn.sealingKey),
                environment: terms.host.environment, loginURL: terms.host.url, instanceURL: token.instanceURL,
                organizationID: token.organizationID, userID: token.userID, apiVersion: terms.apiVersion,
                sealedToken: CredentialSeal.seal(token: token.withoutRefreshToken, for: connection.id, key: signIn.sealingKey)))
    }

    /// Keeps what is known only of who holds the token: how long sessions live, and whom the connection acts as.
    private func learn(_ token: OAuthToken, _ credentials: SalesforceCredentials, _ missing: [MissingAccess]) async throws -> String {
        if let lifetime = await oauth.lifetime(of: token, credentials) {
            let generation = try await catalog.sharedSession(connection.id).generation
            try await catalog.keepSessionLifetime(connection.id, lifetime, of: generation)
        }
        let identity: Identity
        do {
            identity = try await oauth.identity(of: token)
        } catch {
            throw SalesforceError(
                code: error.code, message: "the connection is authorized, but whom it acts as could not be read: \(error.message)",
                httpStatus: error.httpStatus, retry: error.retry, resource: error.resource)
        }
        try await catalog.storeIdentity(
            connection.id, username: identity.username, userInfo: identity.document)
        try await catalog.audit(
            connection.id, actor: terms.actor, action: "connection.authorize",
            details: .change(
                before: [
                    "username": .optional(connection.username), "organization_id": .optional(connection.organizationID),
                    "environment": .string(connection.environment), "domain": .string(connection.loginURL),
                    "api_version": .string(connection.apiVersion),
                ],
                after: [
                    "username": .string(identity.username), "organization_id": .string(token.organizationID),
                    "environment": .string(terms.host.environment), "domain": .string(terms.host.url),
                    "api_version": .string(terms.apiVersion ?? connection.apiVersion),
                ], ["grant": .string(credentials.description), "unreadable": .array(missing.map { .string($0.text) })]))
        return identity.username
    }

    /// An org keeps about five grants of a user and an app: one that nobody uses would push out one that somebody does. If Salesforce does
    /// not take it back, nothing else depends on it.
    private func giveBack(_ credentials: SalesforceCredentials) async {
        guard isOurs, case .refreshToken(let token, _, _) = credentials else { return }
        try? await oauth.revoke(token)
    }
}
