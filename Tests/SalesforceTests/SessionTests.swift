import Dispatch
import Eventually
import Foundation
import HTTPTransport
import RawHTTPServer
import Salesforce
import Secrets
import SignInTestKey
import Synchronization
import Testing

@Suite("OAuth and the session", .timeLimit(.minutes(20)))
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
            .jwt(username: "u@x", clientID: "id", privateKeyPEM: SignInTestKey.pem, audience: "https://login.salesforce.com"))
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
            ("unauthorized_client", "this client may not use this grant", .needsAuthorization),
            ("invalid_grant", "ip restricted", .needsAuthorization), ("inactive_org", "inactive organization", .needsAuthorization),
            ("rate_limit_exceeded", "login rate exceeded", .backOff), ("invalid_grant", "login rate exceeded", .backOff),
            ("unknown_error", "retry your request", .backOff), ("server_error", "maintenance", .backOff),
        ])
    func oauthErrors(code: String, description: String, retry: RetryClass) async throws {
        let org = try ScriptedOrg(login: { _, _ in
            ScriptedOrg.json(#"{"error":"\#(code)","error_description":"\#(description)"}"#, status: 400)
        })
        let error = await failure { _ = try await org.session().token() }
        #expect(error?.code.rawValue == code && error?.message == description && error?.retry == retry && error?.httpStatus == 400)
    }

    @Test("a server in trouble says nothing about the credentials, whatever code it gives", arguments: [408, 420, 429, 500, 502, 503])
    func oauthTrouble(status: Int) async throws {
        for code in ["invalid_client", "inactive_org", "access_denied"] {
            let org = try ScriptedOrg(login: { _, _ in
                ScriptedOrg.json(#"{"error":"\#(code)","error_description":"try again"}"#, status: status)
            })
            let error = await failure { _ = try await org.session().token() }
            #expect(error?.code.rawValue == code && error?.retry == .backOff)
        }
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

    @Test("a rotated refresh token replaces the one that was sent, for the next renewal too")
    func rotation() async throws {
        let org = try ScriptedOrg(login: { number, form in
            form.contains("refresh_token=r\(number - 1)&")
                ? ScriptedOrg.token(number, host: "h", refreshToken: "r\(number)")
                : ScriptedOrg.json(#"{"error":"invalid_grant","error_description":"expired access/refresh token"}"#, status: 400)
        })
        let store = LocalTokenStore(.refreshToken(token: "r0", clientID: "id", secret: nil), loginURL: org.server.url)
        let session = org.session(store: store)
        let first = try await session.token()
        #expect(await store.credentials == .refreshToken(token: "r1", clientID: "id", secret: nil))
        let second = try await session.token(replacing: first.accessToken)
        #expect(second.accessToken == "token-2" && second.refreshToken == nil)
        #expect(await store.credentials == .refreshToken(token: "r2", clientID: "id", secret: nil))
    }

    @Test("a rotated refresh token that cannot be saved is saved before anybody gets the access token, and asked for once")
    func rotationUnsaved() async throws {
        let org = try ScriptedOrg(login: { number, _ in ScriptedOrg.token(number, host: "h", refreshToken: "r\(number)") })
        let store = UnreliableStore(
            LocalTokenStore(.refreshToken(token: "r0", clientID: "id", secret: nil), loginURL: org.server.url), failures: 3)
        #expect(try await org.session(store: store).token().accessToken == "token-1")
        #expect(await store.local.credentials == .refreshToken(token: "r1", clientID: "id", secret: nil))
        #expect(store.failures.withLock { $0 } == 0)
        #expect(org.logins.count == 1)
    }

    @Test("credentials that were refused for good are not sent again until they are replaced")
    func rejection() async throws {
        let org = try ScriptedOrg(login: { number, form in
            form.contains("password=right")
                ? ScriptedOrg.token(number, host: "h")
                : ScriptedOrg.json(
                    #"{"error":"invalid_grant","error_description":"authentication failure - Invalid Password"}"#, status: 400)
        })
        let store = LocalTokenStore(.password(username: "u", password: "wrong", clientID: "id", secret: "s"), loginURL: org.server.url)
        let session = org.session(store: store)
        for _ in 0..<3 {
            let error = await failure { _ = try await session.token() }
            #expect(error?.retry == .needsAuthorization)
        }
        #expect(org.logins.count == 1)
        await store.replace(.password(username: "u", password: "right", clientID: "id", secret: "s"))
        #expect(try await session.token().accessToken == "token-2")
    }

    @Test("who is cancelled waits no longer for a log-in that hangs, and the others go on waiting for the same one")
    func cancelledWaiter() async throws {
        let asked = Mutex(0)
        let release = DispatchSemaphore(value: 0)
        let server = try RawHTTPServer { connection in
            while let request = try connection.readRequest() {
                asked.withLock { $0 += 1 }
                release.wait()
                try connection.write(ScriptedOrg.token(1, host: request.header("Host") ?? "").bytes)
            }
        }
        let http = HTTPClient(configuration: HTTPClientConfiguration(proxy: .none))
        let session = SalesforceSession(
            credentials: .refreshToken(token: "r0", clientID: "id", secret: nil), loginURL: server.url, http: http)
        let (first, second) = (Task { try await session.token() }, Task { try await session.token() })
        try await eventually { asked.withLock { $0 } == 1 }
        let start = ContinuousClock.now
        first.cancel()
        await #expect(throws: CancellationError.self) { try await first.value }
        #expect(.now - start < .seconds(2))
        release.signal()
        #expect(try await second.value.accessToken == "token-1")
        #expect(asked.withLock { $0 } == 1)
    }

    @Test(
        "a log-in that hangs and that nobody waits for any more ends: at once, or after a moment where its answer may hold a refresh token",
        arguments: [
            (SalesforceCredentials.clientCredentials(clientID: "id", secret: "s"), Duration.seconds(2)),
            (.refreshToken(token: "r0", clientID: "id", secret: nil), .seconds(6)),
        ])
    func abandonedLogin(credentials: SalesforceCredentials, bound: Duration) async throws {
        let asked = Mutex(0)
        let ended = Mutex(0)
        let server = try RawHTTPServer { connection in
            _ = try connection.readRequest()
            asked.withLock { $0 += 1 }
            connection.waitForEnd()
            ended.withLock { $0 += 1 }
        }
        let http = HTTPClient(configuration: HTTPClientConfiguration(proxy: .none))
        let session = SalesforceSession(credentials: credentials, loginURL: server.url, http: http)
        let waiter = Task { try await session.token() }
        try await eventually { asked.withLock { $0 } == 1 }
        waiter.cancel()
        let start = ContinuousClock.now
        await #expect(throws: CancellationError.self) { try await waiter.value }
        #expect(.now - start < bound)
        try await eventually(timeout: bound) { ended.withLock { $0 } == 1 }
        // The lease was given back: the next one asks anew.
        let next = Task { try await session.token() }
        try await eventually { asked.withLock { $0 } == 2 }
        next.cancel()
        await session.close(within: .zero)
    }

    @Test("a log-in whose answer comes after everybody went away is kept for the next who asks")
    func answerNobodyWaitedFor() async throws {
        let asked = Mutex(0)
        let release = DispatchSemaphore(value: 0)
        let server = try RawHTTPServer { connection in
            while let request = try connection.readRequest() {
                let number = asked.withLock { asked -> Int in
                    asked += 1
                    return asked
                }
                release.wait()
                try connection.write(ScriptedOrg.token(number, host: request.header("Host") ?? "", refreshToken: "r\(number)").bytes)
            }
        }
        let http = HTTPClient(configuration: HTTPClientConfiguration(proxy: .none))
        let store = LocalTokenStore(.refreshToken(token: "r0", clientID: "id", secret: nil), loginURL: server.url)
        let session = SalesforceSession(store: store, http: http)
        let waiter = Task { try await session.token() }
        try await eventually { asked.withLock { $0 } == 1 }
        waiter.cancel()
        _ = await waiter.result
        release.signal()
        #expect(try await session.token().accessToken == "token-1")
        #expect(await store.credentials == .refreshToken(token: "r1", clientID: "id", secret: nil))
        #expect(asked.withLock { $0 } == 1)
    }

    @Test("a token whose end is known is renewed before it, by one request, while callers go on with the old one")
    func earlyRenewal() async throws {
        let org = try ScriptedOrg()
        let store = LocalTokenStore(.clientCredentials(clientID: "id", secret: "s"), loginURL: org.server.url)
        let session = org.session(store: store)
        #expect(try await session.token().accessToken == "token-1")
        await store.keep(lifetime: .seconds(2), of: 1)
        // The session learns of the end where it looks again.
        let other = org.session(store: store)
        try await eventually { try await other.token().accessToken == "token-2" }
        #expect(org.logins.count == 2)
        #expect(try await session.token(replacing: "token-1").accessToken == "token-2")
        #expect(org.logins.count == 2)
    }

    @Test("the identity document is read; a refused token is an error, not another log-in")
    func identity() async throws {
        let org = try ScriptedOrg { request in
            request.header("Authorization") == "Bearer bad"
                ? RawAnswer(403, "Bad_OAuth_Token")
                : ScriptedOrg.json(
                    #"{"user_id":"005xx","organization_id":"00Dxx","username":"u@x","display_name":"U X","email":null,"status":{},"utcOffset":-28800000,"photos":{"picture":"p"}}"#
                )
        }
        let oauth = OAuthClient(loginURL: org.server.url, http: org.http)
        func token(_ text: String) -> OAuthToken {
            OAuthToken(accessToken: text, instanceURL: org.server.url, identityURL: org.server.url + "/id/a/b")
        }
        let identity = try await oauth.identity(of: token("good"))
        #expect(identity.username == "u@x" && identity.displayName == "U X" && identity.email == nil)
        // Clients read the whole of it, also what nobody reads here.
        let kept = try #require(try JSONSerialization.jsonObject(with: JSONEncoder().encode(identity)) as? [String: Any])
        #expect(kept.count == 8 && kept["utcOffset"] as? Int == -28_800_000)
        #expect((kept["photos"] as? [String: String])?["picture"] == "p" && kept["email"] is NSNull)
        #expect(identity.document.contains("utcOffset"))
        let error = await failure { _ = try await oauth.identity(of: token("bad")) }
        #expect(error?.httpStatus == 403 && org.logins.isEmpty)
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

/// A store that cannot be reached for the first so many times that something is to be saved.
private final class UnreliableStore: TokenStore {
    private struct Unsaved: Error {}

    let local: LocalTokenStore
    let failures: Mutex<Int>

    init(_ local: LocalTokenStore, failures: Int) {
        self.local = local
        self.failures = Mutex(failures)
    }

    func publish(_ token: OAuthToken, credentials: SalesforceCredentials?, under lease: RenewalLease) async throws -> StoredToken? {
        let isUnreachable = failures.withLock { failures in
            failures -= 1
            return failures >= 0
        }
        if isUnreachable { throw Unsaved() }
        failures.withLock { $0 = 0 }
        return await local.publish(token, credentials: credentials, under: lease)
    }

    func current() async -> StoredToken { await local.current() }
    func begin(replacing generation: Int64, takingOver lapsed: UUID?) async -> RenewalStart {
        await local.begin(replacing: generation, takingOver: lapsed)
    }
    func extend(_ lease: RenewalLease) async { await local.extend(lease) }
    func release(_ lease: RenewalLease, because error: SalesforceError) async -> Bool { await local.release(lease, because: error) }
    func keep(lifetime: Duration, of generation: Int64) async { await local.keep(lifetime: lifetime, of: generation) }
}

private struct Claims: Decodable, Equatable {
    let iss: String
    let sub: String
    let aud: String
    let exp: Int
}
