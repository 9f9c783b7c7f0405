import Catalog
import Foundation
import HTTPTransport
import HTTPTypes
import Postgres
import Testing

@Suite("Lists of connections")
struct ConnectionListTests {
    @Test("a list never tells what was: whatever changed a connection, or put a mapping of it into error, shows at the next look")
    func fresh() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            let mapping = try await server.mapping(connection)
            func look() async throws -> (listed: JSONValue, discovered: JSONValue) {
                let listed = try #require(try await server.get("/api/v3/connections?app=shop").json["results"]?.elements?.first)
                let discovered = try #require(try await server.get("/connections?app=shop").json["results"]?.elements?.first)
                return (listed, discovered)
            }
            let first = try await look()
            #expect(try await look() == first)
            #expect(first.listed["mappings_summary_state"] == "OK")
            _ = try await server.send(.patch, "/api/v3/connections/\(connection.id.text)", body: #"{"name":"renamed"}"#)
            #expect(try await look().listed["name"] == "renamed")
            #expect(try await look().discovered["display_name"] == "renamed")
            for state in [MappingState.badConfig, .unauthorized, .dataSynced] {
                try await server.store.setMappingState(mapping.id, state)
                #expect(try await look().listed["mappings_summary_state"] == (state.isError ? "ERROR" : "OK"))
            }
            try await server.store.setConnectionState(connection.id, .paused)
            #expect(try await look().listed["state"] == "PAUSED")
            try await server.pool.run("DELETE FROM sluice.connections WHERE id = \(connection.id)")
            #expect(try await server.get("/api/v3/connections").json["results"] == [])
            #expect(try await server.get("/connections").json["count"] == 0)
        }
    }

    @Test("a list is the same document as the detail, with what discovery tells; deep lists have every connection's own mappings")
    func shapes() async throws {
        try await Server.with { server in
            let (one, two) = (try await server.connection(), try await server.connection(schema: "second"))
            _ = try await server.mapping(one)
            _ = try await server.mapping(two, "Contact")
            let deep = try await server.get("/api/v3/connections?deep=true").json["results"]?.elements ?? []
            #expect(deep.map { $0["mappings"]?.elements?.compactMap { $0["object_name"]?.string } } == [["Account"], ["Contact"]])
            let flat = try await server.get("/api/v3/connections").json["results"]?.elements ?? []
            let detail = try await server.get("/api/v3/connections/\(one.id.text)").json
            for member in detail.members ?? [] where member.key != "detail_url" { #expect(flat.first?[member.key] == member.value) }
            #expect(flat.first?["detail_url"]?.string?.hasPrefix("http://") == true)
            #expect(try await server.get("/api/v3/connections?resource_name=\(two.resourceName)").json["count"] == 1)
            #expect(try await server.get("/api/v3/connections?addon_type=2").json["count"] == 0)
        }
    }
}
