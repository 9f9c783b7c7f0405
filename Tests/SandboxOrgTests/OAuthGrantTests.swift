import Foundation
import Testing

@testable import SandboxBytes
@testable import SandboxLogin
@testable import SandboxOrg

@Suite("OAuth grants")
struct OAuthGrantTests {
    private static let verifier = "a-verifier-of-forty-three-characters-or-more-0"

    private func token(_ org: TestOrg, _ form: String) async throws -> Answer {
        try await TestOrg.request("POST", org.server.url + "/services/oauth2/token", body: form)
    }

    /// What the user's browser does: shows the page, and sends its form with one of the buttons.
    private func consent(_ org: TestOrg, _ asked: String, decision: String = "allow") async throws -> [String: String] {
        let authorize = org.server.url + "/services/oauth2/authorize"
        let page = try await TestOrg.request("GET", authorize + "?" + asked)
        #expect(page.status == 200 && page.headers["content-type"] == "text/html;charset=UTF-8")
        var form: [String] = []
        for input in page.text.matches(of: /name="([a-z_]+)" value="([^"]*)"/) where input.1 != "decision" {
            let value =
                String(input.2).replacing("&quot;", with: "\"").replacing("&amp;", with: "&").addingPercentEncoding(
                    withAllowedCharacters: .alphanumerics) ?? ""
            form.append("\(input.1)=\(value)")
        }
        #expect(page.text.contains("name=\"decision\" value=\"deny\""))
        let answer = try await TestOrg.request("POST", authorize, body: (form + ["decision=\(decision)"]).joined(separator: "&"))
        let items = URLComponents(url: try #require(answer.url), resolvingAgainstBaseURL: false)?.queryItems ?? []
        return Dictionary(items.map { ($0.name, $0.value ?? "") }, uniquingKeysWith: { first, _ in first })
    }

    private func asked(_ org: TestOrg, extra: String = "") -> String {
        // The org itself stands in for the client's callback.
        "response_type=code&client_id=sandbox-client&redirect_uri=\(org.server.url)/services/data&scope=api%20refresh_token&state=s%26%22t\(extra)"
    }

    @Test("a code is got through the page, proved by PKCE, and good once")
    func pkce() async throws {
        try await TestOrg.with { org in
            let challenge = OAuthRoutes.base64URL(SHA256.hash(Array(Self.verifier.utf8)))
            let answer = try await consent(org, asked(org, extra: "&code_challenge=\(challenge)&code_challenge_method=S256"))
            #expect(answer["state"] == "s&\"t")
            let code = try #require(answer["code"])
            #expect(code.hasPrefix("aPrx"))
            let form = "grant_type=authorization_code&client_id=sandbox-client&code=\(code)&redirect_uri=\(org.server.url)/services/data"
            let first = try await token(org, form + "&code_verifier=\(Self.verifier)")
            #expect(
                Set(first.object.keys) == [
                    "access_token", "refresh_token", "signature", "scope", "instance_url", "id", "token_type", "issued_at",
                ])
            let again = try await token(org, form + "&code_verifier=\(Self.verifier)").object
            #expect(again["error"] as? String == "invalid_grant" && again["error_description"] as? String == "expired authorization code")
            let other = try await consent(org, asked(org, extra: "&code_challenge=\(challenge)&code_challenge_method=S256"))
            let wrong = try await token(
                org, form.replacing(code, with: other["code"] ?? "") + "&code_verifier=another")
            #expect(wrong.status == 400 && wrong.object["error_description"] as? String == "invalid code verifier")
        }
    }

    @Test("without PKCE the secret is needed, and the callback must be the same")
    func secret() async throws {
        try await TestOrg.with { org in
            func redeem(_ rest: String) async throws -> Answer {
                let code = try #require(try await consent(org, asked(org))["code"])
                return try await token(org, "grant_type=authorization_code&client_id=sandbox-client&code=\(code)" + rest)
            }
            let callback = "&redirect_uri=\(org.server.url)/services/data"
            #expect(try await redeem(callback + "&client_secret=sandbox-secret").status == 200)
            #expect(try await redeem(callback).object["error"] as? String == "invalid_client")
            #expect(
                try await redeem("&redirect_uri=http://x&client_secret=sandbox-secret").object["error"] as? String
                    == "redirect_uri_mismatch")
            let unknown = try await token(
                org, "grant_type=authorization_code&client_id=sandbox-client&code=aPrx1&client_secret=sandbox-secret")
            #expect(unknown.object["error_description"] as? String == "invalid authorization code")
        }
    }

    @Test("who says no, or asks for what is not there, is told so")
    func refusals() async throws {
        try await TestOrg.with { org in
            let denied = try await consent(org, asked(org), decision: "deny")
            #expect(denied["error"] == "access_denied" && denied["error_description"] == "end-user denied authorization")
            #expect(denied["state"] == "s&\"t" && denied["code"] == nil)
            let authorize = org.server.url + "/services/oauth2/authorize?"
            #expect(try await TestOrg.request("GET", authorize + "client_id=x").object["error"] as? String == "invalid_client_id")
            let noCallback = try await TestOrg.request("GET", authorize + "client_id=sandbox-client&redirect_uri=nowhere")
            #expect(noCallback.object["error"] as? String == "redirect_uri_mismatch")
            let type = try await TestOrg.request("GET", authorize + asked(org).replacing("response_type=code", with: "response_type=token"))
            #expect(type.url?.query?.contains("error=unsupported_response_type") ?? false)
        }
    }

    @Test("with rotation each refresh token is good once; one that comes again ends the current one and every access token made from them")
    func rotation() async throws {
        var options = TestOrg.small
        options.rotatesRefreshTokens = true
        try await TestOrg.with(options) { org in
            func consented() async throws -> [String: Any] {
                let code = try #require(try await consent(org, asked(org))["code"])
                return try await token(
                    org,
                    "grant_type=authorization_code&client_id=sandbox-client&client_secret=sandbox-secret&code=\(code)"
                        + "&redirect_uri=\(org.server.url)/services/data"
                ).object
            }
            func refreshed(_ refresh: String) async throws -> [String: Any] {
                try await token(
                    org, "grant_type=refresh_token&client_id=sandbox-client&client_secret=sandbox-secret&refresh_token=\(refresh)"
                ).object
            }
            func isGood(_ access: String) async throws -> Bool {
                try await TestOrg.request(
                    "GET", org.server.url + TestOrg.base + "/limits", headers: ["Authorization": "Bearer \(access)"]
                ).status == 200
            }
            let (first, other) = (try await consented(), try await consented())
            let spent = try #require(first["refresh_token"] as? String)
            var current = first
            for _ in 0..<3 {
                let next = try await refreshed(try #require(current["refresh_token"] as? String))
                #expect(next["refresh_token"] as? String != current["refresh_token"] as? String)
                current = next
            }
            let access = try [first, current, other].map { try #require($0["access_token"] as? String) }
            for token in access { #expect(try await isGood(token)) }

            #expect(try await refreshed(spent)["error_description"] as? String == "expired access/refresh token")
            #expect(
                try await refreshed(try #require(current["refresh_token"] as? String))["error_description"] as? String
                    == "expired access/refresh token")
            #expect(try await [isGood(access[0]), isGood(access[1]), isGood(access[2])] == [false, false, true])
            #expect(try await refreshed(try #require(other["refresh_token"] as? String))["access_token"] is String)
            let stats = try await TestOrg.request("GET", org.server.url + "/sandbox/stats").object
            #expect(stats["reused_refresh_tokens"] as? Int == 1 && stats["token_requests"] as? Int == 9)
        }
    }

    @Test("an assertion is believed only when the certificate's key signed it, for this org, in time")
    func jwt() async throws {
        let clock = ManualClock()
        var options = TestOrg.small
        options.clock = { clock.now }
        options.certificatePEM = JWTFixtures.certificate
        try await TestOrg.with(options) { org in
            func ask(_ assertion: String) async throws -> [String: Any] {
                try await token(org, "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=\(assertion)").object
            }
            let granted = try await ask(JWTFixtures.good)
            #expect(granted["access_token"] is String && granted["refresh_token"] == nil)
            #expect(try await ask(JWTFixtures.numeric)["access_token"] is String)
            #expect(try await ask(JWTFixtures.wrongAudience)["error_description"] as? String == "audience is invalid")
            #expect(try await ask(JWTFixtures.wrongUser)["error_description"] as? String == "user hasn't approved this consumer")
            #expect(try await ask(JWTFixtures.wrongClient)["error"] as? String == "invalid_client_id")
            let forged = JWTFixtures.wrongAudience.split(separator: ".").prefix(2) + JWTFixtures.good.split(separator: ".").suffix(1)
            #expect(try await ask(forged.joined(separator: "."))["error_description"] as? String == "invalid assertion")
            for odd in ["", "a.b.c", "..", "e30.e30.", String(JWTFixtures.good.dropLast(5))] {
                #expect(try await ask(odd)["error"] is String)
            }
            // A client's clock may be behind, and some send the current second: two minutes are forgiven.
            clock.advance(299)
            #expect(try await ask(JWTFixtures.good)["access_token"] is String)
            clock.advance(2)
            #expect(try await ask(JWTFixtures.good)["error_description"] as? String == "expired authorization code")
            #expect(try await ask(JWTFixtures.late)["error_description"] as? String == "expired authorization code")
        }
    }

    @Test("no certificate, however odd, stops the reader")
    func fuzz() {
        var random = SplitMix(state: 9)
        #expect(PublicKey(pem: JWTFixtures.certificate) != nil)
        let body = JWTFixtures.certificate.split(separator: "\n").filter { !$0.hasPrefix("-") }.joined()
        let bytes = Array(Data(base64Encoded: body) ?? Data())
        for round in 0..<500 {
            var odd = bytes.prefix(Int.random(in: 0...bytes.count, using: &random)).map { $0 }
            for _ in 0..<3 where !odd.isEmpty {
                odd[Int.random(in: 0..<odd.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            let pem = "-----BEGIN CERTIFICATE-----\n\(Data(odd).base64EncodedString())\n-----END CERTIFICATE-----"
            // Verifying takes its time without optimisation: a few are enough.
            if let key = PublicKey(pem: pem), round < 3 { #expect(!key.verifies([UInt8](repeating: 1, count: 256), of: [1])) }
        }
    }
}
