import Catalog
import Eventually
import JobQueue
import Postgres
import SyncWorld
import Testing

@testable import MappedSchema

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

    @Test(
        "a column counts as newer than a change only in a table that is older",
        arguments: [
            (column: Int64(5), table: Int64(100), transaction: Int64(90), isNewer: true),
            (column: 10, table: 100, transaction: 90, isNewer: false),
            (column: 5, table: 5, transaction: 90, isNewer: false),
            (column: 5, table: 100, transaction: 96, isNewer: false),
            (column: 2_147_483_647, table: 2_147_483_647, transaction: 90, isNewer: false),
            (column: 5, table: 100, transaction: 5000, isNewer: false),
        ] as [(column: Int64, table: Int64, transaction: Int64, isNewer: Bool)])
    func columnAges(_ the: (column: Int64, table: Int64, transaction: Int64, isNewer: Bool)) {
        let ages = ColumnAges(ages: ["phone": the.column, "id": the.table], now: 100)
        #expect(ages.isNewer("phone", than: the.transaction) == the.isNewer)
        #expect(!ages.isNewer("phone", than: nil) && !ages.isNewer("unknown", than: the.transaction))
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

    // MARK: - The decision

    private func insert(_ values: [String: String?], transaction: Int64? = 7) -> Change {
        Change(id: 1, table: "account", action: .insert, recordID: 3, values: values, transaction: transaction)
    }

    private func row(sfid: String? = nil, writer: Int64 = 99, key: String? = nil) -> RowIdentity.Row {
        RowIdentity.Row(id: 3, sfid: sfid, writer: writer, key: key)
    }

    @Test("the transaction, the unique identifier and the Salesforce id tell at once")
    func verdicts() {
        let identity = RowIdentity(insert: insert(["name": "A", "key__c": "K"]), upsertColumn: "key__c")
        #expect(identity.verdict(row(writer: 7), answered: nil) == .same)
        #expect(identity.verdict(row(sfid: "001", key: "K"), answered: nil) == .same)
        #expect(identity.verdict(row(sfid: "001"), answered: "001") == .same)
        #expect(identity.verdict(row(sfid: "002"), answered: "001") == .other)
        #expect(identity.verdict(row(sfid: "002", key: "L"), answered: nil) == .other)
        #expect(identity.verdict(row(key: "L"), answered: nil) == .open)
        let wrapped = RowIdentity(insert: insert([:], transaction: 7 + (5 << 32)), upsertColumn: nil)
        #expect(wrapped.verdict(row(writer: 7), answered: nil) == .same)
        let restored = RowIdentity(insert: insert(["sfid": "001"]), upsertColumn: nil)
        #expect(restored.verdict(row(sfid: "001"), answered: "002") == .same)
    }

    @Test("else the row has what was captured, later changes included")
    func contents() {
        let identity = RowIdentity(insert: insert(["name": "A", "phone": "1", "own": "x"]), upsertColumn: nil)
        let update = RowIdentity.Later(action: .update, transaction: 8, values: ["phone": "2"], isCaptured: true)
        let byHand = RowIdentity.Later(action: .update, transaction: 9, values: ["name": "C"], isCaptured: false)
        let columns = ["name", "phone"]
        #expect(identity.isSame(row(), values: ["name": "A", "phone": "1"], later: [], columns: columns))
        #expect(identity.isSame(row(), values: ["name": "A", "phone": "2", "own": "y"], later: [update], columns: columns))
        #expect(!identity.isSame(row(), values: ["name": "A", "phone": "1"], later: [update], columns: columns))
        #expect(!identity.isSame(row(), values: ["name": "B", "phone": "1"], later: [], columns: columns))
        #expect(identity.isSame(row(writer: 8), values: ["name": "Z"], later: [update], columns: columns))
        #expect(identity.isSame(row(), values: ["name": "A", "telephone": "1"], later: [], columns: columns))
        #expect(!identity.isSame(row(), values: ["name": "B", "telephone": "1"], later: [], columns: columns))
        #expect(!identity.isSame(row(), values: ["name": "A", "phone": nil], later: [], columns: columns))
        for name in ["A", "C"] {
            #expect(identity.isSame(row(), values: ["name": name, "phone": "2"], later: [byHand, update], columns: columns))
        }
        #expect(!identity.isSame(row(), values: ["name": "A", "phone": "1"], later: [byHand, update], columns: columns))
    }
}
