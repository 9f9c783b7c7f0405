import Accounts
import Catalog
import Foundation
import Testing

@Suite("The shapes that clients rely on")
struct ShapeTests {
    @Test("a connection's detail has every key of Heroku's, with its type")
    func detail() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            _ = try await server.mapping(connection)
            for query in ["?deep=true", "?deep=True"] {
                let answer = try await server.get("/api/v3/connections/\(connection.id.text)\(query)")
                #expect(answer.status == 200)
                let json = answer.json
                let expected: Set<String> = [
                    "id", "_id", "name", "addon_id", "app_name", "team_name", "enterprise_account_name", "app_id", "schema_name", "db_key",
                    "database",
                    "organization_id", "state", "mappings_summary_state", "detail_url", "tags", "sf_info", "created_at", "auth_updated",
                    "plan",
                    "free_edition", "dogwood", "user_info", "metrics", "logplex_log_enabled", "deletable", "resource_name",
                    "large_query_threshold",
                    "bulk_page_size", "features", "internal_name", "notifications_url", "odata", "soap_batch_size", "sf_instance",
                    "sf_region", "mappings",
                ]
                #expect(expected.subtracting(json.keys).isEmpty)
                #expect(json["id"] == json["addon_id"])
                #expect(json["_id"]?.integer != nil)
                #expect(json["state"] == "IDLE")
                #expect(json["organization_id"] == "00D000000000001AAA")
                #expect(json["detail_url"]?.string == "/api/v3/connections/\(connection.id.text)")
                #expect(json["features"]?["poll_db_no_merge"] == true)
                #expect(json["features"]?.members?.count == 21)
                #expect(json["large_query_threshold"] == 10_000)
                #expect(json["bulk_page_size"] == 150_000)
                #expect(json["soap_batch_size"] == 200)
                #expect(json["database"]?["port"]?.integer != nil)
                #expect(json["created_at"]?.string?.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z/) != nil)
                #expect(json["user_info"]?["user_id"] == "005")
                let mapping = try #require(json["mappings"]?.elements?.first)
                #expect(mapping["object_name"] == "Account")
                #expect(mapping["state"] == "DATA_SYNCED")
                #expect(mapping["counts"] == ["db": 12_345, "sf": 0, "pending": 0, "errors": 0])
                #expect(mapping["times"]?["sf_poll"]?.string?.wholeMatch(of: /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}\+00:00/) != nil)
                #expect(mapping["times"]?["db_write"] == .null)
                #expect(mapping["config"]?["fields"] == ["Id": [:], "Name": [:]])
                #expect(mapping["config"]?["revision"] == 1)
                #expect(mapping["upsert_field"] == .null)
                #expect(mapping["schema_url"]?.string?.hasPrefix("http://127.0.0.1:\(server.port)/") == true)
                let alone = try await server.get("/api/v3/mappings/\(try #require(mapping["id"]?.string))")
                #expect(alone.json == mapping)
            }
            let shallow = try await server.get("/api/v3/connections/\(connection.id.text)?deep=False")
            #expect(shallow.json["mappings"] == nil)
        }
    }

    @Test("a connection that was never authorized still has an organization id that is a string")
    func unauthorizedDetail() async throws {
        try await Server.with { server in
            let connection = try await server.store.createConnection(
                NewConnection(appName: "shop", target: .key("MISSING_URL")), sealingKey: server.key)
            let json = try await server.get("/api/v3/connections/\(connection.id.text)?deep=true").json
            #expect(json["state"] == "NEED_AUTHENTICATION")
            #expect(json["organization_id"] == "")
            #expect(json["database"] == .null)
            #expect(json["mappings"] == [])
        }
    }

    @Test("the regional list tells state, name and features beside what discovery tells")
    func list() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            _ = try await server.store.addUser(email: "bob@example.com", app: "other")
            _ = try await server.connection(app: "other", schema: "other")
            let answer = try await server.get("/api/v3/connections?app=shop&resource_name=")
            #expect(answer.json["count"] == 1)
            let item = try #require(answer.json["results"]?.elements?.first)
            #expect(item["id"]?.string == connection.id.text)
            #expect(item["state"] == "IDLE")
            #expect(item["features"]?["poll_db_no_merge"] == true)
            #expect(item["detail_url"]?.string == "http://127.0.0.1:\(server.port)/api/v3/connections/\(connection.id.text)")
            #expect(item["region_url"]?.string == "http://127.0.0.1:\(server.port)")
            #expect(try await server.get("/api/v3/connections?app=other").json["count"] == 0)
            #expect(try await server.get("/api/v3/connections?app=\(connection.appID.text)").json["count"] == 1)
            let deep = try await server.get("/api/v3/connections?deep=true&app=shop")
            #expect(deep.json["results"]?.elements?.first?["mappings"] == [])
        }
    }

    @Test("discovery answers at the root with absolute addresses")
    func discovery() async throws {
        try await Server.with { server in
            let empty = try await server.get("/connections?app=shop").json
            #expect(empty == ["results": [], "regions": [:], "cells": [:], "next": nil, "previous": nil, "count": 0])
            let connection = try await server.connection()
            let found = try await server.get("/connections?app=shop").json
            let item = try #require(found["results"]?.elements?.first)
            #expect(
                item.keys == [
                    "id", "resource_name", "display_name", "addon_type", "app_name", "app_id", "region", "region_url", "region_flag",
                    "region_label",
                    "cell_label", "cell", "detail_url",
                ])
            #expect(item["addon_type"] == "Sync")
            #expect(item["detail_url"]?.string == "http://127.0.0.1:\(server.port)/api/v3/connections/\(connection.id.text)")
            for path in ["/auth/shop", "/auth/\(connection.appID.text)", "/api/v3/auth/shop", "/api/v3/users/me/apps/shop/auth"] {
                for body in [nil, "", "null", "{}"] {
                    let linked = try await server.post(path, body)
                    #expect(linked.status == 200)
                    #expect(linked.json["user"]?["email"] == "ann@example.com")
                    #expect(linked.json["connections"] == [item])
                }
            }
        }
    }

    @Test("what an operator allowed and holds the address of a database is offered by name, never by value")
    func app() async throws {
        try await Server.with { server in
            _ = try await server.connection()
            for key in ["OTHER", "ABSENT_URL", "PATH"] { try await server.store.allowDatabase(app: "shop", key: key) }
            try await server.store.allowDatabase(app: "other", key: "SECOND_URL")
            let answer = try await server.get("/api/v3/apps/shop")
            #expect(answer.json["db_keys"] == [["name": "DATABASE_URL", "addon": ["plan": "Postgres"]]])
            #expect(!answer.text.contains("127.0.0.1"))
            #expect(try await server.get("/api/v3/apps/other").status == 404)
        }
    }
}
