import Accounts
import Catalog
import Foundation
import HTTPTransport
import HTTPTypes
import Postgres
import TestDatabase
import Testing

@Suite("What stands in a schema")
struct TargetSchemaTests {
    private func look(_ server: Server, _ schema: String, key: String = "DATABASE_URL") async throws -> Server.Answer {
        try await server.get("/api/v3/apps/shop/databases/\(key)/schemas/\(schema)")
    }

    @Test(
        "nothing, nothing in it, what Heroku Connect filled, somebody else's tables, and what another connection keeps, each with what to do"
    )
    func kinds() async throws {
        try await Server.with { server in
            try await server.store.allowDatabase(app: "shop", key: "DATABASE_URL")
            let missing = try await look(server, "salesforce").json
            #expect(missing["found"] == "missing" && missing["usable"] == true && missing["tables"] == [])
            try await server.pool.run("CREATE SCHEMA hollow")
            #expect(try await look(server, "hollow").json["found"] == "empty")
            try await server.pool.run("CREATE SCHEMA shared")
            try await server.pool.run("CREATE TABLE shared.orders (id int)")
            let foreign = try await look(server, "shared").json
            #expect(foreign["found"] == "foreign" && foreign["message"]?.string?.contains("orders") == true)
            try await server.pool.run("CREATE SCHEMA filled")
            try await server.pool.run(
                "CREATE TABLE filled.account (id int, sfid varchar(18), _hc_lastop varchar(32), _hc_err text, name text)")
            try await server.pool.run("CREATE TABLE filled._hcmeta (id int, hcver int, org_id text, details text)")
            try await server.pool.run("INSERT INTO filled._hcmeta VALUES (1, 1, '00D000000000001AAA', '')")
            let filled = try await look(server, "filled").json
            #expect(filled["found"] == "adoptable" && filled["organization_id"] == "00D000000000001AAA")
            #expect(filled["tables"]?.elements?.map { $0["name"]?.string } == ["account"])
            #expect(filled["remedy"]?.string?.contains("adopt") == true)
            let owner =
                #"{"sluice":{"control_database":"\#(UUID().text)","connection":"\#(UUID().text)","name":"Secret","resource_name":"r"}}"#
            try await server.pool.run("UPDATE filled._hcmeta SET details = \(owner)")
            let owned = try await look(server, "filled")
            #expect(owned.json["found"] == "owned" && owned.json["usable"] == false && owned.json["tables"] == [])
            #expect(owned.json["organization_id"] == .null && !owned.text.contains("Secret"))
        }
    }

    @Test("a schema that another connection has is taken before anything stands in it; the connection itself finds its own")
    func taken() async throws {
        try await Server.with { server in
            try await server.store.allowDatabase(app: "shop", key: "DATABASE_URL")
            let connection = try await server.connection()
            #expect(try await look(server, "salesforce").json["found"] == "owned")
            let path = "/api/v3/connections/\(connection.id.text)/target-schema"
            #expect(try await server.get(path).json["found"] == "missing")
            let control = try await server.store.controlDatabaseID()
            let owner =
                #"{"sluice":{"control_database":"\#(control.text)","connection":"\#(connection.id.text)","name":"x","resource_name":"r"}}"#
            try await server.pool.run("CREATE SCHEMA salesforce")
            try await server.pool.run("CREATE TABLE salesforce._hcmeta (id int, hcver int, org_id text, details text)")
            try await server.pool.run("INSERT INTO salesforce._hcmeta VALUES (1, 1, '', \(owner))")
            #expect(try await server.get(path).json["found"] == "own")
        }
    }

    @Test("a role without rights is told which grant it lacks")
    func closed() async throws {
        try await Server.with { server in
            let role = "guest_\(UInt32.random(in: 0 ... .max))"
            try await server.pool.run("CREATE ROLE \(identifier: role) LOGIN")
            do {
                try await server.pool.run("CREATE SCHEMA locked")
                var address = try #require(URLComponents(string: server.database.url))
                address.user = role
                try await server.store.allowDatabase(app: "shop", key: "GUEST_URL")
                try await Server.running(
                    store: server.store, key: server.key, environment: ["GUEST_URL": try #require(address.string)]
                ) { port in
                    let other = server.on(port: port)
                    let locked = try await look(other, "locked", key: "GUEST_URL").json
                    #expect(locked["found"] == "closed" && locked["usable"] == false)
                    #expect(locked["remedy"]?.string?.contains("GRANT USAGE, CREATE ON SCHEMA locked TO \(role)") == true)
                    let missing = try await look(other, "nowhere", key: "GUEST_URL").json
                    #expect(missing["remedy"]?.string?.contains("CREATE SCHEMA nowhere AUTHORIZATION \(role)") == true)
                }
                try await server.pool.run("DROP ROLE \(identifier: role)")
            } catch {
                _ = try? await server.pool.run("DROP ROLE \(identifier: role)")
                throw error
            }
        }
    }

    @Test(
        "names that are nobody's to have are refused",
        arguments: ["sluice", "sluice_staging", "pg_catalog", "information_schema", "Sales", "1st"])
    func names(schema: String) async throws {
        try await Server.with { server in
            try await server.store.allowDatabase(app: "shop", key: "DATABASE_URL")
            let answer = try await look(server, schema)
            #expect(answer.status == 400 && answer.json["message"]?.string?.hasPrefix("schema_name:") == true, "\(answer.text)")
            let made = try await server.post(
                "/api/v3/apps/shop/connections", #"{"db_key":"DATABASE_URL","schema_name":"\#(schema)"}"#)
            #expect(made.status == 400)
        }
    }

    @Test("only databases that the app may use are looked at, only by its admins; one that does not answer says so")
    func borders() async throws {
        try await Server.with(environment: ["DEAD_URL": "postgres://nobody@127.0.0.1:1/none"]) { server in
            #expect(try await look(server, "salesforce").status == 404)
            try await server.store.allowDatabase(app: "shop", key: "DEAD_URL")
            let dead = try await look(server, "salesforce", key: "DEAD_URL")
            #expect(dead.status == 503 && dead.json["code"] == "target_unavailable")
            let (_, viewer) = try await server.store.addUser(email: "vera@example.com", app: "shop", role: .viewer)
            let seen = try await server.send(
                .get, "/api/v3/apps/shop/databases/DEAD_URL/schemas/salesforce", headers: [.authorization: "Bearer \(viewer)"])
            #expect(seen.status == 403)
        }
    }
}
