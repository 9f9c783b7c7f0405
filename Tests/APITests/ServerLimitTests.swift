import API
import Catalog
import Foundation
import HTTPTransport
import HTTPTypes
import Postgres
import Testing
import WebServer

@Suite("What anonymous clients can take of a server")
struct ServerLimitTests {
    private static let hasty: ServerLimits = {
        var limits = ServerLimits()
        limits.headTimeout = .milliseconds(300)
        limits.idleTimeout = .milliseconds(300)
        limits.bodyTimeout = .milliseconds(300)
        limits.lingerTimeout = .milliseconds(200)
        limits.writeTimeout = .milliseconds(300)
        return limits
    }()

    @Test(
        "a body that is larger than its path takes is refused before any of it was read",
        arguments: ["/login", "/logout", "/api/v3/auth/shop", "/login/", "//login"])
    func announced(path: String) async throws {
        try await Server.with { server in
            let client = try RawClient(port: server.port)
            await client.send("POST \(path) HTTP/1.1\r\nHost: a\r\nContent-Length: 19922944\r\n\r\n")
            #expect(statuses(try await client.readToEnd()) == [413])
        }
    }

    @Test("a body of chunks ends at the limit, and so does its connection")
    func chunks() async throws {
        try await Server.with { server in
            let client = try RawClient(port: server.port)
            await client.send("POST /login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
            let chunk = "400\r\n\(String(repeating: "a", count: 1024))\r\n"
            await client.send(String(repeating: chunk, count: 4))
            await client.send(chunk)
            #expect(statuses(try await client.readToEnd()) == [413])
        }
    }

    @Test("a client that asks whether to go on is told so at once, or that its body is too large, before it sends any of it")
    func expectation() async throws {
        try await Server.with { server in
            let body = "token=\(server.token)"
            func head(_ length: Int) -> String {
                "POST /login HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: \(length)\r\nConnection: close\r\n\r\n"
            }
            let client = try RawClient(port: server.port)
            await client.send(head(body.utf8.count))
            #expect(try await client.read(until: "\r\n\r\n").hasPrefix("HTTP/1.1 100 Continue\r\n"))
            await client.send(body)
            #expect(statuses(try await client.readToEnd()) == [303])
            let large = try RawClient(port: server.port)
            await large.send(head(5000))
            #expect(statuses(try await large.readToEnd()) == [413])
            // Nothing follows, so nothing is asked.
            let empty = try RawClient(port: server.port)
            await empty.send("GET /healthz HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n")
            #expect(statuses(try await empty.readToEnd()) == [200])
        }
    }

    @Test("the largest form that a login takes is read")
    func largestLogin() async throws {
        try await Server.with { server in
            let form = "token=\(server.token)&pad="
            let padded = form + String(repeating: "a", count: 4096 - form.utf8.count)
            let taken = try await server.send(.post, "/login", body: padded, headers: [:])
            #expect(taken.status == 303)
            let refused = try await server.send(.post, "/login", body: padded + "a", headers: [:])
            #expect(refused.status == 413)
        }
    }

    @Test("a large body of somebody without a token is not read to its end")
    func anonymousImport() async throws {
        try await Server.with { server in
            let client = try RawClient(port: server.port)
            await client.send(
                "POST /api/v3/connections/\(UUID().text)/actions/import HTTP/1.1\r\nHost: a\r\nContent-Length: 19922944\r\n\r\nabc")
            #expect(statuses(try await client.readToEnd()) == [401])
        }
    }

    @Test(
        "whoever sends nothing, half a head or half a body is not waited for",
        arguments: [
            "", "GET /healthz HTTP/1.1\r\nHost: a\r\n", "POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\ntoken=",
            "POST /login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n",
        ])
    func slow(start: String) async throws {
        try await Server.with(limits: Self.hasty) { server in
            let client = try RawClient(port: server.port)
            await client.send(start)
            #expect(statuses(try await client.readToEnd(within: .seconds(5))) == [408])
        }
    }

    @Test("a byte now and then does not keep a connection open")
    func dripping() async throws {
        try await Server.with(limits: Self.hasty) { server in
            for start in ["GET /healthz HTTP/1.1\r\nX: ", "POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: 4000\r\n\r\n"] {
                let client = try RawClient(port: server.port)
                await client.send(start)
                let drip = Task {
                    while !Task.isCancelled {
                        await client.send("a")
                        try await Task.sleep(for: .milliseconds(20))
                    }
                }
                #expect(statuses(try await client.readToEnd(within: .seconds(5))) == [408])
                drip.cancel()
            }
        }
    }

    @Test("a connection between requests is closed after a while, in silence")
    func idle() async throws {
        try await Server.with(limits: Self.hasty) { server in
            let client = try RawClient(port: server.port)
            await client.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(statuses(try await client.readToEnd(within: .seconds(5))) == [200])
        }
    }

    @Test("a client that does not read its answer loses its place")
    func unread() async throws {
        var limits = Self.hasty
        limits.maximumConnections = 1
        try await Server.with(limits: limits) { server in
            let connection = try await server.connection()
            let text = String(repeating: "unread", count: 20_000)
            for _ in 0..<100 {
                _ = try await server.store.pool.withSession {
                    try CatalogStore.notify(connection.id, eventType: "test", message: text, in: $0)
                }
            }
            let client = try RawClient(port: server.port, receiveBuffer: 4096)
            await client.send(
                "GET /api/v3/connections/\(connection.id.text)/notifications HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(server.token)\r\n\r\n"
            )
            _ = try await client.read(until: "HTTP/1.1 200")
            let next = try RawClient(port: server.port)
            await next.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(statuses(try await next.read(until: "}")) == [200])
            withExtendedLifetime(client) {}
        }
    }

    @Test("idle connections make room for the next; those that are served do not")
    func places() async throws {
        var limits = ServerLimits(maximumConnections: 8)
        limits.lingerTimeout = .milliseconds(200)
        try await Server.with(limits: limits) { server in
            let idle = try (0..<40).map { _ in try RawClient(port: server.port) }
            for client in idle.prefix(20) { await client.send("POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n") }
            for _ in 0..<20 {
                let client = try RawClient(port: server.port)
                await client.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(statuses(try await client.read(until: "}", within: .seconds(5))) == [200])
            }
            withExtendedLifetime(idle) {}
        }
    }

    @Test("many requests on many connections are all answered at the limit")
    func crowd() async throws {
        try await Server.with(limits: ServerLimits(maximumConnections: 4)) { server in
            try await withThrowingTaskGroup(of: [Int].self) { group in
                for _ in 0..<40 {
                    group.addTask {
                        let client = try RawClient(port: server.port)
                        await client.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
                        return statuses(try await client.read(until: "}", within: .seconds(20)))
                    }
                }
                var served = 0
                while let answer = try await group.next() { served += answer == [200] ? 1 : 0 }
                // Some may have waited longest before their request arrived.
                #expect(served >= 20)
            }
        }
    }
}
