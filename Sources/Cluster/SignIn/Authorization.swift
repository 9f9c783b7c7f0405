import Accounts
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
        let version: String
        let permissions: ProfilePermissions?
        do {
            let client = try await client(of: store)
            missing = try await self.missing(client, organizationID: given.organizationID, next: next)
            permissions = await self.permissions(of: given.userID, client)
            version = client.apiVersion
        } catch {
            await giveBack(await store.credentials)
            throw error
        }
        let (token, credentials) = (await store.current().token ?? given, await store.credentials)
        guard missing.isEmpty || terms.acceptsMissing else {
            await giveBack(credentials)
            return .missing(missing, connection: connection.id, next: next)
        }
        try await keep(token, credentials, version: version)
        let username = try await learn(token, credentials, missing, version: version, permissions)
        return .authorized(connection: connection.id, username: username, organizationID: token.organizationID, next: next)
    }

    /// A client in the version that the connection is to have: the one that was named, else its own, else, for one that was never authorized, the
    /// newest that org and client know.
    private func client(of store: LocalTokenStore) async throws -> SalesforceClient {
        let client = SalesforceClient(
            session: SalesforceSession(store: store, http: signIn.http), http: signIn.http, apiVersion: connection.apiVersion)
        if let named = terms.apiVersion { return client.at(apiVersion: try await client.checked(version: named)) }
        return connection.authUpdatedAt == nil ? client.at(apiVersion: try await client.newestVersion()) : client
    }

    /// What is told of the user's profile is worth no sign-in: an org that does not show it leaves it unknown.
    private func permissions(of user: String, _ client: SalesforceClient) async -> ProfilePermissions? {
        guard let user = SalesforceID(user) else { return nil }
        return try? await client.profilePermissions(of: user)
    }

    private func missing(_ client: SalesforceClient, organizationID: String, next: String?) async throws -> [MissingAccess] {
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
        return try await ReadableObjects(of: mappings.map(\.objectName), client: client).missing(
            of: mappings.map { ($0.objectName, $0.config.fields) })
    }

    private func keep(_ token: OAuthToken, _ credentials: SalesforceCredentials, version: String) async throws {
        try await catalog.storeAuthorization(
            connection.id,
            ConnectionAuthorization(
                sealedCredentials: CredentialSeal.seal(credentials, for: connection.id, key: signIn.sealingKey),
                environment: terms.host.environment, loginURL: terms.host.url, instanceURL: token.instanceURL,
                organizationID: token.organizationID, userID: token.userID, apiVersion: version,
                sealedToken: CredentialSeal.seal(token: token.withoutRefreshToken, for: connection.id, key: signIn.sealingKey)))
    }

    /// Keeps what is known only of who holds the token: how long sessions live, and whom the connection acts as.
    private func learn(
        _ token: OAuthToken, _ credentials: SalesforceCredentials, _ missing: [MissingAccess], version: String,
        _ permissions: ProfilePermissions?
    ) async throws -> String {
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
            connection.id, username: identity.username, userInfo: permissions?.added(to: identity.document) ?? identity.document)
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
                    "api_version": .string(version),
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

extension ProfilePermissions {
    /// The identity document with the member that Heroku Connect adds to it, whose permissions are texts.
    func added(to document: String) -> String {
        guard let members = try? JSONValue(parsing: document).members else { return document }
        let profile: [JSONValue.Member] =
            [.init("type", "Profile"), .init("Id", .string(profileID))]
            + Self.names.map { .init($0, granted[$0] == true ? "true" : "false") }
        return JSONValue.object(members.filter { $0.key != "profile_perms" } + [.init("profile_perms", .object(profile))]).text
    }
}
