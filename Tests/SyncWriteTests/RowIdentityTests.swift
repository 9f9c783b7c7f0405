import Catalog
import Eventually
import JobQueue
import Postgres
import SyncWorld
import Testing

@Suite("Which row a change is about")
struct RowIdentityTests {
    private static let accounts: [(object: String, fields: [String], access: String, upsertField: String?)] = [
        ("Account", SyncWorld.accountFields, "read_write", "External_Id__c")
    ]
    private static let plainAccounts: [(object: String, fields: [String], access: String, upsertField: String?)] = [
        ("Account", SyncWorld.accountFields, "read_write", nil)
    ]

    /// What people do to a table so that other rows get the ids.
    enum Upheaval: String, CaseIterable, Sendable {
        case drop, truncate, restore

        func happen(_ world: SyncWorld) async throws {
            switch self {
            case .drop: try await world.target.run("DROP TABLE salesforce.account")
            case .truncate: try await world.target.run("TRUNCATE salesforce.account RESTART IDENTITY")
            case .restore:
                try await world.target.transaction { session in
                    try session.run("SET LOCAL xmlbinary TO 'hex'")
                    try session.run("CREATE TEMPORARY TABLE kept ON COMMIT DROP AS SELECT * FROM salesforce.account WHERE sfid IS NOT NULL")
                    try session.run("DELETE FROM salesforce.account")
                    try session.run("UPDATE kept SET id = 1 + (id + 4) % (SELECT max(id) FROM kept)")
                    try session.run("INSERT INTO salesforce.account SELECT * FROM kept")
                }
                return
            }
            let result = try await world.run(try .load(try await world.mapping("Account"), reason: .reload))
            #expect(result.state == "completed", "\(result.text)")
        }
    }

    @Test(
        "a change is written to the record it was captured of, whatever row has its id by now", arguments: Upheaval.allCases,
        TargetHome.allCases)
    func updates(upheaval: Upheaval, home: TargetHome) async throws {
        try await SyncWorld.with(rows: ["Account": 20], home: home) { world in
            try await world.importMappings(Self.accounts)
            let before = try await world.sfids("Account", where: "id IN (2, 3)")
            try await world.target.run("UPDATE salesforce.account SET phone = 'for ' || sfid WHERE id IN (2, 3)")
            try await world.target.run("DELETE FROM salesforce.account WHERE id = 5")
            try await upheaval.happen(world)
            try await world.target.transaction { session in
                try session.run("SET LOCAL xmlbinary TO 'hex'")
                try session.run("UPDATE salesforce.account SET id = 3000 - id")
                try session.run("UPDATE salesforce.account SET id = id - 2979")
            }
            let result = try await world.write()
            #expect(result.text.hasPrefix("3 written, 0 failed"), "\(result.text)")
            _ = try await world.poll("Account")
            #expect(try await world.count("salesforce.account WHERE phone LIKE 'for %' AND phone <> 'for ' || sfid") == 0)
            #expect(try await world.sfids("Account", where: "phone LIKE 'for %'") == before)
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
        }
    }

    @Test("an insert is sent and ticks off no other row that got its id", arguments: Upheaval.allCases, [true, false])
    func inserts(upheaval: Upheaval, hasKey: Bool) async throws {
        try await SyncWorld.with(rows: ["Account": 20]) { world in
            try await world.importMappings(hasKey ? Self.accounts : Self.plainAccounts)
            let made = try await world.target.query(
                "INSERT INTO salesforce.account (name, external_id__c) VALUES ('Made here', 'H-1') RETURNING id")[0]
            let id: Int64 = try made.decode("id")
            try await upheaval.happen(world)
            try await world.target.transaction { session in
                try session.run("SET LOCAL xmlbinary TO 'hex'")
                try session.run("DELETE FROM salesforce.account WHERE sfid IS NULL")
                try session.run("UPDATE salesforce.account SET id = \(id) WHERE id = (SELECT min(id) FROM salesforce.account)")
                try session.run("SELECT setval('salesforce.account_id_seq', 100)")
            }
            let other = try await world.sfids("Account", where: "id = \(id)")
            let result = try await world.write()
            #expect(result.text.hasPrefix("1 written, 0 failed"), "\(result.text)")
            #expect(try await world.sfids("Account", where: "id = \(id)") == other)
            #expect(try await world.count("salesforce.account WHERE id = \(id) AND _hc_lastop = 'INSERTED'") == 0)
            let polled = try await world.poll("Account")
            #expect(polled.state == "completed" && polled.text.hasPrefix("1"), "\(polled)")
            #expect(try await world.count("salesforce.account WHERE name = 'Made here' AND sfid IS NOT NULL") == 1)
            #expect(try await world.count("salesforce.account") == 21)
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
        }
    }

    @Test("a row made by nobody's captured insert is not given the id of an insert whose row is gone")
    func unsentRow() async throws {
        try await SyncWorld.with(rows: ["Account": 5]) { world in
            try await world.importMappings(Self.plainAccounts)
            try await world.target.run("INSERT INTO salesforce.account (id, name) VALUES (700, 'First')")
            try await world.target.transaction { session in
                try session.run("SET LOCAL xmlbinary TO 'hex'")
                try session.run("DELETE FROM salesforce.account WHERE id = 700")
                try session.run("INSERT INTO salesforce.account (id, name) VALUES (700, 'Second')")
            }
            let result = try await world.write()
            #expect(result.text.hasPrefix("1 written, 0 failed"), "\(result.text)")
            #expect(try await world.count("salesforce.account WHERE id = 700 AND name = 'Second' AND sfid IS NULL") == 1)
            _ = try await world.poll("Account")
            #expect(try await world.count("salesforce.account WHERE name = 'First' AND sfid IS NOT NULL") == 1)
        }
    }

    @Test("a row whose column was dropped and made again while its insert waited is still known")
    func columnMadeAgain() async throws {
        try await SyncWorld.with(rows: ["Account": 5]) { world in
            try await world.importMappings(Self.plainAccounts)
            try await world.target.run("INSERT INTO salesforce.account (id, name, phone) VALUES (700, 'Made here', '1')")
            try await world.target.run("ALTER TABLE salesforce.account DROP COLUMN phone")
            try await world.target.run("ALTER TABLE salesforce.account ADD COLUMN phone varchar(40)")
            let result = try await world.write()
            #expect(result.text.hasPrefix("1 written, 0 failed"), "\(result.text)")
            #expect(try await world.count("salesforce.account WHERE id = 700 AND sfid IS NOT NULL AND _hc_lastop = 'INSERTED'") == 1)
            _ = try await world.poll("Account")
            #expect(try await world.count("salesforce.account") == 6)
            #expect(try await world.count("salesforce.account WHERE id = 700 AND phone = '1'") == 1)
        }
    }

    @Test("a refusal marks the row that it is about and no other")
    func refusals() async throws {
        try await SyncWorld.with(rows: ["Account": 5]) { world in
            try await world.importMappings(Self.accounts)
            let refused = try await world.sfids("Account", where: "id = 2")
            try await world.target.run("UPDATE salesforce.account SET name = 'INVALID name' WHERE id = 2")
            try await world.target.transaction { session in
                try session.run("SET LOCAL xmlbinary TO 'hex'")
                try session.run("UPDATE salesforce.account SET id = 900 WHERE id = 2")
                try session.run("UPDATE salesforce.account SET id = 2 WHERE id = 3")
            }
            let result = try await world.write()
            #expect(result.text.hasPrefix("0 written, 1 failed"), "\(result.text)")
            #expect(try await world.sfids("Account", where: "_hc_lastop = 'FAILED' AND _hc_err IS NOT NULL") == refused)
        }
    }

    @Test("an insert, its updates and its deletion, captured before the first was sent, are about one record")
    func captured() async throws {
        try await SyncWorld.with(rows: ["Account": 5]) { world in
            try await world.importMappings(Self.plainAccounts)
            try await world.target.run("INSERT INTO salesforce.account (id, name) VALUES (800, 'one')")
            try await world.target.run("UPDATE salesforce.account SET name = 'two' WHERE id = 800")
            try await world.target.run("UPDATE salesforce.account SET phone = '3' WHERE id = 800")
            let result = try await world.write()
            #expect(result.text.hasPrefix("3 written, 0 failed"), "\(result.text)")
            #expect(try await world.count("salesforce.account WHERE id = 800 AND sfid IS NOT NULL AND _hc_lastop = 'UPDATED'") == 1)
            #expect(try await world.count("salesforce._trigger_log WHERE record_id = 800 AND sfid IS NOT NULL AND state = 'SUCCESS'") == 3)
            _ = try await world.poll("Account")
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
        }
    }

    @Test("a row that is restored, deleted and restored again is the later insert's")
    func restoredTwice() async throws {
        try await SyncWorld.with(rows: ["Account": 5]) { world in
            try await world.importMappings(Self.plainAccounts)
            try await world.target.run("UPDATE salesforce.account SET parentid = NULL")
            _ = try await world.write()
            _ = try await world.poll("Account")
            try await world.target.run("CREATE TABLE public.backup AS SELECT * FROM salesforce.account WHERE id = 1")
            try await world.target.transaction { session in
                try session.run("DELETE FROM salesforce.account WHERE id = 1")
                for _ in 1...2 {
                    try session.run("INSERT INTO salesforce.account SELECT * FROM public.backup")
                    try session.run("DELETE FROM salesforce.account WHERE id = 1")
                }
                try session.run("INSERT INTO salesforce.account SELECT * FROM public.backup")
            }
            let result = try await world.write()
            #expect(result.text.contains(" 0 failed"), "\(result.text)")
            try await world.target.run("UPDATE salesforce.account SET phone = 'at last' WHERE id = 1")
            #expect(try await world.write().text.hasPrefix("1 written, 0 failed"))
            _ = try await world.poll("Account")
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
            #expect(try await world.count("salesforce.account WHERE id = 1 AND phone = 'at last'") == 1)
        }
    }

    @Test("each refusal of an insert that updates send again marks its row, though a restored backup lacks one of them")
    func mendedAgain() async throws {
        try await SyncWorld.with(rows: ["Account": 5]) { world in
            try await world.importMappings(Self.plainAccounts)
            try await world.catalog.setWriteSwitches(world.connectionID, mode: .paused, deletesPerHour: nil, requestedBy: "test")
            try await world.target.run("INSERT INTO salesforce.account (id, name, phone) VALUES (800, 'INVALID name', '1')")
            try await world.target.run("CREATE TABLE public.backup AS SELECT * FROM salesforce.account WHERE id = 800")
            try await world.target.run("UPDATE salesforce.account SET industry = 'Energy' WHERE id = 800")
            try await world.target.transaction { session in
                try session.run("SET LOCAL xmlbinary TO 'hex'")
                try session.run("DELETE FROM salesforce.account WHERE id = 800")
                try session.run("INSERT INTO salesforce.account SELECT * FROM public.backup")
            }
            try await world.target.run("UPDATE salesforce.account SET phone = '2' WHERE id = 800")
            try await world.catalog.setWriteSwitches(world.connectionID, mode: .on, deletesPerHour: nil, requestedBy: "test")
            try await eventually("nothing waits") {
                try await world.count("salesforce._trigger_log WHERE state IN ('NEW', 'PENDING')") == 0
            }
            #expect(try await world.count("salesforce._trigger_log WHERE record_id = 800 AND state = 'FAILED'") == 3)
            #expect(try await world.count("salesforce.account WHERE id = 800 AND _hc_lastop = 'FAILED' AND _hc_err IS NOT NULL") == 1)
        }
    }

    @Test("a refusal marks its row also when a column was renamed since and a subtransaction wrote the row last")
    func renamedColumn() async throws {
        try await SyncWorld.with(rows: ["Account": 5]) { world in
            try await world.importMappings(Self.plainAccounts)
            try await world.catalog.setWriteSwitches(world.connectionID, mode: .paused, deletesPerHour: nil, requestedBy: "test")
            try await world.target.run("INSERT INTO salesforce.account (id, name, phone) VALUES (800, 'INVALID name', '1')")
            try await world.target.transaction { session in
                try session.run("SAVEPOINT one")
                try session.run("UPDATE salesforce.account SET industry = 'Energy' WHERE id = 800")
                try session.run("RELEASE one")
            }
            try await world.target.run("ALTER TABLE salesforce.account RENAME phone TO telephone")
            try await world.catalog.setWriteSwitches(world.connectionID, mode: .on, deletesPerHour: nil, requestedBy: "test")
            try await eventually("nothing waits") {
                try await world.count("salesforce._trigger_log WHERE state IN ('NEW', 'PENDING')") == 0
            }
            #expect(try await world.count("salesforce.account WHERE id = 800 AND _hc_lastop = 'FAILED' AND _hc_err IS NOT NULL") == 1)
        }
    }
}
