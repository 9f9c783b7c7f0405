import LoggedChanges
import Postgres
import SyncWorld
import Testing

@testable import SyncWrite

/// Rows that name each other, or themselves, as parents by external ids.
@Suite("Parents in a circle")
struct CircularParentTests {
    private static let fields = ["Id", "IsDeleted", "SystemModstamp", "Name", "ParentId", "Parent__External_Id__c", "External_Id__c"]

    private func withAccounts(isOrdered: Bool, _ body: @Sendable (SyncWorld) async throws -> Void) async throws {
        try await SyncWorld.with(rows: ["Account": 3]) { world in
            try await world.importMappings([("Account", Self.fields, "read_write", "External_Id__c")])
            try await world.pool.run(
                "UPDATE sluice.connections SET features = jsonb_build_object('poll_db_no_merge', \(isOrdered)::boolean) WHERE id = \(world.connectionID)"
            )
            try await body(world)
        }
    }

    @Test("rows that name each other and themselves are made first and get their parents then", arguments: [true, false])
    func circle(isOrdered: Bool) async throws {
        try await withAccounts(isOrdered: isOrdered) { world in
            try await world.target.run(
                """
                INSERT INTO salesforce.account (name, external_id__c, parent__external_id__c)
                VALUES ('one', 'C-1', 'C-2'), ('two', 'C-2', 'C-3'), ('three', 'C-3', 'C-1'), ('outside', 'O-1', 'C-2')
                """)
            #expect(try await world.write().text.contains(" 0 failed"))
            #expect(try await world.write().text.contains(" 0 failed"))
            #expect(try await world.count("salesforce._trigger_log WHERE state <> 'SUCCESS'") == 0)
            _ = try await world.poll("Account")
            let parents = try await world.target.query(
                """
                SELECT c.name || ' ' || p.name AS pair FROM salesforce.account c JOIN salesforce.account p ON p.sfid = c.parentid
                WHERE c.external_id__c IN ('C-1', 'C-2', 'C-3', 'O-1') ORDER BY c.id
                """
            ).map { try $0.decode("pair", as: String.self) }
            #expect(parents == ["one two", "two three", "three one", "outside two"])
            #expect(try await world.count("salesforce.account WHERE _hc_lastop IN ('PENDING', 'FAILED')") == 0)
        }
    }

    @Test("what the row says by then of its parent is what counts")
    func changedMeanwhile() async throws {
        try await withAccounts(isOrdered: true) { world in
            try await world.target.transaction { session in
                try session.run(
                    """
                    INSERT INTO salesforce.account (name, external_id__c, parent__external_id__c)
                    VALUES ('one', 'C-1', 'C-2'), ('two', 'C-2', 'C-1'), ('free', 'F-1', '')
                    """)
                try session.run("UPDATE salesforce.account SET parent__external_id__c = 'F-1' WHERE name = 'one'")
            }
            _ = try await world.write()
            _ = try await world.write()
            #expect(try await world.count("salesforce._trigger_log WHERE state <> 'SUCCESS'") == 0)
            _ = try await world.poll("Account")
            #expect(
                try await world.count(
                    "salesforce.account c JOIN salesforce.account p ON p.sfid = c.parentid WHERE c.name || p.name IN ('onefree', 'twoone')")
                    == 2)
        }
    }

    @Test(
        "a parent that an insert was sent without does not follow where the row names another by its Salesforce id since",
        arguments: [true, false])
    func namedByIDMeanwhile(isOrdered: Bool) async throws {
        try await withAccounts(isOrdered: isOrdered) { world in
            try await world.target.transaction { session in
                try session.run(
                    "INSERT INTO salesforce.account (name, external_id__c, parent__external_id__c) VALUES ('self', 'S-1', 'S-1')")
                try session.run(
                    "UPDATE salesforce.account SET parentid = (SELECT sfid FROM salesforce.account WHERE id = 1) WHERE name = 'self'")
            }
            _ = try await world.write()
            _ = try await world.write()
            #expect(try await world.count("salesforce._trigger_log WHERE state NOT IN ('SUCCESS', 'MERGED')") == 0)
            _ = try await world.poll("Account")
            #expect(
                try await world.count(
                    "salesforce.account c JOIN salesforce.account p ON p.sfid = c.parentid WHERE c.name = 'self' AND p.id = 1") == 1)
        }
    }

    @Test(
        "a row whose insert failed and that is mended to be its own parent is made first and gets its parent then",
        arguments: [true, false],
        [true, false])
    func mendedToItself(isOrdered: Bool, atOnce: Bool) async throws {
        try await withAccounts(isOrdered: isOrdered) { world in
            let insert: PostgresQuery =
                "INSERT INTO salesforce.account (name, external_id__c, parent__external_id__c) VALUES ('self', 'S-1', 'NONE')"
            let mend: PostgresQuery = "UPDATE salesforce.account SET parent__external_id__c = 'S-1' WHERE name = 'self'"
            try await world.target.transaction { session in
                try session.run(insert)
                if atOnce { try session.run(mend) }
            }
            _ = try await world.write()
            if !atOnce {
                #expect(try await world.count("salesforce._trigger_log WHERE state = 'FAILED'") == 1)
                try await world.target.run(mend)
                _ = try await world.write()
            }
            _ = try await world.write()
            #expect(try await world.count("salesforce._trigger_log WHERE state NOT IN ('SUCCESS', 'MERGED')") == 0)
            _ = try await world.poll("Account")
            #expect(try await world.count("salesforce.account WHERE name = 'self' AND parentid = sfid AND _hc_lastop = 'SYNCED'") == 1)
        }
    }

    @Test(
        "rows whose inserts failed and that are mended to name each other are made first and get their parents then",
        arguments: [true, false], [true, false])
    func mendedToEachOther(isOrdered: Bool, atOnce: Bool) async throws {
        try await withAccounts(isOrdered: isOrdered) { world in
            try await world.target.run(
                """
                INSERT INTO salesforce.account (name, external_id__c, parent__external_id__c)
                VALUES ('one', 'C-1', 'NONE'), ('two', 'C-2', 'NONE'), ('three', 'C-3', 'NONE')
                """)
            if !atOnce { #expect(try await world.write().text.hasPrefix("0 written, 3 failed")) }
            try await world.target.run(
                """
                UPDATE salesforce.account a SET parent__external_id__c = p.parent
                FROM (VALUES ('one', 'C-2'), ('two', 'C-3'), ('three', 'C-1')) AS p(name, parent) WHERE p.name = a.name
                """)
            for _ in 0..<2 { _ = try await world.write() }
            #expect(try await world.count("salesforce._trigger_log WHERE state NOT IN ('SUCCESS', 'MERGED')") == 0)
            _ = try await world.poll("Account")
            #expect(
                try await world.count(
                    """
                    salesforce.account c JOIN salesforce.account p ON p.sfid = c.parentid
                    WHERE (c.name, p.name) IN (('one', 'two'), ('two', 'three'), ('three', 'one'))
                    """) == 3)
        }
    }

    @Test("rows that get keys and each other as parents by them in one statement get keys first")
    func keysAndParents() async throws {
        try await withAccounts(isOrdered: true) { world in
            try await world.target.run(
                """
                UPDATE salesforce.account SET external_id__c = 'K-' || id, parent__external_id__c = 'K-' || CASE id WHEN 3 THEN 1 ELSE id + 1 END
                """)
            for _ in 0..<2 { _ = try await world.write() }
            #expect(try await world.count("salesforce._trigger_log WHERE state <> 'SUCCESS'") == 0)
            _ = try await world.poll("Account")
            let parents =
                "salesforce.account c JOIN salesforce.account p ON p.sfid = c.parentid AND p.external_id__c = c.parent__external_id__c"
            #expect(try await world.count(parents) == 3)
        }
    }

    @Test("a row that gets a key and is named its own parent by it in one statement gets the key first")
    func keyAndParent() async throws {
        try await withAccounts(isOrdered: true) { world in
            try await world.target.run(
                "UPDATE salesforce.account SET external_id__c = 'S-1', parent__external_id__c = 's-1' WHERE id = 2")
            _ = try await world.write()
            _ = try await world.write()
            #expect(try await world.count("salesforce._trigger_log WHERE state <> 'SUCCESS'") == 0)
            _ = try await world.poll("Account")
            #expect(try await world.count("salesforce.account WHERE id = 2 AND external_id__c = 'S-1' AND parentid = sfid") == 1)
        }
    }

    @Test("updates that mend failed inserts are a circle by what those said, over tables too; the oldest goes without the parent")
    func mendedCircle() {
        let shapes = [
            "a": WriteShape(uniqueColumns: ["key"], parentKeys: [.init(column: "b__key", parentTables: ["b"], parentColumn: "key")]),
            "b": WriteShape(uniqueColumns: ["key"], parentKeys: [.init(column: "a__key", parentTables: ["a"], parentColumn: "key")]),
        ]
        func change(_ id: Int64, _ action: Change.Action, _ table: String, _ values: [String: String?]) -> Change {
            Change(id: id, table: table, action: action, recordID: 1, values: values)
        }
        var before = WriteFlow(shapes: shapes)
        before.add([
            change(3, .update, "a", ["b__key": "B"]).mending(["key": "A", "b__key": "NONE"]),
            change(4, .update, "b", ["name": "mended"]).mending(["key": "B", "a__key": "A"]),
        ])
        expectBroken(&before, without: "b__key", at: 3, then: 4)

        var atOnce = WriteFlow(shapes: shapes)
        atOnce.add([
            change(1, .insert, "a", ["key": "A", "b__key": "NONE"]), change(2, .insert, "b", ["key": "B", "a__key": "A"]),
            change(3, .update, "a", ["b__key": "B"]), change(4, .update, "b", ["name": "mended"]),
        ])
        let insert = atOnce.next(limit: 10)?.changes
        #expect(insert?.map(\.id) == [1])
        atOnce.settle(1)
        expectBroken(&atOnce, without: "a__key", at: 2, then: 3)
    }

    private func expectBroken(_ flow: inout WriteFlow, without column: String, at oldest: Int64, then next: Int64) {
        #expect(!flow.hasReady)
        let isBroken = flow.breakCircle()
        #expect(isBroken)
        let first = flow.next(limit: 10)?.changes
        #expect(first?.map(\.id) == [oldest])
        #expect(first?.first?.leftOut == [column])
        flow.settle(oldest, as: "001000000000001AAA")
        let second = flow.next(limit: 1)?.changes
        #expect(second?.map(\.id) == [next])
        #expect(second?.first?.leftOut == [])
    }

    @Test("the oldest insert of a circle goes without the parent that waits for it, and one that names itself without itself")
    func leftOut() throws {
        let shapes = [
            "account": WriteShape(
                uniqueColumns: ["key"], parentKeys: [.init(column: "parent__key", parentTables: ["account"], parentColumn: "key")],
                upsertColumn: "key")
        ]
        func insert(_ id: Int64, _ key: String, _ parent: String) -> Change {
            Change(id: id, table: "account", action: .insert, recordID: id, values: ["key": key, "parent__key": parent])
        }
        var flow = WriteFlow(shapes: shapes)
        flow.add([insert(1, "A", "b"), insert(2, "B", "A"), insert(3, "S", "s")])
        let own = flow.next(limit: 10)
        #expect(own?.changes.map(\.id) == [3])
        #expect(own?.changes.first?.values == ["key": "S"])
        #expect(own?.changes.first?.leftOut == ["parent__key"])
        flow.settle(3)
        let none = flow.next(limit: 10)
        #expect(none == nil)
        let isBroken = flow.breakCircle()
        #expect(isBroken)
        let first = flow.next(limit: 10)
        #expect(first?.changes.map(\.id) == [1])
        #expect(first?.changes.first?.values == ["key": "A"])
        flow.settle(1)
        let second = flow.next(limit: 10)
        #expect(second?.changes.map(\.id) == [2])
        #expect(second?.changes.first?.leftOut == [])
        #expect(second?.changes.first?.values["parent__key"] == "A")
    }
}
