import Eventually
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
        arguments: [true, false])
    func mendedToEachOther(isOrdered: Bool) async throws {
        try await withAccounts(isOrdered: isOrdered) { world in
            try await world.target.run(
                """
                INSERT INTO salesforce.account (name, external_id__c, parent__external_id__c)
                VALUES ('one', 'C-1', 'NONE'), ('two', 'C-2', 'NONE'), ('three', 'C-3', 'NONE')
                """)
            #expect(try await world.write().text.hasPrefix("0 written, 3 failed"))
            try await world.target.run(
                """
                UPDATE salesforce.account a SET parent__external_id__c = p.parent
                FROM (VALUES ('one', 'C-2'), ('two', 'C-3'), ('three', 'C-1')) AS p(name, parent) WHERE p.name = a.name
                """)
            try await eventually(timeout: .seconds(60), "everything is written") {
                _ = try await world.write()
                return try await world.count("salesforce._trigger_log WHERE state NOT IN ('SUCCESS', 'MERGED')") == 0
            }
            _ = try await world.poll("Account")
            #expect(
                try await world.count(
                    """
                    salesforce.account c JOIN salesforce.account p ON p.sfid = c.parentid
                    WHERE (c.name, p.name) IN (('one', 'two'), ('two', 'three'), ('three', 'one'))
                    """) == 3)
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

    @Test("of inserts that are sent together the oldest of each circle is left without the parent that waits for it, and no other")
    func withoutCircles() {
        let keys = [
            WriteShape.ParentKey(column: "parent__key", parentTables: ["account"], parentColumn: "key"),
            WriteShape.ParentKey(column: "owner__name", parentTables: ["user"], parentColumn: "name"),
        ]
        func insert(_ id: Int64, _ key: String?, _ parent: String?) -> Change {
            Change(
                id: id, table: "account", action: .insert, recordID: id,
                values: ["key": key, "parent__key": parent, "owner__name": "b", "name": "b"])
        }
        let changes = [
            insert(7, "D", "d"), insert(3, "B", "c"), insert(2, "A", "B"), insert(5, "C", "a"), insert(6, nil, "A"),
            insert(8, "E", "elsewhere"),
            insert(9, "F", ""),
        ]
        let left = changes.withoutCircles(by: keys)
        #expect(left.map(\.id) == changes.map(\.id))
        #expect(left.filter { $0.leftOut == ["parent__key"] }.map(\.id) == [7, 2])
        #expect(left.allSatisfy { $0.leftOut.isEmpty || $0.values["parent__key"] == nil })
        #expect(changes.withoutCircles(by: [keys[1]]).allSatisfy { $0.leftOut.isEmpty })
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
