import Catalog
import Foundation
import HTTPTransport
import HTTPTypes
import JobQueue
import Postgres
import SyncJournal
import Testing

@Suite("Mappings made and changed one by one")
struct MappingEditTests {
    private static let body =
        #"{"object_name":"Contact","config":{"access":"read_only","sf_polling_seconds":300,"fields":{"Id":{},"Email":{}},"indexes":{"Id":{"unique":true}}}}"#

    private func loads(_ server: Server) async throws -> [String] {
        try await server.pool.query("SELECT args->>'reason' AS reason FROM sluice.jobs WHERE kind = 'load' ORDER BY id").map {
            try $0.decode("reason")
        }
    }

    @Test("a mapping is made with 201, its whole document and its first load, and stands in list and export")
    func create() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            let path = "/api/v3/connections/\(connection.id.text)"
            let made = try await server.post("\(path)/mappings", Self.body)
            #expect(made.status == 201)
            let id = try #require(made.json["id"]?.string)
            #expect(made.headers[.location] == "/api/v3/mappings/\(id)")
            #expect(made.json["state"] == "INITIAL")
            #expect(made.json["config"]?["revision"] == 1)
            #expect(made.json["sf_polling_seconds"] == 300)
            #expect(try await server.get("/api/v3/mappings/\(id)").json == made.json)
            #expect(try await server.get("\(path)/mappings").json["results"] == [made.json])
            #expect(try await loads(server) == ["initial"])
            let exported = try await server.get("\(path)/actions/export").json
            #expect(exported["mappings"]?.elements?.first == (try JSONValue(parsing: Self.body)))
            #expect(try await server.store.auditTrail(connection.id).map(\.action) == ["mapping.create"])
            let bare = try await server.post(
                "\(path)/mappings",
                #"{"object_name":"Lead","config":{"fields":{"Id":{}},"upsert_field":null,"row_filter":null,"indexes":null}}"#)
            #expect(bare.status == 201)
            let kept = try await server.get("\(path)/actions/export").json["mappings"]?.elements?.last
            #expect(kept == ["object_name": "Lead", "config": ["fields": ["Id": [:]]]])
        }
    }

    @Test(
        "a faulty mapping is refused with the name of the field and makes nothing",
        arguments: [
            ("", "body"), ("[]", "object"), (#"{"config":{"fields":{"Id":{}}}}"#, "object_name"),
            (#"{"object_name":"No such!","config":{"fields":{"Id":{}}}}"#, "object_name"), (#"{"object_name":"Contact"}"#, "config.fields"),
            (#"{"object_name":"Contact","config":[]}"#, "config"), (#"{"object_name":"Contact","config":{"fields":{}}}"#, "config.fields"),
            (#"{"object_name":"Contact","config":{"fields":{"Email":{}}}}"#, "Id"),
            (#"{"object_name":"Contact","config":{"fields":{"Id":{}},"access":"write"}}"#, "config.access"),
            (#"{"object_name":"Contact","config":{"fields":{"Id":{}},"sf_polling_seconds":0}}"#, "config.sf_polling_seconds"),
            (#"{"object_name":"Contact","config":{"fields":{"Id":{}},"upsert_field":"Ext__c"}}"#, "config.upsert_field"),
            (#"{"object_name":"Contact","config":{"fields":{"Id":{}},"indexes":{"Ext__c":{"unique":true}}}}"#, "config.indexes.Ext__c"),
        ])
    func faulty(body: String, named: String) async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            let answer = try await server.post("/api/v3/connections/\(connection.id.text)/mappings", body)
            #expect(answer.status == 400)
            #expect(answer.json.keys == ["code", "message"])
            #expect(answer.json["message"]?.string?.contains(named) == true, "\(answer.text)")
            #expect(try await server.store.mappings(connection.id).isEmpty)
        }
    }

    @Test("an object is mapped once, whatever the case of its name, and only at a connection that was authorized")
    func conflicts() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            let path = "/api/v3/connections/\(connection.id.text)/mappings"
            #expect(try await server.post(path, Self.body).status == 201)
            #expect(try await server.post(path, Self.body.replacing("Contact", with: "CONTACT")).status == 409)
            let bare = try await server.store.createConnection(
                NewConnection(appName: "shop", target: .key("X_URL")), sealingKey: server.key)
            let refused = try await server.post("/api/v3/connections/\(bare.id.text)/mappings", Self.body)
            #expect(refused.status == 409)
            #expect(refused.json["message"]?.string?.contains("NEED_AUTHENTICATION") == true)
        }
    }

    @Test("PUT replaces the configuration under the revision that was read, and refuses a stale one or none")
    func replace() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            let mapping = try await server.mapping(connection)
            let path = "/api/v3/mappings/\(mapping.id.text)"
            func body(_ revision: String) -> String {
                #"{"object_name":"account","config":{"access":"read_write","fields":{"Id":{},"Phone":{}}}\#(revision)}"#
            }
            #expect(try await server.send(.put, path, body: body("")).status == 400)
            let changed = try await server.send(.put, path, body: body(#","revision":1.0"#))
            #expect(changed.status == 200)
            #expect(changed.json["config"]?["revision"] == 2)
            #expect(changed.json["config"]?["fields"] == ["Id": [:], "Phone": [:]])
            #expect(changed.json["sf_polling_seconds"] == 600)
            #expect(changed.json["state"] == "SCHEMA_CHANGED")
            #expect(try await loads(server) == ["columns"])
            let stale = try await server.send(.put, path, body: body(#","revision":1"#))
            #expect(stale.status == 409)
            #expect(stale.json["message"]?.string?.contains("revision 2") == true)
            let other = try await server.send(.put, path, body: #"{"object_name":"Contact","config":{"fields":{"Id":{}}},"revision":2}"#)
            #expect(other.status == 400)
            let entry = try #require(try await server.store.auditTrail(connection.id).first)
            #expect(entry.action == "mapping.change")
            #expect(entry.details.contains("before") && entry.details.contains("after"))
        }
    }

    @Test("what a client was given it may send back as it is: nothing changes, and nothing is loaded")
    func roundTrip() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            let path = "/api/v3/mappings/\(try await server.mapping(connection).id.text)"
            let given = try await server.get(path)
            let answer = try await server.send(.put, path, body: given.text)
            #expect(answer.status == 200)
            #expect(answer.json["config"]?["revision"] == 1)
            #expect(answer.json["state"] == "DATA_SYNCED")
            #expect(try await loads(server).isEmpty)
            let filtered = try await server.send(.patch, path, body: #"{"config":{"row_filter":"Name != null"}}"#)
            #expect(filtered.json["config"]?["row_filter"] == "Name != null")
            let again = try await server.send(.put, path, body: filtered.text)
            #expect(again.json["config"] == filtered.json["config"])
            #expect(try await loads(server).count == 1)
        }
    }

    @Test("PATCH changes the options that are named, beside the configuration or within it, and checks a revision that is sent")
    func change() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            let path = "/api/v3/mappings/\(try await server.mapping(connection).id.text)"
            let slower = try await server.send(.patch, path, body: #"{"sf_polling_seconds":900,"ignored":true}"#)
            #expect(slower.status == 200)
            #expect(slower.json["sf_polling_seconds"] == 900)
            #expect(slower.json["access"] == "read_write")
            #expect(slower.json["state"] == "DATA_SYNCED")
            #expect(try await loads(server).isEmpty)
            let wider = try await server.send(
                .patch, path, body: #"{"config":{"fields":{"Id":{},"Phone":{}},"revision":2}}"#)
            #expect(wider.status == 200)
            #expect(wider.json["config"]?["fields"] == ["Id": [:], "Phone": [:]])
            #expect(wider.json["config"]?["revision"] == 3)
            #expect(try await loads(server) == ["columns"])
            #expect(try await server.send(.patch, path, body: #"{"access":"read_only","revision":2}"#).status == 409)
            #expect(try await server.send(.patch, path, body: #"{"access":"sometimes"}"#).status == 400)
            // What stands beside a configuration counts for nothing, but is no mistake of the client's either.
            for beside in [#""upsert_field":{}"#, #""access":"sometimes""#, #""sf_polling_seconds":0"#] {
                #expect(try await server.send(.patch, path, body: #"{"config":{},\#(beside)}"#).status == 400)
            }
            let echoed = #"{"config":{},"access":null,"upsert_field":"Gone__c","sf_polling_seconds":700}"#
            #expect(try await server.send(.patch, path, body: echoed).json["sf_polling_seconds"] == 900)
            #expect(
                try await server.send(.post, "\(path)?_HttpMethod=PATCH", body: #"{"access":"read_only"}"#).json["access"] == "read_only")
        }
    }

    @Test("a table that needs no change is polled by its new interval at once")
    func interval() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            let mapping = try await server.mapping(connection)
            _ = try await server.send(.patch, "/api/v3/mappings/\(mapping.id.text)", body: #"{"sf_polling_seconds":120}"#)
            let due = try #require(try await server.store.mapping(mapping.id)?.nextPollAt)
            #expect(due.timeIntervalSinceNow < 125)
        }
    }
}
