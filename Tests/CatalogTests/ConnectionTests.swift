import Catalog
import CatalogWorld
import Foundation
import JobQueue
import Postgres
import Secrets
import Testing

@Suite("Connections")
struct ConnectionTests {
    @Test("a new connection waits for authorization and bears Heroku's kind of names")
    func creation() async throws {
        try await Fixture.with { fixture in
            let one = try await fixture.store.createConnection(
                NewConnection(appName: "shop", target: .key("DATABASE_URL")), sealingKey: fixture.key)
            #expect(one.state == .needAuthentication)
            #expect(one.name == "shop:DATABASE_URL:salesforce")
            #expect(one.resourceName.wholeMatch(of: /herokuconnect-[a-z]+-\d{5}/) != nil)
            let two = try await fixture.store.createConnection(
                NewConnection(appName: "shop", target: .key("DATABASE_URL"), schemaName: "other"), sealingKey: fixture.key)
            #expect(two.appID == one.appID)
            let named = try await fixture.store.connection(named: one.resourceName)
            #expect(named.id == one.id)
            #expect(try await fixture.store.connections(app: one.appID.uuidString).count == 2)
        }
    }

    @Test("two connections cannot own one schema of one database")
    func schemaOwner() async throws {
        try await Fixture.with { fixture in
            let new = try NewConnection(appName: "shop", target: .key("DATABASE_URL"))
            _ = try await fixture.store.createConnection(new, sealingKey: fixture.key)
            let error = await #expect(throws: CatalogError.self) { try await fixture.store.createConnection(new, sealingKey: fixture.key) }
            #expect(error?.code == .conflict)
        }
    }

    @Test(
        "names that cannot work are refused",
        arguments: [
            ("", "DATABASE_URL", "s"), ("a b", "DATABASE_URL", "s"), ("a", "1X", "s"), ("a", "A B", "s"), ("a", "DATABASE_URL", "Sales"),
            ("a", "DATABASE_URL", "pg_x"), ("a", "DATABASE_URL", "sluice"), ("a", "DATABASE_URL", "x\"y"), ("a", "DATABASE_URL", ""),
        ])
    func rules(app: String, key: String, schema: String) {
        #expect(throws: CatalogError.self) { try NewConnection(appName: app, target: .key(key), schemaName: schema) }
    }

    @Test("an address is stored sealed, or looked up under the name of a variable")
    func address() async throws {
        try await Fixture.with { fixture in
            let secret = "postgres://u:p4ss@host/db"
            let sealed = try await fixture.store.createConnection(
                NewConnection(appName: "a", target: .url(secret)), sealingKey: fixture.key)
            #expect(try ConnectionAddress.databaseURL(of: sealed, key: fixture.key, environment: [:]) == secret)
            let text: String = try await fixture.pool.query("SELECT c::text AS row FROM sluice.connections c")[0].decode("row")
            #expect(!text.contains("p4ss"))
            let keyed = try await fixture.store.createConnection(
                NewConnection(appName: "b", target: .key("B_URL")), sealingKey: fixture.key)
            #expect(try ConnectionAddress.databaseURL(of: keyed, key: fixture.key, environment: ["B_URL": secret]) == secret)
            let error = #expect(throws: CatalogError.self) {
                try ConnectionAddress.databaseURL(of: keyed, key: fixture.key, environment: [:])
            }
            #expect(error?.message.contains("B_URL") == true)
            let malformed = #expect(throws: CatalogError.self) {
                try ConnectionAddress.configuration(of: keyed, key: fixture.key, environment: ["B_URL": "hidden"])
            }
            #expect(malformed?.code == .configuration)
            #expect(malformed?.message.contains("hidden") == false)
        }
    }

    @Test("credentials open only for the connection they were sealed for")
    func credentials() async throws {
        try await Fixture.with { fixture in
            let one = try await fixture.authorizedConnection()
            let stored = try #require(try await fixture.store.connection(one.id))
            #expect(stored.state == .idle)
            #expect(try CredentialSeal.open(stored, key: fixture.key, as: [String: String].self) == ["grant": "test"])
            let sealed = try #require(stored.credentialsSealed)
            #expect(throws: SecretsError.self) { try fixture.key.open(sealed, context: CredentialSeal.context(UUID())) }
        }
    }

    @Test("a refusal of credentials that were replaced meanwhile does not stop the connection")
    func authorizedAnew() async throws {
        try await Fixture.with { fixture in
            let store = fixture.store
            let before = try await fixture.authorizedConnection()
            try await fixture.pool.run("UPDATE sluice.connections SET auth_updated_at = sluice.clock() + interval '1 second'")
            #expect(try await !store.endAuthorization(of: before, description: "refused"))
            let notices = "SELECT event_type, message FROM sluice.notifications ORDER BY id"
            #expect(try await store.pool.query(PostgresQuery(sql: notices)).isEmpty)
            #expect(try await store.connection(before.id)?.state == .idle)
            let after = try #require(try await store.connection(before.id))
            #expect(try await store.endAuthorization(of: after, description: "refused"))
            let raised = try await store.pool.query(PostgresQuery(sql: notices)).map { try $0.decode("message", as: String.self) }
            #expect(raised == ["Salesforce does not accept the connection's login: refused"])
            #expect(try await store.connection(before.id)?.state == .unauthorized)
        }
    }

    @Test("pause, resume and restart go only where the state allows")
    func states() async throws {
        try await Fixture.with { fixture in
            let store = fixture.store
            let fresh = try await store.createConnection(NewConnection(appName: "x", target: .key("X_URL")), sealingKey: fixture.key)
            #expect(try await !store.pause(fresh.id))
            #expect(try await !store.resume(fresh.id))
            #expect(try await !store.restart(fresh.id))
            let connection = try await fixture.authorizedConnection()
            #expect(try await !store.resume(connection.id))
            #expect(try await store.pause(connection.id))
            #expect(try await !store.pause(connection.id))
            #expect(try await !store.setConnectionState(connection.id, .idle, from: [.pollingDBChanges]))
            #expect(try await store.resume(connection.id))
            let (mapping, _) = try await store.upsertMapping(connection.id, objectName: "Account", config: fixture.config(["Id"]))
            try await store.setMappingState(mapping.id, .bulkLoadError, description: "broken")
            try await store.setConnectionState(connection.id, .systemError, description: "broken")
            #expect(try await store.restart(connection.id))
            #expect(try await store.connection(connection.id)?.state == .idle)
            #expect(try await store.mapping(mapping.id)?.state == .initial)
            #expect(try await fixture.pool.query("SELECT FROM sluice.jobs WHERE kind = 'load' AND mapping_id = \(mapping.id)").count == 1)
        }
    }

    @Test("an import shows at once, and ends when the last one waiting ends")
    func imports() async throws {
        try await Fixture.with { fixture in
            let connection = try await fixture.authorizedConnection()
            let first = try #require(try await fixture.store.startImport(connection.id, export: oldExport, requestedBy: "a@b"))
            let second = try #require(try await fixture.store.startImport(connection.id, export: oldExport, requestedBy: "a@b"))
            #expect(try await fixture.store.connection(connection.id)?.state == .importConfiguration)
            #expect(
                try await !fixture.pool.transaction { try CatalogStore.finishImport(connection.id, jobID: first, leaves: .idle, in: $0) })
            try await fixture.pool.run("DELETE FROM sluice.jobs WHERE id = \(first)")
            #expect(
                try await fixture.pool.transaction { try CatalogStore.finishImport(connection.id, jobID: second, leaves: .idle, in: $0) })
            #expect(try await fixture.store.connection(connection.id)?.state == .idle)
        }
    }

    @Test("what is mapped pins database and schema; names change freely")
    func changes() async throws {
        try await Fixture.with { fixture in
            let connection = try await fixture.authorizedConnection()
            let moved = try await fixture.store.changeConnection(connection.id, name: "Main", schemaName: "sf", dbKey: nil)
            #expect(moved.name == "Main")
            #expect(moved.schemaName == "sf")
            _ = try await fixture.store.upsertMapping(connection.id, objectName: "Account", config: fixture.config(["Id"]))
            _ = try await fixture.store.changeConnection(connection.id, name: "Other", schemaName: "sf", dbKey: "DATABASE_URL")
            let error = await #expect(throws: CatalogError.self) {
                try await fixture.store.changeConnection(connection.id, name: nil, schemaName: "elsewhere", dbKey: nil)
            }
            #expect(error?.code == .conflict)
        }
    }
}
