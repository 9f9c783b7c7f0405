import Accounts
import ArgumentParser
import Catalog
import Cluster
import Foundation
import HTTPTransport

/// `sluice connection authorize`: logs in at Salesforce and, when that succeeds, stores the credentials sealed.
struct ConnectionAuthorizeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "authorize", abstract: "Logs in at Salesforce and stores the credentials, sealed.",
        discussion: "Secrets are better given by environment variables than by options, which other users of the machine can see.",
        example:
            "sluice connection authorize sales --grant client_credentials --environment custom --login-url https://my-domain.my.salesforce.com"
    )

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

    @Option(help: "The Salesforce API version; a new connection has the newest that the org and Sluice know, others keep theirs.")
    var apiVersion: String?

    @Flag(help: "Authorize even a user who may not read everything that is mapped.")
    var acceptMissing = false

    @Flag(help: "Print the connection as JSON.")
    var json = false

    func validate() throws {
        if let apiVersion, apiVersion.wholeMatch(of: /[0-9]{2,3}\.0/) == nil {
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
            let host = LoginHost(environment: environment.rawValue, url: loginUrl ?? environment.loginURL ?? "")
            let http = HTTPClient(configuration: start.environment.transport)
            defer { http.shutdown() }
            let signIn = SalesforceSignIn(catalog: start.catalog, sealingKey: key, http: http, app: nil)
            let outcome = try await signIn.authorize(
                found, by: grant.grant(),
                SignInTerms(host: host, apiVersion: apiVersion, acceptsMissing: acceptMissing, actor: "sluice connection authorize"))
            if case .missing(let objects, _, _) = outcome {
                throw CatalogError(
                    code: .conflict,
                    message: """
                        nothing was changed: the user may not read what is mapped: \(objects.map(\.text).joined(separator: "; ")); give access in \
                        Salesforce, or accept it with --accept-missing
                        """)
            }
            let authorized = try await start.catalog.connection(named: found.id.uuidString)
            print(
                json
                    ? authorized.summary.prettyText
                    : "\(authorized.name) is authorized as \(authorized.username ?? "?") in the org \(authorized.organizationID ?? "?")")
        }
    }
}
