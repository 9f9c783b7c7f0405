import API
import Accounts
import Catalog
import Foundation
import HTTPTransport
import HTTPTypes
import Postgres
import Secrets
import Synchronization
import TestDatabase
import Testing

@Suite("Sessions and tokens end")
struct SessionTests {
    private static func isIn(_ server: Server, _ headers: HTTPFields) async throws -> Bool {
        let answer = try await server.send(.get, "/", headers: headers)
        #expect(answer.status == 200 || answer.headers[.location] == "/login")
        return answer.status == 200
    }

    @Test("a cookie that was logged out is refused, in every process")
    func logout() async throws {
        try await Server.with { server in
            let headers = try await server.session(server.token)
            let other = try await server.session(server.token)
            #expect(try await Self.isIn(server, headers))
            let answer = try await server.send(.post, "/logout", headers: headers)
            #expect(answer.status == 303)
            #expect(answer.headers[.setCookie]?.contains("Max-Age=0") == true)
            #expect(try await !Self.isIn(server, headers))
            #expect(try await Self.isIn(server, other))
            try await Server.running(store: CatalogStore(pool: server.pool), key: server.key) { port in
                let second = server.on(port: port)
                let isFirstIn = try await Self.isIn(second, headers)
                #expect(!isFirstIn)
                let isOtherIn = try await Self.isIn(second, other)
                #expect(isOtherIn)
                _ = try await second.send(.post, "/logout", headers: other)
            }
            #expect(try await !Self.isIn(server, other))
        }
    }

    @Test("a session ends at the date inside its seal, whatever browser and database say")
    func sealedDate() async throws {
        let days = Mutex(0.0)
        try await Server.with(now: { Date() + days.withLock { $0 } * 86_400 }) { server in
            let headers = try await server.session(server.token)
            try await server.pool.run("UPDATE sluice.sessions SET expires_at = expires_at + interval '1 year'")
            days.withLock { $0 = 6.99 }
            #expect(try await Self.isIn(server, headers))
            days.withLock { $0 = 7.01 }
            #expect(try await !Self.isIn(server, headers))
        }
    }

    @Test("a session ends in the database too, and is swept up")
    func databaseDate() async throws {
        try await Server.with { server in
            let headers = try await server.session(server.token)
            try await server.pool.run("UPDATE sluice.sessions SET expires_at = sluice.clock()")
            #expect(try await !Self.isIn(server, headers))
            _ = try await server.session(server.token)
            #expect(try await server.pool.query("SELECT FROM sluice.sessions").count == 1)
        }
    }

    @Test("whoever signs in again has a new session; the one before is worth nothing")
    func rotation() async throws {
        try await Server.with { server in
            let first = try await server.session(server.token)
            let second = try await server.session(server.token, presenting: first)
            #expect(first[.cookie] != second[.cookie])
            #expect(try await !Self.isIn(server, first))
            #expect(try await Self.isIn(server, second))
        }
    }

    @Test("a cookie of the kind that sealed the token itself opens nothing")
    func formerCookie() async throws {
        try await Server.with { server in
            for context in ["dashboard.session", "dashboard.session:2"] {
                let sealed = try server.key.seal(Array(server.token.utf8), context: context)
                #expect(try await !Self.isIn(server, [.cookie: "sluice_session=\(sealed)", .accept: "text/html"]))
            }
        }
    }

    @Test("a revoked token is refused at once, and so are the sessions that it began; others go on")
    func revoked() async throws {
        try await Server.with { server in
            let (_, second) = try await server.store.addUser(email: "ann@example.com", app: "shop")
            let (first, other) = (try await server.session(server.token), try await server.session(second))
            let revoked = try await server.store.revokeTokens(email: "Ann@Example.com", id: APIToken.id(of: server.token))
            #expect(revoked.map(\.sessions) == [1])
            #expect(try await server.get("/api/v3/connections").status == 401)
            #expect(try await !Self.isIn(server, first))
            #expect(try await Self.isIn(server, other))
            let headers: HTTPFields = [.authorization: "Bearer \(second)"]
            #expect(try await server.send(.get, "/api/v3/connections", headers: headers).status == 200)
            #expect(try await server.store.revokeTokens(email: "ann@example.com").count == 1)
            #expect(try await server.send(.get, "/api/v3/connections", headers: headers).status == 401)
            #expect(try await !Self.isIn(server, other))
            #expect(try await server.store.tokens(email: "ann@example.com").isEmpty)
            #expect(try await server.send(.post, "/login", body: "token=\(second)", headers: [:]).status == 401)
        }
    }

    @Test("tokens are listed by an id, with when they were used, and never told")
    func listed() async throws {
        try await Server.with { server in
            let unused = try #require(try await server.store.tokens(email: "ann@example.com").first)
            #expect(unused.lastUsedAt == nil)
            _ = try await server.get("/api/v3/connections")
            _ = try await server.session(server.token)
            let token = try #require(try await server.store.tokens(email: "ann@example.com").first)
            #expect(try token.id == APIToken.id(of: server.token))
            #expect(token.id.count == 12)
            #expect(token.lastUsedAt != nil)
            #expect(token.sessions == 1)
            #expect(!server.token.contains(token.id))
            for (email, id) in [("nobody@example.com", nil), ("ann@example.com", "0123456789ab"), ("ann@example.com", "sluice_other")] {
                let error = await #expect(throws: CatalogError.self) { try await server.store.revokeTokens(email: email, id: id) }
                #expect(error?.code == .notFound)
            }
            for id in ["", "%", "short", "0123456789xy"] {
                let error = await #expect(throws: CatalogError.self) {
                    try await server.store.revokeTokens(email: "ann@example.com", id: id)
                }
                #expect(error?.code == .invalid)
            }
            #expect(try await server.store.tokens(email: "ann@example.com").count == 1)
        }
    }
}
