import Catalog
import Eventually
import Foundation
import HTTPTransport
import HTTPTypes
import JobQueue
import Postgres
import RawHTTPServer
import Salesforce
import SandboxOrg
import Secrets
import SignInTestKey
import SyncWorld
import Synchronization
import TestDatabase
import Testing

@testable import Cluster

@Suite("One access token for all processes", .timeLimit(.minutes(20)))
struct SharedSessionTests {
    @Test("sixteen processes on a rotating org that ends all sessions every two seconds refresh once each time, and reuse no token")
    func shortLived() async throws {
        try await SessionWorld.with { world in
            let expiries = Counter()
            let elapsed = try await world.work(for: .seconds(9)) {
                try await Task.sleep(for: .seconds(2))
                expiries.add()
                try await world.sandbox("/sandbox/expire-sessions")
            }
            let (requests, reuses) = try await world.tokenRequests()
            #expect(reuses == 0)
            #expect(requests >= 4 && requests <= 1 + expiries.value, "\(requests) token requests in \(elapsed)")
        }
    }

    @Test("where it is known that sessions live two seconds, they are renewed before their end, once for all")
    func renewedBeforeTheEnd() async throws {
        try await SessionWorld.with(sessionSeconds: 2) { world in
            _ = try await world.process().client(of: world.connection()).session.token()
            try await world.catalog.keepSessionLifetime(world.connectionID, .seconds(2), of: 2)
            let elapsed = try await world.work(for: .seconds(9)) { try await Task.sleep(for: .seconds(1)) }
            let (requests, reuses) = try await world.tokenRequests()
            #expect(reuses == 0)
            // Between 1.7 and 1.8 seconds after it was given, whoever needs it first renews a token.
            #expect(requests >= 4 && requests <= 2 + Int(elapsed / Duration.milliseconds(1700)), "\(requests) token requests in \(elapsed)")
        }
    }

    @Test("with a token that lives long, all processes together ask for one in the whole run, however often clients are made")
    func longLived() async throws {
        try await SessionWorld.with { world in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<16 {
                    let process = world.process()
                    for _ in 0..<10 {
                        group.addTask { _ = try await process.client(of: world.connection()).describe("Account") }
                    }
                }
                try await group.waitForAll()
            }
            let (requests, reuses) = try await world.tokenRequests()
            #expect(requests == 1 && reuses == 0)
        }
    }

    @Test("when every session is ended at once, one process refreshes for all")
    func allRefused() async throws {
        try await SessionWorld.with { world in
            let processes = (0..<16).map { _ in world.process() }
            for process in processes { _ = try await process.client(of: world.connection()).describe("Account") }
            for round in 2...4 {
                try await world.sandbox("/sandbox/expire-sessions")
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for process in processes {
                        group.addTask { _ = try await process.client(of: world.connection()).describe("Account") }
                    }
                    try await group.waitForAll()
                }
                let (requests, reuses) = try await world.tokenRequests()
                #expect(requests == round && reuses == 0)
            }
        }
    }

    @Test("what is kept is sealed, and the refresh token is kept in the same transaction as the access token that came with it")
    func sealed() async throws {
        try await SessionWorld.with { world in
            let before = try await world.connection().credentialsSealed
            let token = try await world.process().client(of: world.connection()).session.token()
            let rows = try await world.pool.query(
                """
                SELECT s.token_sealed, c.credentials_sealed, s.xmin::text = c.xmin::text AS is_one_transaction
                FROM sluice.salesforce_sessions s JOIN sluice.connections c ON c.id = s.connection_id
                """)
            let (sealed, credentials): (String, String) = (try rows[0].decode("token_sealed"), try rows[0].decode("credentials_sealed"))
            #expect(try rows[0].decode("is_one_transaction", as: Bool.self))
            #expect(sealed.hasPrefix("v1.") && !sealed.contains(token.accessToken) && credentials != before)
            let opened: OAuthToken = try CredentialSeal.open(token: sealed, of: world.connectionID, key: world.key)
            #expect(opened.accessToken == token.accessToken && opened.refreshToken == nil)
        }
    }

    @Test("a process that dies after its request was sent leaves its mark; another takes over once the lease has lapsed")
    func deadHolder() async throws {
        try await SessionWorld.with { world in
            let catalog = world.catalog
            guard case .begun = try await catalog.beginRenewal(world.connectionID, replacing: 1, by: "the dead", takingOver: nil)
            else { throw SyncWorldError(message: "no lease") }
            let waiter = Task { try await world.process().client(of: world.connection()).session.token() }
            try await world.pool.run(
                "UPDATE sluice.salesforce_sessions SET renewal_expires_at = sluice.clock() - interval '1 second'")
            _ = try await waiter.value
            let row = try await world.pool.query("SELECT generation, renewal_id, interrupted_at FROM sluice.salesforce_sessions")[0]
            #expect(try row.decode("generation", as: Int.self) == 2)
            // What was interrupted is mended: the refresh token was still good.
            #expect(try row.decodeIfPresent("renewal_id", as: UUID.self) == nil)
            #expect(try row.decodeIfPresent("interrupted_at", as: Date.self) == nil)
        }
    }

    @Test("when the dead process had used up the refresh token, it is never sent again: the refusal says so, and authorizing anew mends it")
    func lostRefreshToken() async throws {
        try await SessionWorld.with { world in
            try await world.loseAnswer(of: "process 7 on red")
            let process = world.process()
            for _ in 0..<3 {
                do {
                    _ = try await process.client(of: world.connection()).session.token()
                    Issue.record("a spent refresh token was taken")
                } catch let error as SalesforceError {
                    #expect(error.retry == .needsAuthorization && error.code == "invalid_grant")
                    #expect(error.message.contains("a renewal that process 7 on red began at") && error.message.contains("it was not sent"))
                    #expect(error.message.contains("authorize the connection again"))
                }
            }
            #expect(try await world.tokenRequests() == (1, 0))
            try await world.authorize(try await world.newRefreshToken())
            _ = try await process.client(of: world.connection()).describe("Account")
        }
    }

    @Test(
        "where the app has a certificate, a lost refresh token is survived: the connection goes on with a JWT, and nobody has to do anything"
    )
    func survived() async throws {
        try await SessionWorld.with(certificate: SignInTestKey.publicPEM) { world in
            try await world.catalog.storeIdentity(world.connectionID, username: "admin@sandbox.example", userInfo: "{}")
            try await world.loseAnswer(of: "process 7 on red")
            let processes = (0..<4).map { _ in world.process(jwtKey: SignInTestKey.pem) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for process in processes { group.addTask { _ = try await process.client(of: world.connection()).describe("Account") } }
                try await group.waitForAll()
            }
            // The one whose answer was lost, and the JWT.
            #expect(try await world.tokenRequests() == (2, 0))
            let kept: SalesforceCredentials = try CredentialSeal.open(try await world.connection(), key: world.key)
            #expect(kept.description == "JWT for admin@sandbox.example")
            try await world.sandbox("/sandbox/expire-sessions")
            for process in processes { _ = try await process.client(of: world.connection()).describe("Account") }
            #expect(try await world.tokenRequests() == (3, 0))
        }
    }

    @Test("an interrupted renewal that had not reached Salesforce is found out by asking: the refresh token is good, and is used once")
    func notSpent() async throws {
        try await SessionWorld.with(certificate: SignInTestKey.publicPEM) { world in
            try await world.interrupt("process 7 on red")
            _ = try await world.process(jwtKey: SignInTestKey.pem).client(of: world.connection()).describe("Account")
            #expect(try await world.tokenRequests() == (1, 0))
            let kept: SalesforceCredentials = try CredentialSeal.open(try await world.connection(), key: world.key)
            #expect(kept.description == "refresh token")
        }
    }

    @Test("an org that does not say whether a refresh token is good gets it, since there is no other way, and the refusal says so")
    func noIntrospection() async throws {
        try await SessionWorld.with { world in
            try await world.sandbox(
                "/sandbox/trouble", #"{"kind":"status","status":403,"path_prefix":"/services/oauth2/introspect","count":10}"#)
            try await world.interrupt("process 7 on red")
            _ = try await world.process().client(of: world.connection()).describe("Account")
            #expect(try await world.tokenRequests() == (1, 0))
            try await world.sandbox("/sandbox/expire-sessions")
            try await world.loseAnswer(of: "process 8 on red")
            do {
                _ = try await world.process().client(of: world.connection()).describe("Account")
                Issue.record("a spent refresh token was taken")
            } catch let error as SalesforceError {
                #expect(error.retry == .needsAuthorization && error.message.contains("a renewal that process 8 on red began at"))
            }
            #expect(try await world.tokenRequests().reuses == 1)
        }
    }

    @Test("an authorization replaces everything: a refresh under way with the old credentials changes nothing, and clients switch")
    func authorizedMeanwhile() async throws {
        let (asked, hold) = (Counter(), DispatchSemaphore(value: 0))
        let server = try RawHTTPServer { connection in
            while let request = try connection.readRequest() {
                asked.add()
                hold.wait()
                try connection.write(
                    RawAnswer(
                        200, headers: [("Content-Type", "application/json")],
                        """
                        {"access_token":"00Dxx!old","instance_url":"http://\(request.header("Host") ?? "")",\
                        "id":"http://x/id/00Dxx0000001gPL/005Hs00000BkK19IAF","refresh_token":"5Aep861old"}
                        """
                    ).bytes)
            }
        }
        try await SessionWorld.with { world in
            let good = world.credentials
            try await world.authorize(.refreshToken(token: "r0", clientID: "id", secret: nil), loginURL: server.url)
            let old = world.process()
            let oldClient = try await old.client(of: world.connection())
            let waiter = Task { try await oldClient.session.token() }
            try await eventually { asked.value == 1 }
            try await world.authorize(good)
            hold.signal()
            // What the old host answered is not kept, and the new credentials go to the new host only, though an old client asks.
            #expect(try await waiter.value.instanceURL == world.org.url)
            #expect(asked.value == 1)
            let stored: SalesforceCredentials = try CredentialSeal.open(try await world.connection(), key: world.key)
            guard case .refreshToken(let kept, "sandbox-client", _) = stored else { throw SyncWorldError(message: "\(stored)") }
            #expect(kept != "5Aep861old")
            _ = try await old.client(of: world.connection()).describe("Account")
            #expect(try await world.tokenRequests() == (1, 0))
        }
    }

    @Test("a login that fails for a while never holds against the connection: 5xx, 429, a page, no answer, a rate limit")
    func troubleAtLogin() async throws {
        try await SessionWorld.with { world in
            let troubles = [
                #"{"kind":"status","status":503,"path_prefix":"/services/oauth2/token"}"#,
                #"{"kind":"status","status":429,"code":"invalid_client","path_prefix":"/services/oauth2/token"}"#,
                #"{"kind":"html","status":200,"path_prefix":"/services/oauth2/token"}"#,
                #"{"kind":"close","path_prefix":"/services/oauth2/token"}"#,
                #"{"kind":"status","status":400,"code":"rate_limit_exceeded","message":"login rate exceeded","path_prefix":"/services/oauth2/token"}"#,
            ]
            let process = world.process()
            for trouble in troubles {
                try await world.sandbox("/sandbox/trouble", trouble)
                do {
                    _ = try await process.client(of: world.connection()).session.token()
                    Issue.record("logged in through \(trouble)")
                } catch let error as SalesforceError {
                    #expect(error.retry == .backOff, "\(trouble): \(error)")
                }
            }
            _ = try await process.client(of: world.connection()).describe("Account")
            #expect(try await world.tokenRequests().reuses == 0)
        }
    }

    @Test("a control database that is away when the rotated refresh token is to be saved is waited for, and nobody else asks meanwhile")
    func databaseAway() async throws {
        try await SessionWorld.with { world in
            try await world.pool.run(
                """
                CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'away' USING ERRCODE = '57P03'; END $$;
                """)
            try await world.pool.run(
                """
                CREATE TRIGGER refuse BEFORE UPDATE ON sluice.salesforce_sessions FOR EACH ROW
                WHEN (NEW.token_sealed IS NOT NULL) EXECUTE FUNCTION refuse()
                """)
            let waiters = (0..<4).map { _ in
                let process = world.process()
                return Task { try await process.client(of: world.connection()).session.token().accessToken }
            }
            try await eventually { try await world.tokenRequests().requests == 1 }
            // The lease lapses while its holder is alive with the answer.
            try await world.pool.run("UPDATE sluice.salesforce_sessions SET renewal_expires_at = sluice.clock() - interval '1 second'")
            try await world.pool.run("DROP TRIGGER refuse ON sluice.salesforce_sessions")
            var tokens: Set<String> = []
            for waiter in waiters { tokens.insert(try await waiter.value) }
            #expect(tokens.count == 1)
            #expect(try await world.tokenRequests() == (1, 0))
        }
    }

    @Test("the length of the org's sessions is learnt with the first renewal, and tokens are renewed before they end from then on")
    func learntLifetime() async throws {
        try await SessionWorld.with(sessionSeconds: 1000) { world in
            let client = try await world.process().client(of: world.connection())
            _ = try await client.describe("Account")
            try await world.sandbox("/sandbox/expire-sessions")
            _ = try await client.describe("Account")
            try await eventually { try await world.count("sluice.salesforce_sessions WHERE session_seconds = 1000") == 1 }
            #expect(
                try await world.count(
                    "sluice.salesforce_sessions WHERE expires_at - issued_at = interval '1000 seconds' AND generation = 3") == 1)
            try await world.pool.run("UPDATE sluice.salesforce_sessions SET expires_at = sluice.clock() + interval '60 seconds'")
            _ = try await world.process().client(of: world.connection()).describe("Account")
            try await eventually { try await world.count("sluice.salesforce_sessions WHERE generation = 4") == 1 }
            #expect(try await world.tokenRequests() == (3, 0))
        }
    }
}

/// A count that tests share with a server's threads.
private final class Counter: Sendable {
    private let count = Mutex(0)

    var value: Int { count.withLock { $0 } }

    func add() { count.withLock { $0 += 1 } }
}

/// A rotating org, and a connection that is authorized there by a refresh token.
private struct SessionWorld: Sendable {
    let org: SandboxServer
    let database: TestDatabase
    let pool: PostgresPool
    let catalog: CatalogStore
    let connectionID: UUID
    let key: SealingKey
    let credentials: SalesforceCredentials
    let http: HTTPClient
    /// Token requests before the test began.
    let before: Int

    static func with(sessionSeconds: Int = 7200, certificate: String? = nil, _ body: (SessionWorld) async throws -> Void) async throws {
        var options = SandboxOptions()
        options.rows = ["Account": 10]
        options.rotatesRefreshTokens = true
        options.sessionSeconds = sessionSeconds
        options.certificatePEM = certificate
        let org = try await SandboxServer.start(options)
        do {
            try await TestDatabase.with(migrations: JobQueue.migrations + CatalogStore.migrations) { database in
                try await body(try await make(org, database))
            }
        } catch {
            await org.stop()
            throw error
        }
        await org.stop()
    }

    private static func make(_ org: SandboxServer, _ database: TestDatabase) async throws -> SessionWorld {
        let pool = database.pool(size: 4)
        let catalog = CatalogStore(pool: pool)
        let key = try SealingKey(base64: Data(repeating: 7, count: 32).base64EncodedString())
        let connection = try await catalog.createConnection(
            NewConnection(appName: "test", target: .url(database.url), schemaName: "salesforce"), sealingKey: key)
        let http = HTTPClient()
        let refresh = try await refreshToken(org, http)
        let draft = SessionWorld(
            org: org, database: database, pool: pool, catalog: catalog, connectionID: connection.id, key: key, credentials: refresh,
            http: http, before: 0)
        try await draft.authorize(refresh)
        return SessionWorld(
            org: org, database: database, pool: pool, catalog: catalog, connectionID: connection.id, key: key, credentials: refresh,
            http: http, before: try await draft.tokenRequests().requests)
    }

    private static func refreshToken(_ org: SandboxServer, _ http: HTTPClient) async throws -> SalesforceCredentials {
        let form =
            "grant_type=password&client_id=sandbox-client&client_secret=sandbox-secret&username=admin@sandbox.example"
            + "&password=sandbox-password&scope=api%20refresh_token"
        let request = TransferRequest(
            method: .post, url: org.url + "/services/oauth2/token", headers: [.contentType: "application/x-www-form-urlencoded"],
            body: .bytes(Array(form.utf8)))
        let answer = try await http.perform(request)
        guard let token = try JSONDecoder().decode(OAuthToken.self, from: Data(answer.bytes)).refreshToken else {
            throw SyncWorldError(message: "no refresh token")
        }
        return .refreshToken(token: token, clientID: "sandbox-client", secret: "sandbox-secret")
    }

    func newRefreshToken() async throws -> SalesforceCredentials { try await Self.refreshToken(org, http) }

    func authorize(_ credentials: SalesforceCredentials, loginURL: String? = nil) async throws {
        try await catalog.storeAuthorization(
            connectionID,
            ConnectionAuthorization(
                sealedCredentials: try CredentialSeal.seal(credentials, for: connectionID, key: key), environment: "custom",
                loginURL: loginURL ?? org.url, instanceURL: org.url))
    }

    /// What a worker process has: its own clients, over a pool of its own.
    func process(jwtKey: String? = nil) -> SalesforceClients {
        SalesforceClients(
            transport: HTTPClientConfiguration(), catalog: CatalogStore(pool: database.pool(size: 1)), sealingKey: key, jwtKey: jwtKey,
            logger: TestDatabase.quietLogger)
    }

    /// A process dies after it has announced a renewal.
    func interrupt(_ process: String) async throws {
        let generation = try await catalog.sharedSession(connectionID).generation
        guard case .begun = try await catalog.beginRenewal(connectionID, replacing: generation, by: process, takingOver: nil) else {
            throw SyncWorldError(message: "no lease")
        }
        try await pool.run("UPDATE sluice.salesforce_sessions SET renewal_expires_at = sluice.clock() - interval '1 second'")
    }

    /// A process dies after Salesforce has rotated the refresh token, before the new one is saved.
    func loseAnswer(of process: String) async throws {
        try await interrupt(process)
        let credentials: SalesforceCredentials = try CredentialSeal.open(try await connection(), key: key)
        _ = try await OAuthClient(loginURL: org.url, http: http).token(credentials)
    }

    /// Sixteen processes with two jobs each call the org for so long, while something else happens again and again.
    ///
    /// - Returns: how long it took.
    func work(for duration: Duration, meanwhile disturb: @escaping @Sendable () async throws -> Void) async throws -> Duration {
        let start = ContinuousClock.now
        let clients = (0..<16).map { _ in process() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                while ContinuousClock.now - start < duration { try await disturb() }
            }
            for client in clients + clients {
                group.addTask {
                    while ContinuousClock.now - start < duration {
                        _ = try await client.client(of: connection()).describe("Account")
                        try await Task.sleep(for: .milliseconds(Int.random(in: 0...500)))
                    }
                }
            }
            try await group.waitForAll()
        }
        return .now - start
    }

    func connection() async throws -> Connection { try await catalog.connection(connectionID)! }

    func count(_ sql: String) async throws -> Int {
        try await pool.query(PostgresQuery(sql: "SELECT count(*) AS n FROM " + sql))[0].decode("n")
    }

    func tokenRequests() async throws -> (requests: Int, reuses: Int) {
        let answer = try await http.perform(TransferRequest(url: org.url + "/sandbox/stats"))
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let stats = try decoder.decode(Stats.self, from: Data(answer.bytes))
        return (stats.tokenRequests - before, stats.reusedRefreshTokens)
    }

    func sandbox(_ path: String, _ json: String? = nil) async throws {
        let answer = try await http.perform(
            TransferRequest(
                method: .post, url: org.url + path, headers: [.contentType: "application/json"],
                body: json.map { .bytes(Array($0.utf8)) } ?? .none))
        guard answer.status < 300 else { throw SyncWorldError(message: "\(path): \(String(decoding: answer.bytes, as: UTF8.self))") }
    }

    private struct Stats: Decodable {
        let tokenRequests: Int
        let reusedRefreshTokens: Int
    }
}
