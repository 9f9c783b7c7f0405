/// What the token endpoint answers. It never shows its secrets as text.
public struct OAuthToken: Sendable, Hashable, Codable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// The access token.
    public let accessToken: String
    /// Where the org's API lives, without a slash at the end.
    public let instanceURL: String
    /// The identity URL, `…/id/<organization>/<user>`.
    public let identityURL: String
    /// A refresh token: from the web server flow, or a rotated one that replaces the one just used.
    public let refreshToken: String?

    enum CodingKeys: String, CodingKey {
        case accessToken = "access_token"
        case instanceURL = "instance_url"
        case identityURL = "id"
        case refreshToken = "refresh_token"
    }

    /// Makes a token.
    public init(accessToken: String, instanceURL: String, identityURL: String, refreshToken: String? = nil) {
        self.accessToken = accessToken
        self.instanceURL = instanceURL.last == "/" ? String(instanceURL.dropLast()) : instanceURL
        self.identityURL = identityURL
        self.refreshToken = refreshToken
    }

    /// Reads the token endpoint's answer.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            accessToken: try container.decode(String.self, forKey: .accessToken),
            instanceURL: try container.decode(String.self, forKey: .instanceURL),
            identityURL: try container.decode(String.self, forKey: .identityURL),
            refreshToken: try container.decodeIfPresent(String.self, forKey: .refreshToken)
        )
    }

    /// The organization's id, 18 characters; empty if the identity URL does not end as it should.
    public var organizationID: String { identityPart(fromEnd: 2) }

    /// The user's id, 18 characters; empty if the identity URL does not end as it should.
    public var userID: String { identityPart(fromEnd: 1) }

    /// The same without its refresh token, for whoever only uses it.
    public var withoutRefreshToken: OAuthToken {
        OAuthToken(accessToken: accessToken, instanceURL: instanceURL, identityURL: identityURL)
    }

    /// Where the token is good for, without the token.
    public var description: String { "access token for \(instanceURL)" }

    /// The same as the description.
    public var debugDescription: String { description }

    /// Hides the secrets from `dump`.
    public var customMirror: Mirror { Mirror(self, children: [:]) }

    private func identityPart(fromEnd position: Int) -> String {
        let parts = identityURL.split(separator: "/")
        guard parts.count >= position else { return "" }
        return SalesforceID(parts[parts.count - position])?.text ?? ""
    }
}
