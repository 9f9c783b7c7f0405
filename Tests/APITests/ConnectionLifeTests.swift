import Catalog
import Foundation
import HTTPTransport
import HTTPTypes
import JobQueue
import Postgres
import SyncJournal
import Testing

@Suite("Connections begin and end")
struct ConnectionLifeTests {
    @Test("a connection is made on a database that the app may use, and on no other")
    func create() async throws {
        try await Server.with { server in
            _ = try await server.connection()
            let path = "/api/v3/apps/shop/connections"
            let made = try await server.post(path, #"{"db_key":"DATABASE_URL","name":"second","schema_name":"crm"}"#)
            #expect(made.status == 201)
            #expect(made.json["state"] == "NEED_AUTHENTICATION")
            let place = try #require(made.headers[.location])
            #expect(try await server.get(place).json["schema_name"] == "crm")
            #expect(try await server.post(path, #"{"db_key":"DATABASE_URL","schema_name":"crm"}"#).status == 409)
            #expect(try await server.post(path, #"{"db_key":"OTHER"}"#).status == 409)
            #expect(try await server.post(path, #"{"db_key":5}"#).status == 400)
            #expect(try await server.post(path, "{}").status == 400)
            #expect(try await server.post(path, #"{"db_key":"DATABASE_URL","schema_name":"pg_x"}"#).status == 400)
            #expect(try await server.post("/api/v3/apps/other/connections", #"{"db_key":"DATABASE_URL"}"#).status == 404)
        }
    }

    @Test("what a deletion takes is told before; then jobs end, nothing starts any more, and a job does the rest")
    func delete() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            let account = try await server.mapping(connection)
            _ = try await server.queue.enqueue([.poll(account)])
            let path = "/api/v3/connections/\(connection.id.text)"
            let plan = try await server.get("\(path)/deletion").json
            #expect(plan["deleted"]?["mappings"] == ["Account"])
            #expect(plan["deleted"]?["jobs"] == 1)
            let answer = try await server.send(.delete, path)
            #expect(answer.status == 202)
            #expect(answer.json["deleted"] == plan["deleted"])
            let now = try await server.get(path).json
            #expect(now["state"] == "PAUSED" && now["state_description"]?.string?.contains("being deleted") == true)
            let kinds: [String] = try await server.pool.query("SELECT kind FROM sluice.jobs").map { try $0.decode("kind") }
            #expect(kinds == ["delete_connection"])
            // Asked for twice, it is one job.
            #expect(try await server.send(.delete, path).headers[.location] == answer.headers[.location])
            let forced = try await server.send(.delete, "\(path)?force=true")
            #expect(forced.status == 202)
            #expect(try await server.get(path).status == 404)
            #expect(try await server.store.auditTrail(connection.id).map(\.action).prefix(1) == ["connection.delete"])
        }
    }
}
