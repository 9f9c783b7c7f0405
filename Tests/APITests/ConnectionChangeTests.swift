import Catalog
import Foundation
import HTTPTransport
import HTTPTypes
import JobQueue
import Postgres
import Testing

@Suite("Changes of a connection, and what it says of itself")
struct ConnectionChangeTests {
    @Test("the write algorithm is switched by its feature, and stays switched")
    func features() async throws {
        try await Server.with { server in
            let path = "/api/v3/connections/\(try await server.connection().id.text)"
            #expect(try await server.get(path).json["features"]?["poll_db_no_merge"] == true)
            let merged = try await server.send(.patch, path, body: #"{"features":{"poll_db_no_merge":false}}"#)
            #expect(merged.status == 200)
            #expect(merged.json["features"]?["poll_db_no_merge"] == false)
            #expect(merged.json["features"]?.members?.count == 21)
            _ = try await server.send(.patch, path, body: #"{"features":{"rest_count_only":true,"verbose_sfnotifier_logging":false}}"#)
            let features = try await server.get(path).json["features"]
            #expect(features?["poll_db_no_merge"] == false && features?["rest_count_only"] == true)
            let back = try await server.send(.patch, path, body: #"{"features":{"poll_db_no_merge":true}}"#)
            #expect(back.json["features"]?["poll_db_no_merge"] == true)
        }
    }

    @Test(
        "what does nothing here is refused by name, and nothing of the request is done",
        arguments: [
            (#"{"name":"new","features":{"early_sf_api_access":true}}"#, "early_sf_api_access"),
            (#"{"name":"new","features":{"ucs_basic_collation_index":false}}"#, "ucs_basic_collation_index"),
            (#"{"name":"new","features":{"no_such_switch":true}}"#, "no_such_switch"),
            (#"{"name":"new","features":{"poll_db_no_merge":"yes"}}"#, "poll_db_no_merge"), (#"{"name":"new","features":[]}"#, "features"),
            (#"{"name":"new","logplex_log_enabled":true}"#, "logplex_log_enabled"),
            (#"{"name":"new","logplex_log_enabled":"off"}"#, "logplex_log_enabled"), (#"{"name":7}"#, "name"),
        ])
    func refused(body: String, named: String) async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            let answer = try await server.send(.patch, "/api/v3/connections/\(connection.id.text)", body: body)
            #expect(answer.status == 400)
            #expect(answer.json["message"]?.string?.contains(named) == true)
            #expect(try await server.store.connection(connection.id)?.name == connection.name)
        }
    }

    @Test("a position that a switch has already may be sent back, as clients do that return what they read")
    func sentBack() async throws {
        try await Server.with { server in
            let path = "/api/v3/connections/\(try await server.connection().id.text)"
            let given = try await server.get(path)
            #expect(try await server.send(.patch, path, body: given.text).status == 200)
        }
    }

    @Test("user_info has every key that clients know, and is empty before the first authorization")
    func userInfo() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            let info = try await server.get("/api/v3/connections/\(connection.id.text)").json["user_info"]
            #expect(info?.members?.count == 30)
            #expect(info?["user_id"] == "005")
            #expect(info?["profile_perms"] == .null)
            let bare = try await server.store.createConnection(
                NewConnection(appName: "shop", target: .key("X_URL")), sealingKey: server.key)
            #expect(try await server.get("/api/v3/connections/\(bare.id.text)").json["user_info"] == [:])
        }
    }

    @Test("a region has a flag and a label")
    func region() async throws {
        try await Server.with { server in
            _ = try await server.connection()
            let answer = try await server.get("/connections?app=shop").json
            let item = try #require(answer["results"]?.elements?.first)
            #expect(item["region_flag"] == "self-hosted")
            #expect(answer["regions"]?["private"] == ["flag": "self-hosted", "label": "Self-hosted"])
            #expect(answer["cells"]?["sluice"]?["flag"] == item["region_flag"])
        }
    }

    @Test("External Objects are not served, and whoever asks is told so")
    func externalObjects() async throws {
        try await Server.with { server in
            let answer = try await server.send(.patch, "/api/v3/odata/services/7", body: #"{"enabled":true}"#)
            #expect(answer.status == 404)
            #expect(answer.json["message"]?.string?.contains("OData") == true)
            #expect(try await server.get("/api/v3/connections/\(try await server.connection().id.text)").json["odata"] == .null)
        }
    }

    @Test("mappings that an import no longer names are left alone, listed as orphans, and removed together on demand")
    func orphans() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            let path = "/api/v3/connections/\(connection.id.text)/mappings"
            func apply(_ names: [String]) async throws {
                let list = names.map { #"{"config":{"fields":{"Id":{}}},"object_name":"\#($0)"}"# }.joined(separator: ",")
                let file = try ExportFile(parsing: #"{"version":1,"mappings":[\#(list)]}"#)
                _ = try await server.pool.transaction { try CatalogStore.apply(file, to: connection.id, in: $0) }
            }
            try await apply(["Account", "Contact", "Lead"])
            #expect(try await server.get("\(path)?orphaned=true").json["count"] == 0)
            try await apply(["Contact"])
            let orphans = try await server.get("\(path)?orphaned=true").json
            #expect(orphans["results"]?.elements?.compactMap { $0["object_name"]?.string } == ["Account", "Lead"])
            #expect(orphans["results"]?.elements?.first?["orphaned_at"]?.string != nil)
            #expect(try await server.get(path).json["count"] == 3)
            try await apply(["Lead"])
            #expect(try await server.get("\(path)?orphaned=true").json["count"] == 2)
            #expect(try await server.send(.delete, path).status == 400)
            let removed = try await server.send(.delete, "\(path)?orphaned=true")
            #expect(removed.json["removed"] == ["Account", "Contact"])
            #expect(try await server.get(path).json["results"]?.elements?.compactMap { $0["object_name"]?.string } == ["Lead"])
            let exported = try await server.get("/api/v3/connections/\(connection.id.text)/actions/export").json["mappings"]
            #expect(exported?.elements?.first?.members?.map(\.key) == ["config", "object_name"])
        }
    }

    @Test("options that do nothing here are told in the mapping's description; counts say how they were come by")
    func description() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            let config = try MappingConfig(json: #"{"some_option":true,"fields":{"Id":{}}}"#)
            let (mapping, _) = try await server.store.upsertMapping(connection.id, objectName: "Account", config: config)
            let path = "/api/v3/mappings/\(mapping.id.text)"
            #expect(try await server.get(path).json["state_description"]?.string?.contains("some_option") == true)
            #expect(try await server.get(path).json["count_kinds"] == ["db": "not_available", "sf": "not_available"])
            try await server.store.updateMapping(
                mapping.id, MappingUpdate(state: .dataSynced, dbCount: 3, sfCount: 4, sfCountKind: .estimated))
            let counted = try await server.get(path).json
            #expect(counted["count_kinds"] == ["db": "exact", "sf": "estimated"])
            #expect(counted["counts"]?["sf"] == 4)
            #expect(counted["salesforce_count_date"]?.string != nil)
            try await server.store.updateMapping(mapping.id, MappingUpdate(dbCountChange: 2))
            #expect(try await server.get(path).json["count_kinds"]?["db"] == "estimated")
        }
    }
}
