import Catalog
import Eventually
import Foundation
import HTTPTransport
import HTTPTypes
import JobQueue
import Postgres
import Secrets
import SyncWorld
import TestDatabase
import Testing

@testable import MappedSchema
@testable import Sync

@Suite("One schema, one owner")
struct SchemaOwnershipTests {
    private func withAccounts(_ body: @Sendable (SyncWorld) async throws -> Void) async throws {
        try await SyncWorld.with(rows: ["Account": 20]) { world in
            try await world.importMappings([("Account", SyncWorld.accountFields, "read_write", nil)])
            try await body(world)
        }
    }

    private func contents(_ world: SyncWorld) async throws -> [String] {
        try await world.pool.query("SELECT t::text AS row FROM salesforce.account t ORDER BY id").map { try $0.decode("row") }
    }

    @Test("a second connection that means the same place under another address touches nothing, and says whose it is and what to do")
    func secondConnection() async throws {
        try await withAccounts { world in
            let before = try await contents(world)
            let second = try await world.secondConnection()
            try await world.pool.run("UPDATE salesforce.account SET phone = '1' WHERE id = 1")
            _ = try await world.catalog.startImport(
                second.id,
                export:
                    #"{"version": 1, "mappings": [{"object_name": "Account", "config": {"access": "read_write", "fields": {"Id": {}, "Name": {}, "SystemModstamp": {}, "IsDeleted": {}}}}]}"#,
                requestedBy: "test")
            try await eventually("the second connection stops") {
                try await world.catalog.connection(second.id)?.state == .dbUnavailable
            }
            let stopped = try #require(try await world.catalog.connection(second.id))
            let owner = try #require(try await world.catalog.connection(world.connectionID))
            let description = stopped.stateDescription ?? ""
            #expect(description.contains(owner.resourceName) && description.contains("sluice connection takeover \(second.resourceName)"))
            #expect(try await world.count("sluice.notifications WHERE connection_id = '\(second.id)'") > 0)
            #expect(try await contents(world).count == before.count)
            // The owner goes on, and each change is sent once.
            #expect(try await world.write().text.hasPrefix("1 written"))
            #expect(try await contents(world).dropFirst().elementsEqual(before.dropFirst()))
        }
    }

    @Test("once it has taken the schema over, the second goes on and the first is refused")
    func takeOver() async throws {
        try await withAccounts { world in
            let second = try await world.secondConnection()
            let ownership = SchemaOwnership(connection: second, controlDatabase: try await world.catalog.controlDatabaseID())
            await #expect(throws: MappedSchemaError.self) { try await world.pool.withSession { try ownership.check(in: $0) } }
            // The same connection of a copy of the control database is another owner too.
            let (first, copy) = (try #require(try await world.catalog.connection(world.connectionID)), UUID())
            await #expect {
                try await world.pool.withSession { try SchemaOwnership(connection: first, controlDatabase: copy).check(in: $0) }
            } throws: { "\($0)".contains("of the control database") }
            let before = try await world.pool.transaction { try ownership.takeOver(in: $0) }
            #expect(before?.contains("test:salesforce") ?? false)
            #expect(try await world.pool.withSession { try ownership.check(in: $0) })
            let result = try await world.poll("Account")
            #expect(result.state == "failed" && result.text.contains(second.resourceName), "\(result)")
        }
    }

    @Test("the org whose records a schema holds stays its org")
    func otherOrg() async throws {
        try await withAccounts { world in
            let before = try await contents(world)
            try await world.pool.run("UPDATE sluice.connections SET organization_id = '00D000000000009AAA'")
            for job in [try NewJob.load(try await world.mapping("Account"), reason: .reload), try .write(world.connectionID)] {
                try await world.pool.run("UPDATE sluice.connections SET state = 'IDLE'")
                let result = try await world.run(job)
                #expect(result.state == "failed" && result.text.contains("holds the records of the org"), "\(result)")
            }
            #expect(try await contents(world) == before)
            // What Heroku Connect itself recorded counts too.
            try await world.pool.run("UPDATE salesforce._hcmeta SET details = '{}'")
            try await world.pool.run("UPDATE sluice.connections SET state = 'IDLE'")
            #expect(try await world.poll("Account").text.contains("holds the records of the org"))
        }
    }

    @Test("what else stands in the details is kept, and a schema without an owner becomes the first comer's")
    func details() async throws {
        for old in ["{}", #"{"heroku": {"a": 1}}"#, "a text", ""] {
            try await withAccounts { world in
                try await world.pool.run("UPDATE salesforce._hcmeta SET details = \(old), org_id = ''")
                #expect(try await world.poll("Account").state == "completed")
                let row = try await world.pool.query("SELECT details, org_id FROM salesforce._hcmeta")[0]
                let details: String = try row.decode("details")
                #expect(SchemaOwnership.owner(in: details)?.connection == world.connectionID.uuidString.lowercased())
                #expect(try row.decode("org_id", as: String.self).hasPrefix("00D"))
                if old.contains("heroku") { #expect(details.contains(#""heroku":{"a":1}"#)) }
                if old == "a text" { #expect(details.contains(#""details":"a text""#)) }
            }
        }
    }

    @Test("a role that may not make schemas loads into one that was made for it")
    func rights() async throws {
        try await withAccounts { world in
            let role = "sluice_test_\(UUID().uuidString.prefix(8).lowercased())"
            try await world.pool.run("CREATE ROLE \(identifier: role) LOGIN")
            defer { Task { try? await world.pool.run("DROP OWNED BY \(identifier: role); DROP ROLE \(identifier: role)") } }
            try await world.script("CREATE SCHEMA sf2 AUTHORIZATION \(role); ALTER SCHEMA sluice_staging OWNER TO \(role)")
            try await world.pool.run("UPDATE sluice.connections SET schema_name = 'sf2'")
            let connection = try #require(try await world.catalog.connection(world.connectionID))
            let ownership = SchemaOwnership(connection: connection, controlDatabase: UUID())
            try await world.pool.transaction { session in
                try session.run("SET LOCAL ROLE \(identifier: role)")
                try TargetMetadata.ensure(schema: "sf2", ownership: ownership, in: session)
            }
            await #expect {
                try await world.pool.transaction { session in
                    try session.run("SET LOCAL ROLE \(identifier: role)")
                    try TargetMetadata.ensure(schema: "sf3", ownership: ownership, in: session)
                }
            } throws: { error in
                "\(error)".contains("CREATE SCHEMA \"sf3\" AUTHORIZATION")
            }
        }
    }

    @Test("two roles work in one database, each in a schema of its own, once the first lets the second use the schema of stages")
    func twoRoles() async throws {
        try await withAccounts { world in
            let role = "sluice_test_\(UUID().uuidString.prefix(8).lowercased())"
            try await world.script("CREATE ROLE \(role) LOGIN; CREATE SCHEMA sf2 AUTHORIZATION \(role)")
            // What the first role has made for all.
            let gone = try await world.sfids("Account").sorted()
            try await world.sandbox(.post, "/sandbox/hard-delete", "{\"ids\":[\"\(gone[0])\"]}")
            // The log of deletes has whole minutes.
            try await world.sandbox(.post, "/sandbox/clock", #"{"offset_seconds":300}"#)
            #expect(try await world.poll("Account").text.contains("1 deleted"))
            var address = try #require(URLComponents(string: world.targetDatabase.url))
            address.user = role
            try await world.moveTarget(to: try #require(address.string))
            try await world.pool.run("UPDATE sluice.connections SET schema_name = 'sf2'")
            #expect(try await world.run(try .load(try await world.mapping("Account"), reason: .reload)).state == "failed")
            let refused = try await world.mapping("Account")
            #expect(
                refused.stateDescription?.contains("GRANT USAGE, CREATE ON SCHEMA sluice_staging TO") == true,
                "\(refused.stateDescription ?? "")")
            try await world.script("GRANT USAGE, CREATE ON SCHEMA sluice_staging TO \(role)")
            let load = try await world.run(try .load(try await world.mapping("Account"), reason: .reload))
            #expect(load.state == "completed", "\(load.text)")
            try await world.sandbox(.post, "/sandbox/hard-delete", "{\"ids\":[\"\(gone[1])\"]}")
            try await world.sandbox(.post, "/sandbox/clock", #"{"offset_seconds":600}"#)
            #expect(try await world.poll("Account").text.contains("1 deleted"))
            #expect(try await world.count("sf2.account") == gone.count - 2)
            try await world.script("DROP OWNED BY \(role); DROP ROLE \(role)")
        }
    }
}
