import Catalog
import Eventually
import Foundation
import JobQueue
import Postgres
import SchemaInspection
import SyncWorld
import TestDatabase
import Testing

@testable import MappedSchema
@testable import Sync

@Suite("What people do to tables", .timeLimit(.minutes(30)))
struct UpkeepTests {
    private func withAccounts(home: TargetHome = .controlDatabase, _ body: @Sendable (SyncWorld) async throws -> Void) async throws {
        try await SyncWorld.with(rows: ["Account": 50], home: home) { world in
            try await world.importMappings([("Account", SyncWorld.accountFields, "read_write", nil)])
            try await body(world)
        }
    }

    /// After the next poll all is as the org has it, and an event says what was done.
    private func comesBack(_ world: SyncWorld, saying words: String) async throws {
        let polled = try await world.poll("Account")
        #expect(polled.state == "completed" && polled.text.contains(words), "\(polled)")
        try await eventually("the table is loaded again") {
            guard try await world.count("sluice.jobs WHERE kind IN ('load', 'load_page')") == 0 else { return false }
            return try await world.mapping("Account").state == .dataSynced
        }
        #expect(try await world.isEqual("Account", SyncWorld.accountFields))
        #expect(try await world.count("sluice.events WHERE message LIKE '%\(words)%'") == 1)
    }

    @Test("TRUNCATE deletes nothing in the org, and the rows come back with the next poll", arguments: TargetHome.allCases)
    func truncate(home: TargetHome) async throws {
        try await withAccounts(home: home) { world in
            let before = try await world.sfids("Account")
            try await world.script("TRUNCATE salesforce.account")
            #expect(try await world.write().state == "completed")
            try await comesBack(world, saying: "emptied (TRUNCATE)")
            #expect(try await world.sfids("Account") == before)
        }
    }

    @Test("rows that an application deletes one by one are changes, and do not come back")
    func deleted() async throws {
        try await withAccounts { world in
            try await world.script("DELETE FROM salesforce.account")
            let polled = try await world.poll("Account")
            #expect(!polled.text.contains("TRUNCATE"), "\(polled)")
            #expect(try await world.write().state == "completed")
            _ = try await world.poll("Account")
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
        }
    }

    @Test("a table that was dropped is made and loaded again, with its triggers", arguments: TargetHome.allCases)
    func dropTable(home: TargetHome) async throws {
        try await withAccounts(home: home) { world in
            try await world.script("DROP TABLE salesforce.account")
            try await comesBack(world, saying: "is gone (DROP TABLE)")
            try await world.script("UPDATE salesforce.account SET phone = '1' WHERE id = (SELECT min(id) FROM salesforce.account)")
            #expect(try await world.write().text.hasPrefix("1 written"))
        }
    }

    /// What keeps changes from being captured, and what ends it.
    static let silences = [
        (plant: "DROP TRIGGER hc_account_logtrigger ON salesforce.account", heal: nil),
        (
            plant: "ALTER TABLE salesforce.account DISABLE TRIGGER hc_account_status_trigger",
            heal: "ALTER TABLE salesforce.account ENABLE TRIGGER hc_account_status_trigger"
        ),
    ]

    @Test("a trigger of the capture that was dropped or disabled is said by the next poll, once, until it is back", arguments: silences)
    func silentTrigger(plant: String, heal: String?) async throws {
        try await withAccounts { world in
            try await world.script(plant)
            for _ in 1...2 { #expect(try await world.poll("Account").state == "completed") }
            let mapping = try await world.mapping("Account")
            #expect(mapping.state == .dataSynced)
            #expect(mapping.stateDescription?.contains("are not captured") == true, "\(mapping.stateDescription ?? "")")
            #expect(try await world.count("sluice.notifications WHERE message LIKE 'Account: changes of rows of salesforce.account%'") == 1)
            #expect(
                try await world.count("sluice.events WHERE level = 'error' AND message LIKE '%hc_account_%trigger is missing or disabled%'")
                    == 1)
            if let heal {
                try await world.script(heal)
            } else {
                #expect(try await world.run(.load(mapping, reason: .reload)).state == "completed")
            }
            #expect(try await world.poll("Account").state == "completed")
            #expect(try await world.mapping("Account").stateDescription == nil)
            try await world.script("UPDATE salesforce.account SET phone = '1' WHERE id = (SELECT min(id) FROM salesforce.account)")
            #expect(try await world.write().text.hasPrefix("1 written"))
        }
    }

    @Test("a column that was dropped or renamed is said at once, by its name; renamed back or reloaded, reading goes on")
    func columns() async throws {
        try await withAccounts { world in
            try await world.script("ALTER TABLE salesforce.account RENAME COLUMN phone TO telephone")
            let renamed = try await world.poll("Account")
            #expect(renamed.state == "failed" && renamed.text.contains("no column phone any more"), "\(renamed)")
            let mapping = try await world.mapping("Account")
            #expect(mapping.state == .badConfig && mapping.stateDescription?.contains("rename it back") == true)
            #expect(try await world.count("sluice.notifications WHERE message LIKE '%no column phone%'") == 1)
            try await world.script("ALTER TABLE salesforce.account RENAME COLUMN telephone TO phone")
            #expect(try await world.poll("Account").state == "completed")
            #expect(try await world.mapping("Account").state == .dataSynced)
            try await world.script("ALTER TABLE salesforce.account DROP COLUMN phone")
            #expect(try await world.poll("Account").state == "failed")
            let reload = try await world.run(try .load(try await world.mapping("Account"), reason: .reload))
            #expect(reload.state == "completed", "\(reload)")
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
            #expect(try await world.mapping("Account").state == .dataSynced)
        }
    }

    @Test(
        "a metadata table that was dropped is made anew by the next job, and changes are captured and written again",
        arguments: TargetHome.allCases)
    func metadata(home: TargetHome) async throws {
        try await withAccounts(home: home) { world in
            for table in ["_trigger_log", "_trigger_log_archive", "_hcmeta", "_sf_event_log"] {
                try await world.script("DROP TABLE salesforce.\(table)")
                #expect(try await world.poll("Account").state == "completed")
                #expect(try await world.count("pg_class WHERE oid = to_regclass('salesforce.\(table)')") == 1)
                #expect(try await world.count("sluice.notifications WHERE message LIKE 'salesforce.\(table) was gone%'") == 1)
            }
            try await world.script("UPDATE salesforce.account SET phone = '1' WHERE id = (SELECT min(id) FROM salesforce.account)")
            #expect(try await world.write().text.hasPrefix("1 written"))
            #expect(try await world.isEqual("Account", ["Id", "Phone"]))
        }
    }

    @Test("a table that was renamed is said at once, and renamed back it is polled on, without a load")
    func renamedTable() async throws {
        try await withAccounts { world in
            try await world.script("ALTER TABLE salesforce.account RENAME TO kept")
            let polled = try await world.poll("Account")
            #expect(polled.state == "failed" && polled.text.contains("was renamed to salesforce.kept"), "\(polled)")
            #expect(try await world.mapping("Account").state == .badConfig)
            try await world.script("ALTER TABLE salesforce.kept RENAME TO account")
            #expect(try await world.poll("Account").state == "completed")
            #expect(try await world.mapping("Account").state == .dataSynced)
            #expect(try await world.count("sluice.all_jobs WHERE kind = 'load'") == 1)
        }
    }

    @Test("what is decided of a look at a table")
    func verdicts() {
        let table = TableSchema(
            objectName: "Account", schema: "s", table: "account", columns: [], isWritable: true, upsertColumn: nil, indexes: [])
        func verdict(exists: Bool = true, missing: [String] = [], isEmpty: Bool = false, rows: Int = 5, waiting: Int = 0) -> String {
            let look = MappedTableLook(exists: exists, missingColumns: missing, isEmpty: isEmpty)
            switch TableUpkeep.Verdict(look, table: table, knownRows: rows, waiting: waiting) {
            case .sound: return "sound"
            case .load: return "load"
            case .stop: return "stop"
            }
        }
        #expect(verdict() == "sound")
        #expect(verdict(exists: false) == "load")
        let renamed = MappedTableLook(exists: false, renamedTo: "s.old", missingColumns: [], isEmpty: false)
        guard case .stop(let reason) = TableUpkeep.Verdict(renamed, table: table, knownRows: 1, waiting: 0), reason.contains("s.old") else {
            Issue.record("a table that was renamed stops its mapping")
            return
        }
        #expect(verdict(missing: ["phone"]) == "stop")
        #expect(verdict(missing: ["phone"], isEmpty: true) == "stop")
        #expect(verdict(isEmpty: true) == "load")
        #expect(verdict(isEmpty: true, rows: 0) == "sound")
        #expect(verdict(isEmpty: true, waiting: 1) == "sound")
    }
}
