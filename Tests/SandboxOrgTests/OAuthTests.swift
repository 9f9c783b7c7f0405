import Foundation
import Synchronization
import Testing

@testable import SandboxBytes
@testable import SandboxOrg
@testable import SandboxStore

@Suite("OAuth")
struct OAuthTests {
    private func token(_ org: TestOrg, _ body: String, headers: [String: String] = [:]) async throws -> Answer {
        try await TestOrg.request("POST", org.server.url + "/services/oauth2/token", headers: headers, body: body)
    }

    private static let client = "client_id=sandbox-client&client_secret=sandbox-secret"

    @Test("every flow gives a token that works, signed with the client's secret")
    func flows() async throws {
        try await TestOrg.with { org in
            let basic = Data("sandbox-client:sandbox-secret".utf8).base64EncodedString()
            let answers = [
                try await token(org, "grant_type=client_credentials&\(Self.client)"),
                try await token(org, "grant_type=client_credentials", headers: ["Authorization": "Basic \(basic)"]),
                try await token(
                    org, "grant_type=password&\(Self.client)&username=admin%40sandbox.example&password=sandbox-password"),
            ]
            for answer in answers {
                #expect(answer.status == 200)
                let access = try #require(answer.object["access_token"] as? String)
                #expect(access.hasPrefix("\(SandboxCredentials.organizationID.prefix(15))!"))
                #expect(answer.object["instance_url"] as? String == org.server.url)
                #expect(answer.object["token_type"] as? String == "Bearer")
                let id = try #require(answer.object["id"] as? String)
                let issuedAt = try #require(answer.object["issued_at"] as? String)
                let signature = SHA256.hmac(key: Array("sandbox-secret".utf8), message: Array((id + issuedAt).utf8))
                #expect(answer.object["signature"] as? String == Data(signature).base64EncodedString())
                for scheme in ["Bearer", "OAuth"] {
                    let used = try await org.get("/limits", headers: ["Authorization": "\(scheme) \(access)"])
                    #expect(used.status == 200)
                }
                let identity = try await TestOrg.request("GET", id, headers: ["Authorization": "Bearer \(access)"])
                #expect(identity.object["username"] as? String == SandboxCredentials.username)
            }
            let info = try await org.get("/services/oauth2/userinfo")
            #expect(info.object["organization_id"] as? String == SandboxCredentials.organizationID)
        }
    }

    @Test("a refresh token makes new access tokens until it is revoked")
    func refresh() async throws {
        try await TestOrg.with { org in
            let login = try await token(
                org, "grant_type=password&\(Self.client)&username=admin@sandbox.example&password=sandbox-password&scope=api%20refresh_token"
            )
            let refresh = try #require(login.object["refresh_token"] as? String)
            let body = "grant_type=refresh_token&client_id=sandbox-client&refresh_token=\(refresh)"
            let fresh = try await token(org, body)
            #expect(fresh.status == 200)
            #expect(fresh.object["refresh_token"] == nil)
            let revoked = try await TestOrg.request("POST", org.server.url + "/services/oauth2/revoke", body: "token=\(refresh)")
            #expect(revoked.status == 200)
            let dead = try await token(org, body)
            #expect(dead.status == 400)
            #expect(dead.object["error_description"] as? String == "expired access/refresh token")
        }
    }

    @Test(
        "a wrong login is refused in OAuth's form",
        arguments: [
            ("grant_type=client_credentials&client_id=x&client_secret=sandbox-secret", "invalid_client_id"),
            ("grant_type=client_credentials&client_id=sandbox-client&client_secret=x", "invalid_client"),
            (
                "grant_type=password&client_id=sandbox-client&client_secret=sandbox-secret&username=admin@sandbox.example&password=x",
                "invalid_grant"
            ),
            ("grant_type=magic&client_id=sandbox-client", "unsupported_grant_type"), ("", "unsupported_grant_type"),
            ("%%%=&&=", "unsupported_grant_type"),
        ])
    func refused(body: String, error: String) async throws {
        try await TestOrg.with { org in
            let answer = try await token(org, body)
            #expect(answer.status == 400)
            #expect(answer.object["error"] as? String == error)
            #expect(answer.object["error_description"] is String)
        }
    }

    @Test("a session ends when it is not used for long enough, and lives on when it is")
    func expiry() async throws {
        let clock = ManualClock()
        var options = TestOrg.small
        options.sessionSeconds = 100
        options.clock = { clock.now }
        try await TestOrg.with(options) { org in
            clock.advance(90)
            #expect(try await org.get("/limits").status == 200)
            clock.advance(90)
            #expect(try await org.get("/limits").status == 200)
            clock.advance(101)
            let expired = try await org.get("/limits")
            #expect(expired.status == 401)
            #expect(expired.text == #"[{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}]"#)
        }
    }

    @Test("an org can be called by another address than the one it listens on")
    func otherAddress() async throws {
        var options = TestOrg.small
        options.instanceURL = "https://acme.my.salesforce.com"
        try await TestOrg.with(options) { org in
            let answer = try await TestOrg.request(
                "POST", org.server.url + "/services/oauth2/token",
                body: "grant_type=client_credentials&client_id=sandbox-client&client_secret=sandbox-secret")
            #expect(answer.object["instance_url"] as? String == "https://acme.my.salesforce.com")
            #expect((answer.object["id"] as? String)?.hasPrefix("https://acme.my.salesforce.com/id/") == true)
        }
    }
}

/// A clock that stands still until it is moved.
final class ManualClock: Sendable {
    private let time = Mutex<Int64>(1_790_000_000)

    var now: Int64 { time.withLock { $0 } }
    func advance(_ seconds: Int64) { time.withLock { $0 += seconds } }
}
