import ArgumentParser
import Catalog
import Foundation
import HTTPTransport
import Salesforce
import Synchronization

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
            let login = try await logIn(try grant.credentials(loginURL: loginURL), loginURL, start.environment.transport)
            try await refuseOtherOrg(found, organizationID: login.token.organizationID, start.catalog)
            try await start.catalog.storeAuthorization(
                found.id,
                ConnectionAuthorization(
                    sealedCredentials: CredentialSeal.seal(login.credentials, for: found.id, key: key),
                    environment: environment.rawValue, loginURL: loginURL, instanceURL: login.token.instanceURL,
                    username: login.identity.username,
                    organizationID: login.token.organizationID, userID: login.token.userID,
                    userInfo: String(decoding: try JSONEncoder().encode(login.identity), as: UTF8.self), apiVersion: apiVersion))
            try await start.catalog.audit(
                found.id, actor: "sluice connection authorize", action: "connection.authorize",
                details: ["username": .string(login.identity.username), "organization_id": .string(login.token.organizationID)])
            let authorized = try await start.catalog.connection(named: found.id.uuidString)
            print(
                json
                    ? authorized.summary.prettyText
                    : "\(authorized.name) is authorized as \(login.identity.username) in the org \(login.token.organizationID)")
        }
    }

    private func logIn(
        _ credentials: SalesforceCredentials, _ loginURL: String, _ transport: HTTPClientConfiguration
    ) async throws -> (token: OAuthToken, identity: Identity, credentials: SalesforceCredentials) {
        // A refresh token may be replaced by the very login that tries it; what is stored must be the new one.
        let latest = LatestCredentials(credentials)
        let http = HTTPClient(configuration: transport)
        defer { http.shutdown() }
        let session = SalesforceSession(
            credentials: credentials, loginURL: loginURL, http: http,
            store: SalesforceSession.CredentialStore(save: { latest.set($0) }, load: { nil }))
        return (try await session.token(), try await session.identity(), latest.value)
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

/// The credentials that a login leaves behind.
private final class LatestCredentials: Sendable {
    private let state: Mutex<SalesforceCredentials>

    init(_ credentials: SalesforceCredentials) { state = Mutex(credentials) }

    var value: SalesforceCredentials { state.withLock { $0 } }

    func set(_ credentials: SalesforceCredentials) { state.withLock { $0 = credentials } }
}
