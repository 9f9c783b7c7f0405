import Accounts
import Catalog
import Foundation
import HTTPTransport
import HTTPTypes
import JobQueue
import Postgres
import Secrets
import Testing
import WebServer

@testable import API

@Suite("What every route holds against attacks", .timeLimit(.minutes(20)))
struct SecurityWalkTests {
    @Test("no route that changes anything takes a session's word for what another site's page sends")
    func crossSite() async throws {
        try await Self.with { server, place, _ in
            let session = try await server.session(server.token)
            let before = try await Self.rows(server)
            for route in server.routes() where route.method != .get && route.gate != .anyone {
                for (name, value) in [(HTTPField.Name.origin, "https://evil.example"), (.secFetchSite, "cross-site")] {
                    var headers = session
                    headers[name] = value
                    headers[.contentType] = route.isPage ? "application/x-www-form-urlencoded" : "application/json"
                    let answer = try await server.send(
                        route.method, place.path(of: route.path), body: route.isPage ? "a=b" : "{}", headers: headers)
                    #expect(answer.status == 403, "\(route.method) \(route.path), \(name): \(answer.status)")
                }
            }
            #expect(try await Self.rows(server) == before)
        }
    }

    @Test(
        "no answer and no page tells a secret: of users, connections, outlets or the installation, nor one that came with the request itself"
    )
    func secrets() async throws {
        try await Self.with { server, place, secrets in
            let session = try await server.session(server.token)
            let cookie = try #require(session[.cookie]?.split(separator: "=", maxSplits: 1).last.map(String.init))
            let planted = secrets + [server.token, cookie]
            func check(_ answer: Server.Answer, _ what: String) {
                let told = answer.text + answer.headers.map(\.description).joined(separator: "\n")
                for secret in planted where told.contains(secret) { Issue.record("\(what) tells \(secret)") }
            }
            for route in server.routes() where route.method == .get && !route.path.hasSuffix("/stream") {
                for headers in [session, [.authorization: "Bearer \(server.token)"]] {
                    check(try await server.send(.get, place.path(of: route.path), headers: headers), "GET \(route.path)")
                }
            }
            // What is refused is not shown again either.
            let body = Self.given.map { "\"\($0.key)\":\"\($0.value)\"" }.joined(separator: ",")
            for route in server.routes() where route.method != .get && route.method != .delete && !route.isPage {
                let path = place.path(of: route.path)
                for text in [
                    "{\(body)}", "{\(body),\"grant\":\"none\",\"kind\":\"webhook\",\"target\":{\(body)}}", "{\(body)", "[{\(body)}]",
                ] {
                    let answer = try await server.send(route.method, path, body: text)
                    check(answer, "\(route.method.rawValue) \(route.path)")
                    for (key, secret) in Self.given where answer.text.contains(secret) {
                        Issue.record(
                            "\(route.method.rawValue) \(route.path) answers \(answer.status) with the \(key) it was given: \(answer.text)")
                    }
                }
            }
            let kept = try await server.pool.query(
                """
                SELECT coalesce(string_agg(t, ' '), '') AS kept FROM (
                    SELECT a::text FROM sluice.audit_trail a UNION ALL SELECT e::text FROM sluice.events e
                    UNION ALL SELECT n::text FROM sluice.notifications n UNION ALL SELECT o::text FROM sluice.outlets o
                    UNION ALL SELECT u::text FROM sluice.users u UNION ALL SELECT k::text FROM sluice.api_tokens k
                    UNION ALL SELECT s::text FROM sluice.sessions s UNION ALL SELECT c::text FROM sluice.connections c
                ) AS rows(t)
                """)[0].decode("kept", as: String.self)
            for secret in planted + Self.given.map(\.value) where secret != Self.passwordHash && kept.contains(secret) {
                Issue.record("the database keeps \(secret)")
            }
        }
    }

    @Test("a session that somebody laid on a browser before the sign-in is not the one that the sign-in gives")
    func fixation() async throws {
        try await Self.with { server, _, _ in
            let attacker = try await server.session(server.token)
            let (_, token) = try await server.store.addUser(email: "victim@example.com", app: "shop", role: .viewer)
            let victim = try await server.session(token, presenting: attacker)
            #expect(victim[.cookie] != attacker[.cookie])
            // The attacker's cookie is no way to what the victim may do.
            let seen = try await server.send(.get, "/api/v3/users/me", headers: attacker)
            #expect(seen.status == 401 || seen.json["email"] == "ann@example.com", "\(seen.text)")
            let made: HTTPFields = [.cookie: "sluice_session=chosen-by-somebody", .accept: "text/html"]
            let own = try await server.session(token, presenting: made)
            #expect(own[.cookie]?.contains("chosen-by-somebody") == false)
        }
    }

    @Test("tokens and sessions are found by their hashes, so that no comparison's time tells how much of one was right")
    func comparisons() async throws {
        try await Self.with { server, _, _ in
            _ = try await server.session(server.token)
            let hash = try TokenHash(of: server.token).hex
            let columns = try await server.pool.query(
                """
                SELECT table_name || '.' || column_name AS name FROM information_schema.columns
                WHERE table_schema = 'sluice' AND table_name IN ('api_tokens', 'sessions', 'sign_ins') AND column_name ~ 'token|secret|hash|state|key'
                """
            ).map { try $0.decode("name", as: String.self) }
            #expect(
                columns.allSatisfy { $0.hasSuffix("_hash") || $0.hasSuffix("_sealed") || $0.hasSuffix("_id") || $0.hasSuffix(".key") },
                "\(columns)")
            #expect(try await server.pool.query("SELECT FROM sluice.api_tokens t WHERE t::text LIKE \("%" + hash + "%")").count == 1)
            // Of one character that differs, wherever it stands, nothing is the same any more.
            for position in [4, server.token.count / 2, server.token.count - 1] {
                var wrong = Array(server.token)
                wrong[position] = wrong[position] == "A" ? "B" : "A"
                let other = try TokenHash(of: String(wrong)).hex
                #expect(zip(hash, other).filter { $0 == $1 }.count < hash.count / 4)
                #expect(
                    try await server.send(.get, "/api/v3/connections", headers: [.authorization: "Bearer \(String(wrong))"]).status == 401)
            }
        }
    }

    // MARK: -

    /// Secrets as a client gives them with a request.
    private static let given = [
        "password": "given-pass-7f1", "current_password": "given-pass-7f2", "client_secret": "given-secret-7f3",
        "refresh_token": "given-refresh-7f4",
        "private_key": "given-key-7f5", "database_url": "postgres://u:given-pass-7f6@host:port/db", "secret": "whsec_given7f7",
        "address": "https://10.0.0.1/given-7f8?token=given-7f9", "code": "given-code-7fa", "token": "given-token-7fb",
    ]

    /// How the hash of a password begins; the table of users holds it, and nothing else.
    private static let passwordHash = "scrypt$"

    private struct Place {
        let values: [String: String]

        func path(of template: String) -> String {
            template.split(separator: "/", omittingEmptySubsequences: false).map { part in
                part.hasPrefix(":") ? values[String(part.dropFirst())] ?? UUID().text : String(part)
            }.joined(separator: "/")
        }
    }

    /// An administrator's server with a connection, a mapping, an outlet, a user with a password, and the secrets of them all.
    private static func with(_ body: @Sendable (Server, Place, [String]) async throws -> Void) async throws {
        let app = ExternalClientApp(clientID: "installation-app", secret: "planted-app-secret")
        let variables = ["SECRET_URL": "postgres://sluice:planted-db-pass@127.0.0.1:1/db"]
        try await Server.with(environment: variables, app: app) { server in
            try await server.store.setAdministrator(email: "ann@example.com", true)
            let connection = try await server.connection()
            try await server.store.storeAuthorization(
                connection.id,
                ConnectionAuthorization(
                    sealedCredentials: CredentialSeal.seal(
                        ["token": "planted-refresh", "secret": "planted-client-secret"], for: connection.id, key: server.key),
                    environment: "production", loginURL: "https://login.example", instanceURL: "https://org.example", username: "int@org",
                    organizationID: "00D000000000001AAA", userInfo: #"{"user_id":"005"}"#))
            let other = try await server.store.createConnection(
                NewConnection(
                    appName: "shop", target: .url("postgres://sluice:planted-url-pass@127.0.0.1:1/db"), schemaName: "other"),
                sealingKey: server.key)
            let mapping = try await server.mapping(connection)
            let job = try #require(try await server.queue.enqueue([NewJob.poll(mapping, requestedBy: "test")])[0])
            let outlet = try await server.post(
                "/api/v3/connections/\(connection.id.text)/outlets",
                #"{"kind":"webhook","address":"https://hooks.example.com/planted-path?k=planted-query","events":["notification"]}"#)
            let user = try await server.post("/api/v3/users", #"{"email":"vera@example.com","password":"planted password of vera"}"#)
            let token = try await server.post("/api/v3/users/me/tokens", #"{"name":"planted"}"#)
            let values = [
                "connection": connection.id.text, "mapping": mapping.id.text, "app": "shop", "job": String(job),
                "outlet": outlet.json["id"]?.string ?? "", "user": user.json["id"]?.string ?? "",
            ]
            #expect(values.values.allSatisfy { !$0.isEmpty } && other.name.isEmpty == false)
            let told = [outlet.json["secret"]?.string, token.json["token"]?.string].compactMap(\.self)
            #expect(told.count == 2, "\(token.text)")
            try await body(
                server, Place(values: values),
                told + [
                    "planted-app-secret", "planted-db-pass", "planted-refresh", "planted-client-secret", "planted-url-pass",
                    "planted-query",
                    "planted password of vera", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", Self.passwordHash,
                ])
        }
    }

    /// How many rows each table holds, but for what merely notes that somebody was here.
    private static func rows(_ server: Server) async throws -> [String] {
        try await server.pool.query(
            """
            SELECT format('connections %s, mappings %s, outlets %s, jobs %s, users %s, tokens %s, access %s, states %s',
                (SELECT count(*) FROM sluice.connections), (SELECT count(*) FROM sluice.mappings), (SELECT count(*) FROM sluice.outlets),
                (SELECT count(*) FROM sluice.all_jobs), (SELECT count(*) FROM sluice.users), (SELECT count(*) FROM sluice.api_tokens),
                (SELECT count(*) FROM sluice.access), (SELECT string_agg(state, ',') FROM sluice.connections)) AS rows
            """
        ).map { try $0.decode("rows") }
    }
}
