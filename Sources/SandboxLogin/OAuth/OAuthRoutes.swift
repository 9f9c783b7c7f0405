import Foundation
package import HTTPTypes
import SandboxBytes
package import SandboxData
package import SandboxHTTP
package import SandboxStore

/// `/services/oauth2/*` and the identity URL.
package struct OAuthRoutes: Sendable {
    package let sessions: Sessions
    package let org: Org
    package let clock: @Sendable () -> Int64
    /// `http://127.0.0.1:8095`
    package let instanceURL: @Sendable () -> String
    package let codes: AuthorizationCodes
    /// Of the certificate that is registered for the connected app.
    package let registered: PublicKey?
    /// A refresh gives a new refresh token, and the old one is dead.
    package let rotatesRefreshTokens: Bool

    package init(
        sessions: Sessions, org: Org, clock: @escaping @Sendable () -> Int64, instanceURL: @escaping @Sendable () -> String,
        codes: AuthorizationCodes, registered: PublicKey?, rotatesRefreshTokens: Bool
    ) {
        self.sessions = sessions
        self.org = org
        self.clock = clock
        self.instanceURL = instanceURL
        self.codes = codes
        self.registered = registered
        self.rotatesRefreshTokens = rotatesRefreshTokens
    }

    package var user: RecordID { RecordID(object: org.schema.object("User")?.index ?? 0, row: 0) }
    package var identityURL: String { "\(instanceURL())/id/\(SandboxCredentials.organizationID)/\(org.schema.text(of: user))" }

    package func respond(_ call: Call) -> Reply {
        if call.word(0) == "id" { return identity(call) }
        switch call.word(2) {
        case "authorize" where call.method == .get || call.method == .post: return authorize(call)
        case "token" where call.method == .post: return token(call)
        case "revoke" where call.method == .post || call.method == .get: return revoke(call)
        case "introspect" where call.method == .post: return introspect(call)
        case "userinfo" where call.method == .get || call.method == .post: return userInfo(call)
        case "token", "revoke", "introspect", "userinfo":
            return OrgError.wrongMethod(call.method, allowed: "POST").reply
        default: return OrgError.notFound.reply
        }
    }

    package func refuse(_ error: String, _ description: String, _ status: HTTPResponse.Status = .badRequest) -> Reply {
        var json = JSONWriter()
        json.object { json in
            json.field("error", error)
            json.field("error_description", description)
        }
        return .json(json, status: status)
    }

    private func token(_ call: Call) -> Reply {
        sessions.noteTokenRequest()
        var form = call.form
        if let basic = call.headers[.authorization], basic.lowercased().hasPrefix("basic "),
            let decoded = Data(base64Encoded: String(basic.dropFirst(6)))
        {
            let parts = String(decoding: decoded, as: UTF8.self).split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            form["client_id"] = Call.unescape(String(parts[0]), plusIsSpace: false)
            form["client_secret"] = parts.count > 1 ? Call.unescape(String(parts[1]), plusIsSpace: false) : ""
        }
        guard let grant = form["grant_type"], !grant.isEmpty else { return refuse("unsupported_grant_type", "grant type not supported") }
        if grant == "urn:ietf:params:oauth:grant-type:jwt-bearer" { return bearerGrant(form) }
        guard ["authorization_code", "client_credentials", "password", "refresh_token"].contains(grant) else {
            return refuse("unsupported_grant_type", "grant type not supported")
        }
        guard form["client_id"] == SandboxCredentials.clientID else { return refuse("invalid_client_id", "client identifier invalid") }
        // A refresh may come without the secret, as for a public client; a wrong one is refused all the same.
        // The code says whether it needs one: a client that proved its verifier does not.
        let needsSecret = !["refresh_token", "authorization_code"].contains(grant) || form["client_secret"] != nil
        guard !needsSecret || form["client_secret"] == SandboxCredentials.clientSecret else {
            return refuse("invalid_client", "invalid client credentials")
        }
        switch grant {
        case "password":
            guard form["username"] == SandboxCredentials.username else { return refuse("invalid_grant", "authentication failure") }
            guard form["password"] == SandboxCredentials.password else {
                return refuse("invalid_grant", "authentication failure - Invalid Password")
            }
            let scope = form["scope"] ?? ""
            let wantsRefresh = scope.contains("refresh_token") || scope.contains("offline_access")
            return issue(scope: wantsRefresh ? "api refresh_token" : nil, refreshToken: wantsRefresh ? sessions.openRefresh() : nil)
        case "refresh_token":
            guard let family = sessions.refresh(form["refresh_token"] ?? "", rotating: rotatesRefreshTokens) else {
                return refuse("invalid_grant", "expired access/refresh token")
            }
            return issue(
                scope: "api refresh_token", refreshToken: rotatesRefreshTokens ? sessions.openRefresh(family: family) : nil, family: family)
        case "authorization_code": return redeemCode(form)
        default:
            return issue(scope: "api", refreshToken: nil)
        }
    }

    private func bearerGrant(_ form: [String: String]) -> Reply {
        do {
            try JWTBearer(key: registered, now: clock(), instanceURL: instanceURL()).check(form["assertion"] ?? "")
            return issue(scope: "api", refreshToken: nil)
        } catch {
            return refuse(error.error, error.description)
        }
    }

    func issue(scope: String?, refreshToken: Sessions.RefreshToken?, family: String? = nil) -> Reply {
        let issuedAt = String(clock() * 1000)
        let signed = SHA256.hmac(key: Array(SandboxCredentials.clientSecret.utf8), message: Array((identityURL + issuedAt).utf8))
        var json = JSONWriter()
        json.object { json in
            json.field("access_token", sessions.open(family: refreshToken?.family ?? family))
            if let refreshToken { json.field("refresh_token", refreshToken.text) }
            json.field("signature", Data(signed).base64EncodedString())
            if let scope { json.field("scope", scope) }
            json.field("instance_url", instanceURL())
            json.field("id", identityURL)
            json.field("token_type", "Bearer")
            json.field("issued_at", issuedAt)
        }
        return .json(json)
    }

    private func revoke(_ call: Call) -> Reply {
        let token = call.form["token"] ?? call.query["token"] ?? ""
        guard sessions.revoke(token) else { return refuse("invalid_token", "invalid token") }
        return Reply(status: .ok, body: .empty)
    }

    private func introspect(_ call: Call) -> Reply {
        let form = call.form
        guard form["client_id"] == SandboxCredentials.clientID, form["client_secret"] == SandboxCredentials.clientSecret else {
            return refuse("invalid_client", "invalid client credentials", .unauthorized)
        }
        let token = form["token"] ?? ""
        let isRefresh = sessions.knowsRefresh(token)
        var json = JSONWriter()
        json.object { json in
            let active = isRefresh || sessions.use(token)
            json.field("active", active)
            guard active else { return }
            json.field("scope", "api refresh_token")
            json.field("client_id", SandboxCredentials.clientID)
            json.field("username", SandboxCredentials.username)
            json.field("sub", identityURL)
            json.field("token_type", isRefresh ? "refresh_token" : "access_token")
            // A session lives on while it is used, so that its life counts from its last use.
            guard let expiry = sessions.expiry(of: token) else { return }
            json.field("exp", Int(expiry))
            json.field("iat", Int(expiry - sessions.lifetime))
            json.field("nbf", Int(expiry - sessions.lifetime))
        }
        return .json(json)
    }

    /// The bearer token of a request, by either scheme.
    package static func bearer(_ call: Call) -> String? {
        guard let header = call.headers[.authorization] else { return nil }
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, ["bearer", "oauth"].contains(parts[0].lowercased()) else { return nil }
        return parts[1].trimmingCharacters(in: .whitespaces)
    }

    package func isKnown(_ call: Call) -> Bool { (Self.bearer(call) ?? call.query["access_token"]).map(sessions.use) ?? false }

    private func userInfo(_ call: Call) -> Reply {
        guard isKnown(call) else { return .text("Bad_OAuth_Token", type: "text/plain", status: .forbidden) }
        var json = JSONWriter()
        json.object { json in
            json.field("sub", identityURL)
            json.field("user_id", org.schema.text(of: user))
            json.field("organization_id", SandboxCredentials.organizationID)
            json.field("preferred_username", SandboxCredentials.username)
            json.field("nickname", "admin")
            json.field("name", "Sandbox Admin")
            json.field("email", SandboxCredentials.username)
            json.field("email_verified", true)
            json.field("given_name", "Sandbox")
            json.field("family_name", "Admin")
            json.field("zoneinfo", "GMT")
            photos(&json)
            json.field("profile", "\(instanceURL())/\(org.schema.text(of: user))")
            json.field("picture", "\(instanceURL())/profilephoto/005/F")
            json.fieldObject("address") { json in json.field("country", "US") }
            urls(&json)
            json.field("active", true)
            json.field("user_type", "STANDARD")
            json.field("language", "en_US")
            json.field("locale", "en_US")
            json.field("utcOffset", 0)
            json.field("updated_at", CivilTime.restText(GeneratedTimes.base))
            json.field("is_app_installed", true)
        }
        return .json(json)
    }
}
