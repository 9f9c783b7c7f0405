import Foundation
import HTTPTransport
import RawHTTPServer
import Salesforce
import Secrets
import Synchronization
import Testing

@Suite("OAuth and the session", .timeLimit(.minutes(15)))
struct SessionTests {
    @Test(
        "each kind of credentials sends its own form",
        arguments: [
            (
                SalesforceCredentials.clientCredentials(clientID: "i d", secret: "s&="),
                "grant_type=client_credentials&client_id=i%20d&client_secret=s%26%3D"
            ),
            (
                .password(username: "u@x", password: "p+t", clientID: "id", secret: "s"),
                "grant_type=password&client_id=id&client_secret=s&username=u%40x&password=p%2Bt"
            ),
            (.refreshToken(token: "5Aep", clientID: "id", secret: nil), "grant_type=refresh_token&refresh_token=5Aep&client_id=id"),
            (
                .refreshToken(token: "5Aep", clientID: "id", secret: "s"),
                "grant_type=refresh_token&refresh_token=5Aep&client_id=id&client_secret=s"
            ),
        ])
    func forms(credentials: SalesforceCredentials, form: String) async throws {
        let org = try ScriptedOrg()
        let token = try await org.session(credentials).token()
        #expect(org.logins == [form])
        #expect(token.accessToken == "token-1" && token.instanceURL == org.server.url)
        #expect(token.organizationID == "00Dxx0000001gPLEAY" && token.userID == "005Hs00000BkK19IAF")
    }

    @Test("a JWT names the app, the user, the audience and expires in three minutes")
    func jwt() async throws {
        let org = try ScriptedOrg()
        let session = org.session(
            .jwt(username: "u@x", clientID: "id", privateKeyPEM: TestKey.pem, audience: "https://login.salesforce.com"))
        _ = try await session.token()
        let form = try #require(org.logins.first)
        #expect(form.hasPrefix("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion="))
        let claims = try #require(Base64.decodeURLSafe(form.split(separator: ".")[1]))
        let decoded = try JSONDecoder().decode(Claims.self, from: Data(claims))
        #expect(decoded == Claims(iss: "id", sub: "u@x", aud: "https://login.salesforce.com", exp: 1180))
    }

    @Test(
        "OAuth errors that only a person can mend are told from those that pass",
        arguments: [
            ("invalid_grant", "expired access/refresh token", RetryClass.needsAuthorization),
            ("invalid_grant", "authentication failure - Invalid Password", .needsAuthorization),
            ("invalid_grant", "inactive user", .needsAuthorization),
            ("invalid_client_id", "client identifier invalid", .needsAuthorization),
            ("invalid_client", "invalid client credentials", .needsAuthorization), ("invalid_grant", "authentication failure", .backOff),
            ("rate_limit_exceeded", "login rate exceeded", .backOff), ("unknown_error", "retry your request", .backOff),
        ])
    func oauthErrors(code: String, description: String, retry: RetryClass) async throws {
        let org = try ScriptedOrg(login: { _, _ in
            ScriptedOrg.json(#"{"error":"\#(code)","error_description":"\#(description)"}"#, status: 400)
        })
        let error = await failure { _ = try await org.session().token() }
        #expect(error?.code.rawValue == code && error?.message == description && error?.retry == retry && error?.httpStatus == 400)
    }

    @Test("a log-in page in HTML is a clear error that passes, and an unknown host too")
    func noOAuth() async throws {
        let org = try ScriptedOrg(login: { _, _ in RawAnswer(503, headers: [("Content-Type", "text/html")], "<html>We are down</html>") })
        let error = await failure { _ = try await org.session().token() }
        #expect(error?.code == .notJSON && error?.retry == .backOff && error?.message.contains("text/html: <html>We are down") == true)
        let nowhere = SalesforceSession(
            credentials: .clientCredentials(clientID: "i", secret: "s"), loginURL: "http://x.invalid", http: org.http)
        let lost = await failure { _ = try await nowhere.token() }
        #expect(lost?.code == .unreachable && lost?.retry == .backOff)
    }

    @Test("neither credentials nor tokens show up as text")
    func secrecy() {
        let credentials = SalesforceCredentials.password(username: "u@x", password: "pass-word", clientID: "id", secret: "se-cret")
        let token = OAuthToken(accessToken: "acc-ess", instanceURL: "https://x", identityURL: "https://x/id/a/b", refreshToken: "ref-resh")
        var dumped = "\(credentials) \(token) \(String(reflecting: credentials)) \(String(reflecting: token))"
        dump(credentials, to: &dumped)
        dump(token, to: &dumped)
        for secret in ["pass-word", "se-cret", "acc-ess", "ref-resh"] { #expect(!dumped.contains(secret)) }
    }

    @Test("many callers without a token share one log-in")
    func singleFlight() async throws {
        let org = try ScriptedOrg()
        let session = org.session()
        let tokens = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<50 { group.addTask { try await session.token().accessToken } }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(tokens == ["token-1"] && org.logins.count == 1)
    }

    @Test("after a 401 the token is renewed once for everybody and each call is repeated")
    func refreshOnce() async throws {
        let org = try ScriptedOrg { request in
            request.header("Authorization") == "Bearer token-1"
                ? ScriptedOrg.error("INVALID_SESSION_ID", "Session expired or invalid", status: 401)
                : ScriptedOrg.json(#"{"sobjects":[]}"#)
        }
        let client = org.client()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<20 { group.addTask { _ = try await client.describeGlobal() } }
            try await group.waitForAll()
        }
        #expect(org.logins.count == 2)
        #expect(org.requests.filter { $0.header("Authorization") == "Bearer token-2" }.count == 20)
    }

    @Test("a call whose renewed token is refused too fails and is not repeated for ever")
    func refusedTwice() async throws {
        let org = try ScriptedOrg { _ in ScriptedOrg.error("INVALID_SESSION_ID", "Session expired or invalid", status: 401) }
        let error = await failure { _ = try await org.client().describeGlobal() }
        #expect(error?.code == "INVALID_SESSION_ID" && error?.retry == .refreshSession)
        #expect(org.requests.count == 2 && org.logins.count == 2)
    }

    @Test("a rotated refresh token is saved before anybody gets the access token that came with it")
    func rotation() async throws {
        let org = try ScriptedOrg(login: { number, form in
            form.contains("refresh_token=r\(number - 1)&")
                ? ScriptedOrg.token(number, host: "h", refreshToken: "r\(number)")
                : ScriptedOrg.json(#"{"error":"invalid_grant","error_description":"expired access/refresh token"}"#, status: 400)
        })
        let saved = Mutex<[SalesforceCredentials]>([])
        let store = SalesforceSession.CredentialStore(save: { credentials in saved.withLock { $0.append(credentials) } }, load: { nil })
        let session = org.session(.refreshToken(token: "r0", clientID: "id", secret: nil), store: store)
        let first = try await session.token()
        #expect(saved.withLock { $0 } == [.refreshToken(token: "r1", clientID: "id", secret: nil)])
        let second = try await session.token(replacing: first.accessToken)
        #expect(second.accessToken == "token-2")
        #expect(saved.withLock { $0.last } == .refreshToken(token: "r2", clientID: "id", secret: nil))
    }

    @Test("a rotated refresh token that could not be saved is saved before the next renewal")
    func rotationUnsaved() async throws {
        let org = try ScriptedOrg(login: { number, _ in ScriptedOrg.token(number, host: "h", refreshToken: "r\(number)") })
        let saved = Mutex<[SalesforceCredentials]>([])
        let attempts = Mutex(0)
        let store = SalesforceSession.CredentialStore(
            save: { credentials in
                let attempt = attempts.withLock { attempts -> Int in
                    attempts += 1
                    return attempts
                }
                if attempt == 1 { throw Unsaved() }
                saved.withLock { $0.append(credentials) }
            }, load: { nil })
        let session = org.session(.refreshToken(token: "r0", clientID: "id", secret: nil), store: store)
        await #expect(throws: Unsaved.self) { try await session.token() }
        #expect(try await session.token().accessToken == "token-2")
        #expect(saved.withLock { $0.first } == .refreshToken(token: "r1", clientID: "id", secret: nil))
        #expect(org.logins[1].contains("refresh_token=r1&"))
    }

    @Test("when another process has rotated the token, the stored one is used instead of giving up")
    func rotatedElsewhere() async throws {
        let org = try ScriptedOrg(login: { number, form in
            form.contains("refresh_token=new&")
                ? ScriptedOrg.token(number, host: "h")
                : ScriptedOrg.json(#"{"error":"invalid_grant","error_description":"expired access/refresh token"}"#, status: 400)
        })
        let store = SalesforceSession.CredentialStore(save: { _ in }, load: { .refreshToken(token: "new", clientID: "id", secret: nil) })
        let session = org.session(.refreshToken(token: "old", clientID: "id", secret: nil), store: store)
        #expect(try await session.token().accessToken == "token-2")
    }

    @Test("credentials that were refused for good are not sent again until they are replaced")
    func rejection() async throws {
        let org = try ScriptedOrg(login: { number, form in
            form.contains("password=right")
                ? ScriptedOrg.token(number, host: "h")
                : ScriptedOrg.json(
                    #"{"error":"invalid_grant","error_description":"authentication failure - Invalid Password"}"#, status: 400)
        })
        let session = org.session(.password(username: "u", password: "wrong", clientID: "id", secret: "s"))
        for _ in 0..<3 {
            let error = await failure { _ = try await session.token() }
            #expect(error?.retry == .needsAuthorization)
        }
        #expect(org.logins.count == 1)
        await session.replace(credentials: .password(username: "u", password: "right", clientID: "id", secret: "s"))
        #expect(try await session.token().accessToken == "token-2")
    }

    @Test("the identity document is read, with a new token if the old one is refused")
    func identity() async throws {
        let org = try ScriptedOrg { request in
            request.header("Authorization") == "Bearer token-1"
                ? RawAnswer(403, "Bad_OAuth_Token")
                : ScriptedOrg.json(
                    #"{"user_id":"005xx","organization_id":"00Dxx","username":"u@x","display_name":"U X","email":null,"status":{}}"#)
        }
        let identity = try await org.session().identity()
        #expect(identity.username == "u@x" && identity.displayName == "U X" && identity.email == nil)
    }

    @Test("the web server flow sends PKCE's challenge and later its verifier")
    func webServerFlow() async throws {
        let org = try ScriptedOrg()
        let oauth = OAuthClient(loginURL: org.server.url + "/", http: org.http)
        // The pair of RFC 7636, appendix B.
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
        let url = try oauth.authorizationURL(clientID: "id", redirectURI: "https://s/callback", state: "st", verifier: verifier)
        #expect(
            url.hasPrefix(
                org.server.url + "/services/oauth2/authorize?response_type=code&client_id=id&redirect_uri=https%3A%2F%2Fs%2Fcallback"))
        #expect(url.hasSuffix("&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256"))
        _ = try await oauth.token(code: "aPrx", clientID: "id", secret: nil, redirectURI: "https://s/callback", verifier: verifier)
        #expect(org.logins.first?.hasSuffix("&code_verifier=" + verifier) == true)
    }
}

private struct Unsaved: Error {}

private struct Claims: Decodable, Equatable {
    let iss: String
    let sub: String
    let aud: String
    let exp: Int
}
