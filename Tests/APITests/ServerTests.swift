import Catalog
import Foundation
import HTTPTransport
import HTTPTypes
import Postgres
import Secrets
import TestDatabase
import Testing

@Suite("The server")
struct ServerTests {
    @Test("nothing is told without a valid token", arguments: [nil, "Bearer", "Bearer nonsense", "Basic YTpi", "Bearer "])
    func unauthorized(header: String?) async throws {
        try await Server.with { server in
            let headers: HTTPFields = header.map { [.authorization: $0] } ?? [:]
            for path in ["/api/v3/connections", "/connections?app=shop", "/api/v3/jobs/1", "/api/v3/mappings/\(UUID().text)"] {
                let answer = try await server.send(.get, path, headers: headers)
                #expect(answer.status == 401)
                #expect(answer.json["code"] == "unauthorized")
                #expect(answer.json["message"]?.string != nil)
            }
        }
    }

    @Test("what does not exist, or belongs to others, is 404 with a reason")
    func notFound() async throws {
        try await Server.with { server in
            let foreign = try await server.connection(app: "other")
            for path in [
                "/nowhere", "/api/v3/nowhere", "/api/v3/connections/\(foreign.id.text)", "/api/v3/connections/not-a-uuid",
                "/api/v3/jobs/99",
                "/api/v3/jobs/x", "/api/v3/mappings/%00", "/api/v3/connections/\(foreign.id.text)/jobs",
                "/api/v3/jobs/99999999999999999999",
            ] {
                let answer = try await server.get(path)
                #expect(answer.status == 404, "\(path)")
                #expect(answer.json["code"] == "not_found")
            }
        }
    }

    @Test("a method that no path has is 405 on a path that is known, and 404 on one that is not", arguments: ["TRACE", "PROPFIND", "LOCK"])
    func strangeMethod(name: String) async throws {
        try await Server.with { server in
            let method = try #require(HTTPRequest.Method(name))
            let known = try await server.send(method, "/api/v3/connections")
            #expect(known.status == 405)
            #expect(known.headers[.allow] == "GET, HEAD")
            #expect(try await server.send(method, "/api/v3/nonsense").status == 404)
        }
    }

    @Test("a method that a path does not have is 405, with those it has")
    func methods() async throws {
        try await Server.with { server in
            let answer = try await server.send(.delete, "/api/v3/connections")
            #expect(answer.status == 405)
            #expect(answer.json["code"] == "method_not_allowed")
            #expect(answer.headers[.allow] == "GET, HEAD")
            #expect(try await server.get("/api/v3/connections/\(UUID().text)/actions/pause").status == 405)
        }
    }

    @Test("health is told to everybody")
    func health() async throws {
        try await Server.with { server in
            let answer = try await server.send(.get, "/healthz", headers: [:])
            #expect(answer.status == 200)
            #expect(answer.json["status"] == "ok")
            #expect(try await server.send(.get, "/readyz", headers: [:]).status == 200)
        }
    }

    @Test("without its database the server lives on and answers 503 with a body")
    func lostDatabase() async throws {
        let configuration = try PostgresConfiguration(url: "postgres://nobody@127.0.0.1:9/none", connectTimeout: .seconds(1))
        let pool = PostgresPool(configuration: configuration, size: 2, logger: TestDatabase.quietLogger)
        let key = try SealingKey(base64: "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=")
        try await Server.running(store: CatalogStore(pool: pool), key: key) { port in
            let client = HTTPClient(configuration: HTTPClientConfiguration(proxy: .none))
            for _ in 0..<2 {
                #expect(try await client.perform(TransferRequest(url: "http://127.0.0.1:\(port)/healthz")).status == 200)
                let ready = try await client.perform(TransferRequest(url: "http://127.0.0.1:\(port)/readyz"))
                #expect(ready.status == 503)
                #expect(String(decoding: ready.bytes, as: UTF8.self).contains("\"code\":\"database\""))
                let list = try await client.perform(
                    TransferRequest(url: "http://127.0.0.1:\(port)/api/v3/connections", headers: [.authorization: "Bearer x"]))
                #expect(list.status == 503)
                #expect(try JSONValue(parsing: list.bytes)["code"] == "database_unavailable")
            }
        }
        await pool.close()
    }
}
