import Accounts
import Catalog
import Foundation
import HTTPTransport
import HTTPTypes
import Synchronization
import Testing

@testable import API
@testable import WebServer

@Suite("How often anybody may ask")
struct RequestRateTests {
    @Test("an allowance gives its burst at once and its rate after that, and says how long to wait")
    func bucket() throws {
        let clock = Mutex(Duration.zero)
        let rates = RequestRates(now: { clock.withLock { $0 } })
        let allowance = RateAllowance(burst: 3, perSecond: 0.5)
        for _ in 0..<3 { try rates.take("a", allowance, what: "x") }
        let error = #expect(throws: RateLimited.self) { try rates.take("a", allowance, what: "x") }
        #expect(error?.seconds == 2)
        try rates.take("b", allowance, what: "x")
        clock.withLock { $0 = .milliseconds(1900) }
        #expect(throws: RateLimited.self) { try rates.take("a", allowance, what: "x") }
        clock.withLock { $0 = .seconds(2) }
        try rates.take("a", allowance, what: "x")
        #expect(throws: RateLimited.self) { try rates.take("a", allowance, what: "x") }
        rates.giveBack("a", allowance)
        try rates.take("a", allowance, what: "x")
        clock.withLock { $0 = .seconds(1000) }
        for _ in 0..<3 { try rates.take("a", allowance, what: "x") }
        #expect(throws: RateLimited.self) { try rates.take("a", allowance, what: "x") }
    }

    @Test("however many come, memory is bounded")
    func bounded() throws {
        let rates = RequestRates(now: { .zero })
        for number in 0..<50_000 { try rates.take("\(number)", .perMinute(10), what: "x") }
        try rates.take("again", .perMinute(10), what: "x")
    }

    @Test("a token has its own limit, so have strangers by address; Retry-After says when, and health is answered in any case")
    func limited() async throws {
        try await Server.with(rates: RateLimits(requestsPerMinute: 5)) { server in
            for _ in 0..<5 { #expect(try await server.get("/api/v3/connections").status == 200) }
            let answer = try await server.get("/api/v3/connections")
            #expect(answer.status == 429 && answer.json["code"] == "rate_limited")
            #expect(answer.headers[.retryAfter].flatMap { Int($0) }.map { (1...12).contains($0) } == true)
            let (_, other) = try await server.store.addUser(email: "bob@example.com", app: "shop")
            #expect(try await server.send(.get, "/api/v3/connections", headers: [.authorization: "Bearer \(other)"]).status == 200)
            // Each a token of its own, none of them good: they are one stranger.
            var statuses: [Int] = []
            for number in 0..<7 {
                statuses.append(try await server.send(.get, "/api/v3/connections", headers: [.authorization: "Bearer x\(number)"]).status)
            }
            #expect(statuses == [401, 401, 401, 401, 401, 429, 429])
            #expect(try await server.send(.get, "/login", headers: [:]).status == 429)
            #expect(try await server.send(.get, "/healthz", headers: [:]).status == 200)
        }
    }

    @Test("failed sign-ins are limited by address and by account; who is right is not kept out by his own")
    func signIns() async throws {
        try await Server.with { server in
            _ = try await server.store.createAccount(email: "vera@example.com", password: "correct horse battery")
            func signIn(_ email: String, _ password: String) async throws -> Server.Answer {
                try await server.send(.post, "/login", body: "email=\(email)&password=\(password)", headers: [:])
            }
            for _ in 0..<12 { #expect(try await signIn("vera@example.com", "correct+horse+battery").status == 303) }
            for _ in 0..<10 { #expect(try await signIn("vera@example.com", "wrong").status == 401) }
            let answer = try await signIn("vera@example.com", "wrong")
            #expect(answer.status == 429 && answer.headers[.retryAfter] != nil)
            // Not even the right one tells whether it is, until then.
            #expect(try await signIn("vera@example.com", "correct+horse+battery").status == 429)
            for number in 0..<10 { #expect(try await server.send(.post, "/login", body: "token=x\(number)", headers: [:]).status == 401) }
            #expect(try await server.send(.post, "/login", body: "token=\(server.token)", headers: [:]).status == 429)
        }
    }

    @Test("behind proxies the client's address is what they say, and what clients write themselves counts for nothing")
    func addresses() async throws {
        try await Server.with(rates: RateLimits(requestsPerMinute: 2, trustedProxies: 1)) { (server: Server) async throws -> Void in
            func knock(_ forwarded: String) async throws -> Int {
                try await server.send(.get, "/login", headers: [.forwardedFor: forwarded]).status
            }
            var statuses: [Int] = []
            for chain in ["1.1.1.1", "9.9.9.9, 1.1.1.1", "8.8.8.8, 1.1.1.1"] { statuses.append(try await knock(chain)) }
            #expect(statuses == [200, 200, 429])
            #expect(try await knock("1.1.1.1, 2.2.2.2") == 200)
        }
        try await Server.with(rates: RateLimits(requestsPerMinute: 2)) { server in
            var statuses: [Int] = []
            for number in 0..<3 {
                statuses.append(try await server.send(.get, "/login", headers: [.forwardedFor: "\(number).1.1.1"]).status)
            }
            #expect(statuses == [200, 200, 429])
        }
    }

    @Test("what is hidden on a public port is not there")
    func hidden() async throws {
        try await Server.with(hidden: [.metrics, .docs]) { (server: Server) async throws -> Void in
            // Not by what holds answers against the document, which knows the whole server.
            let client = HTTPClient(configuration: HTTPClientConfiguration(proxy: .none))
            for path in ["/metrics", "/docs", "/openapi.json"] {
                #expect(try await client.perform(TransferRequest(url: "http://127.0.0.1:\(server.port)\(path)")).status == 404, "\(path)")
            }
            #expect(try await server.get("/api/v3/connections").status == 200)
        }
    }
}
