import Catalog
import Eventually
import Foundation
import HTTPTransport
import JobQueue
import LoggedChanges
import MappedSchema
import Postgres
import SyncWorld
import Testing

@Suite("Failed changes that people look after")
struct ResolveTests {
    private static func resolve(
        _ world: SyncWorld, _ action: ResolveAction, _ selection: ChangeSelection = ChangeSelection(), mapping: Mapping? = nil
    ) async throws -> (state: String, text: String) {
        let job = try await world.pool.transaction { session in
            try CatalogStore.resolve(
                ResolveArgs(action: action, selection: selection, requestedBy: "ann"), of: world.connectionID, mapping: mapping?.id,
                in: session)
        }
        return try await world.finished(job)
    }

    /// Changes rows as Sluice does, captured by nothing.
    private static func mend(_ world: SyncWorld, _ change: String) async throws {
        try await world.pool.transaction { session in
            try session.run("SET LOCAL xmlbinary TO 'hex'")
            try session.run(PostgresQuery(sql: "UPDATE salesforce.account SET \(change)"))
        }
    }

    private static func failed(_ world: SyncWorld) async throws -> Int {
        try await world.count("salesforce._trigger_log WHERE state = 'FAILED'")
    }

    @Test("a retry writes what the row holds now, not what it held when the change failed")
    func retry() async throws {
        try await SyncWorld.with(rows: ["Account": 5]) { world in
            try await world.importMappings([("Account", SyncWorld.accountFields, "read_write", "External_Id__c")])
            try await world.pool.run("UPDATE salesforce.account SET name = 'INVALID' WHERE id <= 2")
            _ = try await world.write()
            #expect(try await Self.failed(world) == 2)
            #expect(try await world.count("salesforce.account WHERE _hc_lastop = 'FAILED'") == 2)
            // Later one row is changed, and that arrives; the other is mended where nothing captures it.
            try await world.pool.run("UPDATE salesforce.account SET name = 'later' WHERE id = 1")
            _ = try await world.write()
            try await Self.mend(world, "name = 'mended' WHERE id = 2")
            let done = try await Self.resolve(world, .retry)
            #expect(done.text == "2 failed changes wait again, 0 had nothing left to write")
            try await eventually("the retried changes are written") {
                try await world.count("salesforce._trigger_log WHERE state IN ('NEW', 'PENDING', 'FAILED')") == 0
            }
            #expect(try await world.count("salesforce._trigger_log WHERE state = 'REQUEUED'") == 2)
            #expect(try await world.isEqual("Account", ["Id", "Name"]))
            let names = try await world.pool.query("SELECT name FROM salesforce.account WHERE id <= 2 ORDER BY id").map {
                try $0.decode("name", as: String.self)
            }
            #expect(names == ["later", "mended"])
        }
    }

    @Test("what failed and moved to the archive is tried again from there")
    func archived() async throws {
        try await SyncWorld.with(rows: ["Account": 3]) { world in
            try await world.importMappings([("Account", SyncWorld.accountFields, "read_write", "External_Id__c")])
            try await world.pool.run("UPDATE salesforce.account SET name = 'INVALID' WHERE id = 1")
            _ = try await world.write()
            try await world.script(
                """
                WITH old AS (DELETE FROM salesforce._trigger_log WHERE state = 'FAILED' RETURNING *) INSERT INTO salesforce._trigger_log_archive SELECT * FROM old
                """)
            try await Self.mend(world, "name = 'mended' WHERE id = 1")
            #expect(try await Self.resolve(world, .retry).text.hasPrefix("1 failed changes wait again"))
            try await eventually { try await world.isEqual("Account", ["Id", "Name"]) }
            #expect(try await world.count("salesforce._trigger_log_archive WHERE state = 'REQUEUED'") == 1)
        }
    }

    @Test("only what a selection means is touched, and what is given up stays given up")
    func selected() async throws {
        try await SyncWorld.with(rows: ["Account": 6, "Contact": 3]) { world in
            try await world.importMappings([
                ("Account", SyncWorld.accountFields, "read_write", "External_Id__c"),
                ("Contact", SyncWorld.contactFields, "read_write", "External_Id__c"),
            ])
            try await world.pool.run("UPDATE salesforce.account SET name = 'INVALID' WHERE id <= 4")
            _ = try await world.write()
            #expect(try await Self.failed(world) == 4)
            let log = TriggerLog(schema: "salesforce")
            let (groups, first) = try await world.pool.withSession { session in
                (
                    try log.failureGroups(ChangeSelection(), limit: 10, in: session),
                    try log.failedChanges(ChangeSelection(), before: nil, limit: 10, in: session).changes
                )
            }
            #expect(groups.map(\.count) == [4])
            #expect(first.allSatisfy { $0.cause == groups[0].cause })
            let account = try await world.mapping("Account")
            #expect(account.erroredWrites == 4)
            #expect(
                try await Self.resolve(world, .ignore, ChangeSelection(changes: [first[0].id])).text == "1 failed changes were given up")
            #expect(
                try await Self.resolve(world, .ignore, ChangeSelection(text: "nothing of the kind")).text
                    == "0 failed changes were given up")
            let contact = try await world.mapping("Contact")
            #expect(try await Self.resolve(world, .ignore, mapping: contact).text == "0 failed changes were given up")
            #expect(try await Self.failed(world) == 3)
            #expect(
                try await Self.resolve(world, .ignore, ChangeSelection(cause: groups[0].cause)).text == "3 failed changes were given up")
            #expect(try await Self.failed(world) == 0)
            #expect(try await world.count("salesforce._trigger_log WHERE state = 'IGNORED'") == 4)
            try await eventually { try await world.mapping("Account").erroredWrites == 0 }
        }
    }

    @Test("a failed insert is inserted once, also when its changes are tried again with it")
    func inserts() async throws {
        try await SyncWorld.with(rows: ["Account": 1]) { world in
            try await world.importMappings([("Account", SyncWorld.accountFields, "read_write", "External_Id__c")])
            try await world.pool.run("INSERT INTO salesforce.account (name, external_id__c) VALUES ('INVALID', 'X-1')")
            _ = try await world.write()
            try await world.pool.run("UPDATE salesforce.account SET phone = '5' WHERE external_id__c = 'X-1'")
            _ = try await world.write()
            try await Self.mend(world, "name = 'mended' WHERE external_id__c = 'X-1'")
            _ = try await Self.resolve(world, .retry)
            try await eventually("the record is there once") {
                try await world.count("salesforce.account WHERE external_id__c = 'X-1' AND sfid IS NOT NULL AND _hc_lastop <> 'PENDING'")
                    == 1
            }
            _ = try await world.poll("Account")
            #expect(try await world.count("salesforce.account") == 2)
            #expect(try await world.isEqual("Account", ["Id", "Name", "Phone", "External_Id__c"]))
        }
    }

    @Test("a row is read again: its failed changes are given up, and what waits stays")
    func reread() async throws {
        try await SyncWorld.with(rows: ["Account": 3]) { world in
            try await world.importMappings([("Account", SyncWorld.accountFields, "read_write", "External_Id__c")])
            try await world.pool.run("UPDATE salesforce.account SET name = 'INVALID' WHERE id <= 2")
            _ = try await world.write()
            let account = try await world.mapping("Account")
            #expect(
                try await Self.resolve(world, .reread, mapping: account).text == "2 rows were read again, 0 have no record in Salesforce")
            #expect(try await Self.failed(world) == 0)
            #expect(try await world.isEqual("Account", ["Id", "Name"]))
            #expect(try await world.count("salesforce.account WHERE _hc_lastop <> 'SYNCED' OR _hc_err IS NOT NULL") == 0)
        }
    }

    @Test("either side can be made the other")
    func overwrites() async throws {
        try await SyncWorld.with(rows: ["Account": 4]) { world in
            try await world.importMappings([("Account", SyncWorld.accountFields, "read_write", "External_Id__c")])
            let account = try await world.mapping("Account")
            // Changed behind Sluice's back: captured by nothing.
            try await Self.mend(world, "name = 'here' WHERE id <= 2")
            #expect(try await !world.isEqual("Account", ["Id", "Name"]))
            #expect(
                try await Self.resolve(world, .overwriteSalesforce, ChangeSelection(rows: [1]), mapping: account).text
                    == "1 rows are written to Salesforce as they are")
            #expect(
                try await Self.resolve(world, .overwritePostgres, ChangeSelection(rows: [2]), mapping: account).text.hasPrefix(
                    "1 rows were made"))
            try await eventually("both sides are equal") { try await world.isEqual("Account", ["Id", "Name"]) }
            let names = try await world.pool.query("SELECT name FROM salesforce.account WHERE id <= 2 ORDER BY id").map {
                try $0.decode("name", as: String.self)
            }
            #expect(names[0] == "here" && names[1] != "here")
            // A row without a record cannot become what Salesforce holds but by going.
            try await world.pool.transaction { session in
                try session.run("SET LOCAL xmlbinary TO 'hex'")
                try session.run("INSERT INTO salesforce.account (name) VALUES ('only here')")
            }
            let id: Int64 = try await world.pool.query("SELECT max(id)::bigint AS id FROM salesforce.account")[0].decode("id")
            #expect(
                try await Self.resolve(world, .overwritePostgres, ChangeSelection(rows: [id]), mapping: account).text.contains(
                    "1 of them deleted"))
            #expect(try await world.count("salesforce.account") == 4)
        }
    }
}
