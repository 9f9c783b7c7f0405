import Accounts
import Catalog
import Foundation
import Redaction

/// What the environment says of signing in to Salesforce through the API.
struct SignInOptions {
    /// The installation's own External Client App.
    let app: ExternalClientApp?
    /// The private key of its certificate.
    let jwtKey: Redacted<String>?
    /// Which login hosts people may name; nil is what goes without saying.
    let loginHosts: LoginHost.Rules?

    /// - Throws: `ExitCode` 78 (EX_CONFIG) after a line on stderr.
    init(_ variables: [String: String]) throws {
        func value(_ name: String) -> String? { variables[name].flatMap { $0.isEmpty ? nil : $0 } }
        app = value("SALESFORCE_CLIENT_ID").map { ExternalClientApp(clientID: $0, secret: value("SALESFORCE_CLIENT_SECRET")) }
        jwtKey = value("SALESFORCE_JWT_KEY").map { Redacted(wrappedValue: $0) }
        loginHosts = try value("SLUICE_LOGIN_HOSTS").map { text in
            let hosts = text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces).lowercased() }
            for host in hosts {
                guard let parts = URLComponents(string: host), ["http", "https"].contains(parts.scheme), parts.host?.isEmpty == false,
                    parts.path.isEmpty, parts.query == nil, parts.user == nil
                else {
                    throw ConfigurationFault(
                        message:
                            "SLUICE_LOGIN_HOSTS is malformed: expected addresses such as https://login.example.com, separated by commas"
                    ).report()
                }
            }
            return LoginHost.Rules(extra: Set(hosts))
        }
    }
}
