import ArgumentParser
import Catalog
import Foundation
import HTTPTransport
import Salesforce

/// `sluice connection authorize`: logs in at Salesforce and, when that succeeds, stores the credentials sealed.
struct ConnectionAuthorizeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "authorize", abstract: "Logs in at Salesforce and stores the credentials, sealed.",
        discussion: "Secrets are better given by environment variables than by options, which other users of the machine can see.")

    /// Which of Salesforce's environments.
    enum Environment: String, ExpressibleByArgument, CaseIterable {
        case production
        case sandbox
        case custom

        var loginURL: String? {
            switch self {
            case .production: "https://login.salesforce.com"
            case .sandbox: "https://test.salesforce.com"
            case .custom: nil
            }
        }
    }

    @Argument(help: "The connection: its id, resource name or name.")
    var connection: String

    @OptionGroup var grant: GrantOptions

    @Option(help: "Where the org is: production, sandbox or custom.")
    var environment = Environment.production

    @Option(help: "Where to log in, such as https://my-domain.my.salesforce.com; needed with --environment custom.")
    var loginUrl: String?

    @Option(help: "The Salesforce API version.")
    var apiVersion = "60.0"

    @Flag(help: "Print the connection as JSON.")
    var json = false

    func validate() throws {
        guard apiVersion.wholeMatch(of: /\d{2,3}\.0/) != nil else {
            throw ValidationError("--api-version \(apiVersion): expected a version such as 60.0")
        }
        if environment == .custom, loginUrl == nil { throw ValidationError("--environment custom needs --login-url") }
        if let loginUrl, !loginUrl.hasPrefix("https://"), !loginUrl.hasPrefix("http://") {
            throw ValidationError("--login-url \(loginUrl): expected an address such as https://my-domain.my.salesforce.com")
        }
    }

    func run() async throws {
        try await AdminStart.run { start in
            let key = try await start.verifiedKey()
            let found = try await start.catalog.connection(named: connection)
            let loginURL = loginUrl ?? environment.loginURL ?? ""
            let login = try await Login(try grant.credentials(loginURL: loginURL), loginURL, start.environment.transport)
            defer { login.http.shutdown() }
            try await refuseOtherOrg(found, organizationID: login.token.organizationID, start.catalog)
            // Before the token is used: the refresh token that was given may be used up by now, and what replaced it is only here.
            try await start.catalog.storeAuthorization(
                found.id,
                ConnectionAuthorization(
                    sealedCredentials: CredentialSeal.seal(login.credentials, for: found.id, key: key),
                    environment: environment.rawValue, loginURL: loginURL, instanceURL: login.token.instanceURL,
                    organizationID: login.token.organizationID, userID: login.token.userID, apiVersion: apiVersion,
                    sealedToken: CredentialSeal.seal(
                        token: login.token.withoutRefreshToken, for: found.id, key: start.environment.sealingKey)))
            if let lifetime = await login.sessionLifetime() {
                let generation = try await start.catalog.sharedSession(found.id).generation
                try await start.catalog.keepSessionLifetime(found.id, lifetime, of: generation)
            }
            let identity = try await login.identity()
            try await start.catalog.storeIdentity(
                found.id, username: identity.username, userInfo: identity.document)
            try await start.catalog.audit(
                found.id, actor: "sluice connection authorize", action: "connection.authorize",
                details: ["username": .string(identity.username), "organization_id": .string(login.token.organizationID)])
            let authorized = try await start.catalog.connection(named: found.id.uuidString)
            print(
                json
                    ? authorized.summary.prettyText
                    : "\(authorized.name) is authorized as \(identity.username) in the org \(login.token.organizationID)")
        }
    }

    /// Tables of one org's records must not be filled from another's.
    private func refuseOtherOrg(_ connection: Connection, organizationID: String, _ catalog: CatalogStore) async throws {
        guard let known = connection.organizationID, !known.isEmpty, known != organizationID,
            try await !catalog.mappings(connection.id).isEmpty
        else { return }
        throw CatalogError(
            code: .conflict,
            message:
                "the connection's mappings hold records of the org \(known), but this login is to the org \(organizationID); use another connection"
        )
    }
}

/// One login, and what it leaves behind.
private struct Login {
    let token: OAuthToken
    /// What to log in with the next time: a refresh token may be replaced by the very login that tries it.
    let credentials: SalesforceCredentials
    let http: HTTPClient
    private let oauth: OAuthClient

    init(_ credentials: SalesforceCredentials, _ loginURL: String, _ transport: HTTPClientConfiguration) async throws {
        http = HTTPClient(configuration: transport)
        oauth = OAuthClient(loginURL: loginURL, http: http)
        do {
            token = try await oauth.token(credentials)
        } catch {
            http.shutdown()
            throw error
        }
        self.credentials = credentials.rotated(by: token) ?? credentials
    }

    func identity() async throws -> Identity {
        do {
            return try await oauth.identity(of: token)
        } catch {
            throw SalesforceError(
                code: error.code, message: "the connection is authorized, but whom it acts as could not be read: \(error.message)",
                httpStatus: error.httpStatus, retry: error.retry, resource: error.resource)
        }
    }

    func sessionLifetime() async -> Duration? { await oauth.lifetime(of: token, credentials) }
}
