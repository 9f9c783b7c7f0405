import Catalog
import Eventually
import Foundation
import JobQueue
import Postgres
import SyncJournal
import Testing

@Suite("sluice verify and sluice abort")
struct OperationCommandTests {
    @Test(
        "verify compares, tells what differs with status 1, and mends it when that is asked for; abort ends a load; the trail says who asked"
    )
    func verify() async throws {
        try await ClusterWorld.with { world in
            let org = try world.start("sandbox-org", ["serve", "--port", "0", "--rows", "Account=50"])
            try await eventually { org.output.contains("instance_url") }
            let url = try #require(org.output.firstMatch(of: #/"instance_url":"([^"]+)"/#)?.1)
            try await world.run(["connection", "create", "--app", "shop", "--db-key", "DATABASE_URL", "--name", "shop"])
            let app = ["SALESFORCE_CLIENT_ID": "sandbox-client", "SALESFORCE_CLIENT_SECRET": "sandbox-secret"]
            try await world.run(["connection", "authorize", "shop", "--environment", "custom", "--login-url", String(url)], app)
            let catalog = CatalogStore(pool: world.pool)
            let connection = try await catalog.connection(named: "shop")
            #expect(connection.apiVersion != "60.0")

            let config = try MappingConfig(
                json: #"{"access":"read_only","fields":{"Id":{},"IsDeleted":{},"SystemModstamp":{},"Name":{}}}"#)
            let (mapping, _) = try await catalog.upsertMapping(connection.id, objectName: "Account", config: config)
            let early = try world.start("sluice", ["verify", "Account"])
            #expect(try await early.exitStatus() == 1)
            #expect(early.errors.contains("not loaded yet"), "\(early.errors)")
            _ = try await world.queue.enqueue([try .load(mapping, reason: .initial)])
            #expect(try await world.run(["abort", "account", "--connection", "shop"]).contains("1 job is ended"))
            #expect(try await world.text("SELECT state FROM sluice.mappings") == "ABORTED")
            #expect(try await world.run(["abort", "Account"], expecting: 1) == "")

            _ = try world.start("sluice", ["worker"])
            try await world.run(["job", "enqueue", "reload", "--connection", "shop", "--object", "Account"])
            try await world.reaches(1, "SELECT count(*) FROM sluice.mappings WHERE state = 'DATA_SYNCED'")
            #expect(try await world.run(["verify", "Account"]).contains("50 records compared: 0 missing"))
            try await world.pool.run("DELETE FROM salesforce.account WHERE id IN (SELECT id FROM salesforce.account LIMIT 3)")
            let found = try JSONValue(parsing: await world.run(["verify", "Account", "--json"], expecting: 1))
            #expect(found["report"]?["missing"] == 3 && found["in_order"] == false && found["state"] == "completed")
            #expect(try await world.run(["verify", mapping.id.uuidString, "--repair"]).contains("3 repaired"))
            #expect(try await world.number("SELECT count(*) FROM salesforce.account") == 50)
            for (arguments, named) in [
                (["verify", "Lead"], "no mapping of Lead"), (["verify", "Account", "--connection", "other"], "no mapping of Account"),
                (["verify", "Account", "--wait", "-1"], "--wait"),
            ] {
                let refused = try world.start("sluice", arguments)
                #expect(try await refused.exitStatus() != 0)
                #expect(refused.errors.contains(named), "\(refused.errors)")
            }
            let trail = try await catalog.auditTrail(connection.id)
            #expect(trail.filter { $0.action == "mapping.verify" }.map(\.actor) == Array(repeating: "sluice verify", count: 3))
            #expect(trail.contains { $0.action == "mapping.abort" && $0.actor == "sluice abort" })
            #expect(trail.contains { $0.action == "mapping.reload" && $0.actor == "sluice job enqueue" })
        }
    }
}
