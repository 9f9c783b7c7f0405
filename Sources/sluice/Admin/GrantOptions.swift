import Accounts
import ArgumentParser
import Catalog
import Foundation
import Redaction

/// How to prove to Salesforce who we are.
struct GrantOptions: ParsableArguments {
    /// The ways that need no browser.
    enum Grant: String, ExpressibleByArgument, CaseIterable {
        case clientCredentials = "client_credentials"
        case password
        case refreshToken = "refresh_token"
        case jwt
    }

    @Option(help: "How to log in: client_credentials, password, refresh_token or jwt.")
    var grant = Grant.clientCredentials

    @Option(help: "The External Client App's consumer key; otherwise SALESFORCE_CLIENT_ID.")
    var clientId: String?

    @Option(help: "The External Client App's consumer secret; otherwise SALESFORCE_CLIENT_SECRET.")
    var clientSecret: Redacted<String>?

    @Option(help: "The user, with password and jwt.")
    var username: String?

    @Option(help: "The user's password followed by the security token; otherwise SALESFORCE_PASSWORD.")
    var password: Redacted<String>?

    @Option(help: "The refresh token; otherwise SALESFORCE_REFRESH_TOKEN.")
    var refreshToken: Redacted<String>?

    /// The grant, from options first and from the environment where they are silent.
    func grant(environment: [String: String] = ProcessInfo.processInfo.environment) throws -> SignInGrant {
        func value(_ option: String?, _ name: String, _ variable: String?) throws -> String {
            if let text = option ?? variable.flatMap({ environment[$0] }), !text.isEmpty { return text }
            let source = [name, variable].compactMap(\.self).joined(separator: " or the environment variable ")
            throw ValidationError("--grant \(grant.rawValue) needs \(source)")
        }
        func secret() throws -> String { try value(clientSecret?.wrappedValue, "--client-secret", "SALESFORCE_CLIENT_SECRET") }
        let clientID = try value(clientId, "--client-id", "SALESFORCE_CLIENT_ID")
        switch grant {
        case .clientCredentials:
            return .clientCredentials(ExternalClientApp(clientID: clientID, secret: try secret()))
        case .password:
            return .password(
                ExternalClientApp(clientID: clientID, secret: try secret()), username: try value(username, "--username", nil),
                password: Redacted(wrappedValue: try value(password?.wrappedValue, "--password", "SALESFORCE_PASSWORD")))
        case .refreshToken:
            return .refreshToken(
                ExternalClientApp(clientID: clientID, secret: clientSecret?.wrappedValue ?? environment["SALESFORCE_CLIENT_SECRET"]),
                token: Redacted(wrappedValue: try value(refreshToken?.wrappedValue, "--refresh-token", "SALESFORCE_REFRESH_TOKEN")))
        case .jwt:
            return .jwt(
                clientID: clientID, username: try value(username, "--username", nil),
                privateKey: Redacted(wrappedValue: try value(nil, "the environment variable SALESFORCE_JWT_KEY", "SALESFORCE_JWT_KEY")))
        }
    }
}
