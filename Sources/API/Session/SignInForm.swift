import Accounts
import Catalog
import Foundation
import Hummingbird
import WebServer

/// What the log-in page sends: an API token, or an address and a password.
enum SignInForm: Hashable {
    case token(String)
    case password(email: String, String)

    /// - Parameter body: `application/x-www-form-urlencoded`.
    init(_ body: String) {
        var values: [String: String] = [:]
        for pair in body.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            values[String(parts[0])] = parts.count > 1 ? parts[1].replacing("+", with: " ").removingPercentEncoding ?? "" : ""
        }
        if let email = values["email"] {
            self = .password(email: email.trimmingCharacters(in: .whitespacesAndNewlines), values["password"] ?? "")
        } else {
            self = .token((values["token"] ?? "").trimmingCharacters(in: .whitespacesAndNewlines))
        }
    }

    /// The account that is tried; nil with a token.
    var account: String? {
        if case .password(let email, _) = self { email } else { nil }
    }

    var refusal: String {
        switch self {
        case .token: "This token is not valid."
        case .password: "This is not the address and the password of a user."
        }
    }

    func begin(_ catalog: CatalogStore, lifetime: Duration, from origin: SessionOrigin) async throws -> NewSession? {
        switch self {
        case .token(let token): try await catalog.beginSession(token: token, lifetime: lifetime, from: origin)
        case .password(let email, let password):
            try await catalog.beginSession(email: email, password: password, lifetime: lifetime, from: origin)
        }
    }
}
