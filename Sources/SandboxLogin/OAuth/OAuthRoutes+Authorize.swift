import Foundation
import HTTPTypes
import SandboxBytes
import SandboxData
import SandboxHTTP
import SandboxStore

/// The web server flow: a consent page with a real form, and the code it leads to.
extension OAuthRoutes {
    private static let remembered = [
        "response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method",
    ]

    /// GET shows the page; POST is the page's answer.
    func authorize(_ call: Call) -> Reply {
        let asked = call.method == .post ? call.form : call.query
        guard asked["client_id"] == SandboxCredentials.clientID else { return refuse("invalid_client_id", "client identifier invalid") }
        guard let redirect = asked["redirect_uri"], let target = URLComponents(string: redirect), target.scheme != nil,
            target.fragment == nil
        else { return refuse("redirect_uri_mismatch", "redirect_uri must match configuration") }
        guard asked["response_type"] == "code" else {
            return back(redirect, asked, ["error": "unsupported_response_type", "error_description": "response type not supported"])
        }
        let method = asked["code_challenge_method"] ?? "plain"
        guard ["S256", "plain"].contains(method) else {
            return back(redirect, asked, ["error": "invalid_request", "error_description": "invalid code challenge method"])
        }
        guard call.method == .post else { return .text(page(asked), type: "text/html;charset=UTF-8") }
        guard asked["decision"] == "allow" else {
            return back(redirect, asked, ["error": "access_denied", "error_description": "end-user denied authorization"])
        }
        let grant = AuthorizationCodes.Grant(
            redirectURI: redirect, scope: asked["scope"] ?? "api refresh_token", challenge: asked["code_challenge"],
            isHashed: method == "S256", expires: clock() + AuthorizationCodes.lifetime)
        return back(redirect, asked, ["code": codes.add(grant)])
    }

    /// To the client, with the answer and the state it sent.
    private func back(_ redirect: String, _ asked: [String: String], _ answer: [String: String]) -> Reply {
        var pairs = answer.sorted { $0.key < $1.key }.map { "\($0.key)=\(Self.escape($0.value))" }
        if let state = asked["state"] { pairs.append("state=\(Self.escape(state))") }
        let location = redirect + (redirect.contains("?") ? "&" : "?") + pairs.joined(separator: "&")
        return Reply(status: .found, headers: [.location: location], body: .empty)
    }

    private static func escape(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(CharacterSet(charactersIn: "-._~"))) ?? ""
    }

    private func page(_ asked: [String: String]) -> String {
        func plain(_ text: String) -> String {
            text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;").replacing("\"", with: "&quot;")
        }
        let hidden = Self.remembered.compactMap { name in
            asked[name].map { "<input type=\"hidden\" name=\"\(name)\" value=\"\(plain($0))\">" }
        }
        return """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><title>Allow access?</title></head>
            <body><h1>Allow access?</h1>
            <p>The application <strong>\(plain(asked["client_id"] ?? ""))</strong> asks to act as
            <strong>\(SandboxCredentials.username)</strong> with the scope <strong>\(plain(asked["scope"] ?? "api refresh_token"))</strong>.</p>
            <form method="post" action="/services/oauth2/authorize">\(hidden.joined())
            <button type="submit" name="decision" value="allow">Allow</button>
            <button type="submit" name="decision" value="deny">Deny</button></form></body></html>
            """
    }

    /// `grant_type=authorization_code`
    func redeemCode(_ form: [String: String]) -> Reply {
        let grant: AuthorizationCodes.Grant
        do {
            grant = try codes.redeem(form["code"] ?? "", now: clock())
        } catch {
            return refuse("invalid_grant", error == .expired ? "expired authorization code" : "invalid authorization code")
        }
        guard form["redirect_uri"] == grant.redirectURI else {
            return refuse("redirect_uri_mismatch", "redirect_uri must match configuration")
        }
        if let challenge = grant.challenge {
            let verifier = form["code_verifier"] ?? ""
            guard (grant.isHashed ? Self.base64URL(SHA256.hash(Array(verifier.utf8))) : verifier) == challenge else {
                return refuse("invalid_grant", "invalid code verifier")
            }
        } else {
            guard form["client_secret"] == SandboxCredentials.clientSecret else {
                return refuse("invalid_client", "invalid client credentials")
            }
        }
        let scopes = Set(grant.scope.split(separator: " "))
        let wantsRefresh = !scopes.isDisjoint(with: ["refresh_token", "offline_access"])
        return issue(scope: grant.scope, refreshToken: wantsRefresh ? sessions.openRefresh() : nil)
    }

    static func base64URL(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
