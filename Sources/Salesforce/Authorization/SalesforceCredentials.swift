/// What proves to an org that we may use it. Codable, so that it can be sealed and stored; it never shows its secrets as text.
public enum SalesforceCredentials: Sendable, Hashable, Codable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// Acts as the app's run-as user; needs the org's My Domain as login URL.
    case clientCredentials(clientID: String, secret: String)
    /// A user's name and password, the password followed by the security token where the org wants one.
    case password(username: String, password: String, clientID: String, secret: String)
    /// What the web server flow left: a refresh token.
    case refreshToken(token: String, clientID: String, secret: String?)
    /// A signed assertion; the audience is the login host, such as `https://login.salesforce.com`.
    case jwt(username: String, clientID: String, privateKeyPEM: String, audience: String)

    /// The app's consumer key.
    public var clientID: String {
        switch self {
        case .clientCredentials(let clientID, _), .password(_, _, let clientID, _), .refreshToken(_, let clientID, _),
            .jwt(_, let clientID, _, _):
            clientID
        }
    }

    /// The credentials to keep after they brought this token; nil when they stay as they are.
    public func rotated(by token: OAuthToken) -> SalesforceCredentials? {
        guard case .refreshToken(let old, let clientID, let secret) = self, let new = token.refreshToken, new != old else { return nil }
        return .refreshToken(token: new, clientID: clientID, secret: secret)
    }

    /// Whether using them may bring others in their place.
    var mayRotate: Bool {
        if case .refreshToken = self { true } else { false }
    }

    /// The app's consumer secret, where there is one.
    var clientSecret: String? {
        switch self {
        case .clientCredentials(_, let secret), .password(_, _, _, let secret): secret
        case .refreshToken(_, _, let secret): secret
        case .jwt: nil
        }
    }

    /// The kind of credentials, without what is in them.
    public var description: String {
        switch self {
        case .clientCredentials: "client credentials"
        case .password(let username, _, _, _): "password of \(username)"
        case .refreshToken: "refresh token"
        case .jwt(let username, _, _, _): "JWT for \(username)"
        }
    }

    /// The same as the description.
    public var debugDescription: String { description }

    /// Hides the secrets from `dump` and from debuggers' summaries in logs.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
