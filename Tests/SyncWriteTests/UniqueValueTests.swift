import Catalog
import Foundation
import HTTPTransport
import HTTPTypes
import LoggedChanges
import Postgres
import SyncWorld
import Testing

@testable import SyncWrite

@Suite("Unique values that move between rows")
struct UniqueValueTests {
    private func withAccounts(_ body: @Sendable (SyncWorld) async throws -> Void) async throws {
        try await SyncWorld.with(rows: ["Account": 10]) { world in
            try await world.importMappings([("Account", SyncWorld.accountFields, "read_write", "External_Id__c")])
            try await world.target.run("UPDATE salesforce.account SET external_id__c = 'K-' || id")
            #expect(try await world.write().text.hasPrefix("10 written, 0 failed"))
            _ = try await world.poll("Account")
            try await body(world)
        }
    }

    @Test("a row that was refused the value of another record, which comes back, has its own again after the next poll")
    func valueOfAnother() async throws {
        try await withAccounts { world in
            let holder = try await world.sfids("Account", where: "id = 1").first ?? ""
            try await world.target.transaction { session in
                try session.run("SET LOCAL xmlbinary TO 'hex'")
                try session.run("DELETE FROM salesforce.account WHERE id = 1")
            }
            try await world.target.run("UPDATE salesforce.account SET external_id__c = 'K-1' WHERE id = 2")
            #expect(try await world.write().text.hasPrefix("0 written, 1 failed"))
            try await world.sandbox(.post, "/sandbox/system-job", "{\"ids\":[\"\(holder)\"]}")
            _ = try await world.poll("Account")
            #expect(try await world.count("salesforce.account WHERE external_id__c = 'K-1' AND sfid = '\(holder)'") == 1)
            _ = try await world.poll("Account")
            #expect(try await world.count("salesforce.account WHERE id = 2 AND external_id__c = 'K-2'") == 1)
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
        }
    }

    @Test(
        "a value that a restored row's record gives up, as only the org knows, can be taken by a later change",
        arguments: [nil, "External_Id__c"])
    func givenUpByRestoredRow(upsertField: String?) async throws {
        try await SyncWorld.with(rows: ["Account": 10]) { world in
            try await world.importMappings([("Account", SyncWorld.accountFields, "read_write", upsertField)])
            try await world.target.run("UPDATE salesforce.account SET parentid = NULL, external_id__c = 'K-' || id")
            #expect(try await world.write().text.hasPrefix("10 written, 0 failed"))
            try await world.target.run("CREATE TABLE public.backup AS SELECT * FROM salesforce.account WHERE id <= 5")
            try await world.target.transaction { session in
                try session.run("SET LOCAL xmlbinary TO 'hex'")
                try session.run("DELETE FROM salesforce.account WHERE id <= 5")
            }
            try await world.target.transaction { session in
                try session.run("UPDATE public.backup SET external_id__c = 'Z-' || id")
                try session.run("INSERT INTO salesforce.account SELECT * FROM public.backup")
                try session.run(
                    "INSERT INTO salesforce.account (id, name, external_id__c) SELECT 100 + n, 'taker', 'K-' || n FROM generate_series(1, 5) n"
                )
            }
            _ = try await world.write()
            _ = try await world.write()
            let left = try await world.target.query(
                "SELECT concat_ws(' ', id, state, sf_message) AS line FROM salesforce._trigger_log WHERE state <> 'SUCCESS' ORDER BY id"
            ).map { try $0.decode("line", as: String.self) }
            #expect(left == [])
            _ = try await world.poll("Account")
            #expect(try await world.count("salesforce.account") == 15)
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
        }
    }

    private static let moves: [(name: String, statements: [String], live: Int)] = [
        (
            "delete the holder, insert the next",
            [
                "INSERT INTO salesforce.account (name, external_id__c) VALUES ('C', 'C-1')",
                "DELETE FROM salesforce.account WHERE external_id__c = 'K-1'",
                "INSERT INTO salesforce.account (name, external_id__c) VALUES ('B', 'K-1')",
            ], 11
        ),
        (
            "update the holder, insert the next",
            [
                "UPDATE salesforce.account SET external_id__c = 'Y-1' WHERE external_id__c = 'K-1'",
                "INSERT INTO salesforce.account (name, external_id__c) VALUES ('B', 'K-1')",
            ], 11
        ),
        (
            "clear the holder's, insert the next",
            [
                "UPDATE salesforce.account SET external_id__c = NULL WHERE external_id__c = 'K-1'",
                "INSERT INTO salesforce.account (name, external_id__c) VALUES ('B', 'K-1')",
            ], 11
        ),
        (
            "swap by way of a third value",
            [
                "UPDATE salesforce.account SET external_id__c = 'T' WHERE external_id__c = 'K-1'",
                "UPDATE salesforce.account SET external_id__c = 'K-1' WHERE external_id__c = 'K-2'",
                "UPDATE salesforce.account SET external_id__c = 'K-2' WHERE external_id__c = 'T'",
            ], 10
        ),
        (
            "delete the holder, update another to it",
            [
                "DELETE FROM salesforce.account WHERE external_id__c = 'K-1'",
                "UPDATE salesforce.account SET external_id__c = 'K-1' WHERE external_id__c = 'K-2'",
                "INSERT INTO salesforce.account (name, external_id__c) VALUES ('B', 'K-2')",
            ], 10
        ),
        (
            "a chain of three, and another case",
            [
                "UPDATE salesforce.account SET external_id__c = 'Z' WHERE external_id__c = 'K-3'",
                "UPDATE salesforce.account SET external_id__c = 'k-3' WHERE external_id__c = 'K-2'",
                "UPDATE salesforce.account SET external_id__c = 'K-2' WHERE external_id__c = 'K-1'",
                "INSERT INTO salesforce.account (name, external_id__c) VALUES ('B', 'K-1')",
            ], 11
        ),
        (
            "given up and taken by one and the same statement's rows again and again",
            [
                "DELETE FROM salesforce.account WHERE external_id__c IN ('K-1', 'K-2', 'K-3')",
                "INSERT INTO salesforce.account (name, external_id__c) SELECT 'Again ' || n, 'K-' || n FROM generate_series(1, 3) n",
                "UPDATE salesforce.account SET external_id__c = 'W-' || external_id__c WHERE external_id__c IN ('K-1', 'K-2', 'K-3')",
                "INSERT INTO salesforce.account (name, external_id__c) SELECT 'Third ' || n, 'K-' || n FROM generate_series(1, 3) n",
            ], 13
        ),
    ]

    @Test("who takes a value goes after who gives it up, and both records live", arguments: moves.map(\.name))
    func moved(name: String) async throws {
        let move = Self.moves.first { $0.name == name }!
        try await withAccounts { world in
            let before = try await world.sfids("Account")
            try await world.target.transaction { session in for statement in move.statements { try session.script(statement) } }
            let result = try await world.write()
            #expect(result.text.contains(" 0 failed"), "\(result.text)")
            #expect(try await world.count("salesforce.account WHERE sfid IS NULL") == 0)
            _ = try await world.poll("Account")
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
            #expect(try await world.count("salesforce.account") == move.live)
            // New rows have records of their own.
            let made = try await world.sfids("Account", where: "name = 'B' OR name LIKE 'Third %'")
            #expect(before.isDisjoint(with: made))
        }
    }

    @Test("an insert fails when the record that holds its value could not give it up, then and later; once it has, the insert succeeds")
    func refusedGiver() async throws {
        try await withAccounts { world in
            try await world.target.transaction { session in
                try session.run("UPDATE salesforce.account SET external_id__c = 'Y-1', name = 'INVALID name' WHERE external_id__c = 'K-1'")
                try session.run("INSERT INTO salesforce.account (name, external_id__c) VALUES ('B', 'K-1')")
            }
            let result = try await world.write()
            #expect(result.text.hasPrefix("0 written, 2 failed"), "\(result.text)")
            #expect(
                try await world.count("salesforce.account WHERE name = 'B' AND _hc_lastop = 'FAILED' AND _hc_err LIKE '%DUPLICATE_VALUE%'")
                    == 1)
            try await world.target.run("UPDATE salesforce._trigger_log SET state = 'NEW' WHERE state = 'FAILED' AND action = 'INSERT'")
            #expect(try await world.write().text.hasPrefix("0 written, 1 failed"))
            let org = try await world.sandbox(.get, "/sandbox/hash?object=Account&fields=Id")
            #expect(org["rows"] as? Int == 10)
            try await world.target.run("UPDATE salesforce.account SET name = 'fine' WHERE external_id__c = 'Y-1'")
            try await world.target.run("UPDATE salesforce.account SET external_id__c = 'Y-2' WHERE external_id__c = 'Y-1'")
            #expect(try await world.write().text.hasPrefix("2 written, 0 failed"))
            try await world.target.run("UPDATE salesforce._trigger_log SET state = 'NEW' WHERE state = 'FAILED' AND action = 'INSERT'")
            #expect(try await world.write().text.hasPrefix("1 written, 0 failed"))
            _ = try await world.poll("Account")
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
            #expect(try await world.count("salesforce.account") == 11)
        }
    }

    @Test("a value that the record of a failed change gives up by a change that is written at the same time can be taken")
    func givenUpMeanwhile() async throws {
        try await withAccounts { world in
            try await world.target.run("UPDATE salesforce.account SET name = 'INVALID', external_id__c = 'Z-2' WHERE id = 2")
            #expect(try await world.write().text.hasPrefix("0 written, 1 failed"))
            try await world.target.transaction { session in
                try session.run("UPDATE salesforce.account SET name = 'two', external_id__c = NULL WHERE id = 2")
                try session.run("INSERT INTO salesforce.account (name, external_id__c) VALUES ('taker', 'K-2')")
            }
            for _ in 0..<2 { #expect(try await world.write().text.contains(" 0 failed")) }
            #expect(try await world.count("salesforce._trigger_log WHERE state = 'FAILED'") == 1)
            _ = try await world.poll("Account")
            #expect(try await world.count("salesforce.account WHERE name = 'taker' AND external_id__c = 'K-2'") == 1)
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
        }
    }

    @Test("a row that got a record by its unique identifier while its insert waits stays when that is deleted, and gets one of its own")
    func adoptedAndDeleted() async throws {
        for isReloaded in [false, true] {
            try await withAccounts { world in
                let record = try await world.sfids("Account", where: "id = 3").first ?? ""
                try await world.target.transaction { session in
                    try session.run("SET LOCAL xmlbinary TO 'hex'")
                    try session.run("DELETE FROM salesforce.account WHERE id = 3")
                }
                try await world.target.run("INSERT INTO salesforce.account (id, name, external_id__c) VALUES (33, 'own', 'K-3')")
                _ = try await world.run(try .load(try await world.mapping("Account"), reason: .reload))
                #expect(try await world.count("salesforce.account WHERE id = 33 AND sfid = '\(record)'") == 1)
                try await world.sandbox(.post, "/sandbox/hard-delete", #"{"ids":["\#(record)"]}"#)
                if isReloaded {
                    _ = try await world.run(try .load(try await world.mapping("Account"), reason: .reload))
                } else {
                    try await world.sandbox(.post, "/sandbox/clock", #"{"offset_seconds":120}"#)
                    _ = try await world.poll("Account")
                }
                #expect(try await world.count("salesforce.account WHERE id = 33 AND sfid IS NULL AND _hc_lastop = 'PENDING'") == 1)
                #expect(try await world.write().text.hasPrefix("1 written, 0 failed"))
                _ = try await world.poll("Account")
                #expect(try await world.count("salesforce.account WHERE id = 33 AND name = 'own' AND sfid <> '\(record)'") == 1)
                #expect(try await world.isEqual("Account", SyncWorld.accountFields))
            }
        }
    }

    @Test("an insert that was mended has its value before a later one does", arguments: [true, false])
    func mendedFirst(isBefore: Bool) async throws {
        try await withAccounts { world in
            try await world.target.run("INSERT INTO salesforce.account (name, external_id__c) VALUES ('INVALID', 'N-1')")
            if isBefore { #expect(try await world.write().text.hasPrefix("0 written, 1 failed")) }
            try await world.target.run("UPDATE salesforce.account SET name = 'first' WHERE external_id__c = 'N-1'")
            try await world.target.transaction { session in
                try session.run("SET LOCAL xmlbinary TO 'hex'")
                try session.run("DELETE FROM salesforce.account WHERE external_id__c = 'N-1'")
            }
            try await world.target.run("INSERT INTO salesforce.account (name, external_id__c) VALUES ('second', 'N-1')")
            for _ in 0..<2 { _ = try await world.write() }
            #expect(
                try await world.count("salesforce._trigger_log WHERE state NOT IN ('SUCCESS', 'MERGED') AND table_name = 'account'") == 0)
            _ = try await world.poll("Account")
            #expect(try await world.count("salesforce.account WHERE external_id__c = 'N-1' AND name = 'second'") == 1)
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
        }
    }

    @Test("a value that a record loses since another row takes it by its unique identifier can be taken at the same time")
    func givenUpByTakeOver() async throws {
        try await SyncWorld.with(rows: ["Account": 1]) { world in
            try await world.sandbox(
                .post, "/sandbox/schema", #"{"change":"change_field","object":"Account","field":"AccountNumber","set":{"unique":true}}"#)
            let fields = ["Id", "IsDeleted", "SystemModstamp", "Name", "AccountNumber", "External_Id__c"]
            try await world.importMappings([("Account", fields, "read_write", "External_Id__c")])
            try await world.target.run("INSERT INTO salesforce.account (name, accountnumber, external_id__c) VALUES ('gone', 'C-1', 'K-1')")
            #expect(try await world.write().text.hasPrefix("1 written, 0 failed"))
            try await world.target.transaction { session in
                try session.run("SET LOCAL xmlbinary TO 'hex'")
                try session.run("DELETE FROM salesforce.account WHERE name = 'gone'")
            }
            try await world.target.run(
                "INSERT INTO salesforce.account (name, accountnumber, external_id__c) VALUES ('heir', 'C-2', 'K-1'), ('taker', 'C-1', NULL)"
            )
            for _ in 0..<2 { _ = try await world.write() }
            #expect(try await world.count("salesforce._trigger_log WHERE state <> 'SUCCESS'") == 0)
            _ = try await world.poll("Account")
            #expect(try await world.isEqual("Account", fields))
        }
    }

    @Test("an insert that was sent before goes behind earlier changes of the record that has its unique identifier")
    func repeatedBehindEarlier() async throws {
        try await withAccounts { world in
            try await world.target.run("UPDATE salesforce.account SET phone = 'earlier' WHERE id = 2")
            try await world.target.transaction { session in
                try session.run("SET LOCAL xmlbinary TO 'hex'")
                try session.run("DELETE FROM salesforce.account WHERE id = 2")
            }
            try await world.target.run("INSERT INTO salesforce.account (name, phone, external_id__c) VALUES ('later', 'later', 'K-2')")
            try await world.target.run("UPDATE salesforce._trigger_log SET state = 'PENDING' WHERE action = 'INSERT'")
            try await world.sandbox(
                .post, "/sandbox/trouble", #"{"kind":"latency","median_ms":1500,"path_prefix":"…/composite/sobjects","count":1}"#)
            for _ in 0..<2 { #expect(try await world.write().text.contains(", 0 failed")) }
            #expect(try await world.count("salesforce._trigger_log WHERE state <> 'SUCCESS'") == 0)
            _ = try await world.poll("Account")
            #expect(try await world.count("salesforce.account WHERE name = 'later' AND phone = 'later' AND external_id__c = 'K-2'") == 1)
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
        }
    }

    @Test("an insert that meets the record of another row fails and names the row; no row is deleted for it")
    func foreignRecord() async throws {
        try await withAccounts { world in
            // Postgres was told nothing: the other row's value changed at Salesforce alone.
            try await world.target.transaction { session in
                try session.run("SET LOCAL xmlbinary TO 'hex'")
                try session.run("UPDATE salesforce.account SET external_id__c = 'elsewhere' WHERE external_id__c = 'K-1'")
            }
            try await world.target.run("INSERT INTO salesforce.account (name, external_id__c) VALUES ('B', 'K-1')")
            let result = try await world.write()
            #expect(result.text.hasPrefix("0 written, 1 failed,"), "\(result.text)")
            #expect(try await world.count("salesforce.account") == 11)
            let row = try await world.target.query("SELECT _hc_err FROM salesforce.account WHERE name = 'B'")[0]
            #expect(try row.decode("_hc_err", as: String.self).contains("belongs to the row with id"))
        }
    }

    @Test(
        "a value that differs only in case is the same to Salesforce: the newer row fails, and nothing is written to the older one's record"
    )
    func otherCase() async throws {
        try await withAccounts { world in
            let before = try await world.sandbox(.get, "/sandbox/hash?object=Account&fields=Id,Name,External_Id__c")
            try await world.target.run("INSERT INTO salesforce.account (name, external_id__c) VALUES ('B', 'k-1')")
            let result = try await world.write()
            #expect(result.text.hasPrefix("0 written, 1 failed"), "\(result.text)")
            let error = try await world.target.query("SELECT _hc_err FROM salesforce.account WHERE name = 'B'")[0].decode(
                "_hc_err", as: String.self)
            for part in ["DUPLICATE_VALUE", "the row with id 1 of", #""fields":["External_Id__c"]"#, #""todo":"change the row"#] {
                #expect(error.contains(part), "\(error)")
            }
            let after = try await world.sandbox(.get, "/sandbox/hash?object=Account&fields=Id,Name,External_Id__c")
            #expect(before["sha256"] as? String == after["sha256"] as? String)
        }
    }

    @Test("a row takes the record that has its unique identifier and that no row has, also when it has too little for a record of its own")
    func adopted() async throws {
        try await SyncWorld.with(rows: ["Account": 5, "Contact": 5]) { world in
            try await world.importMappings([("Contact", SyncWorld.contactFields, "read_write", "External_Id__c")])
            try await world.target.run("UPDATE salesforce.contact SET external_id__c = 'K-' || id")
            _ = try await world.write()
            _ = try await world.poll("Contact")
            let record = try await world.sfids("Contact", where: "id = 1")
            try await world.target.transaction { session in
                try session.run("SET LOCAL xmlbinary TO 'hex'")
                try session.run("DELETE FROM salesforce.contact WHERE id = 1")
            }
            try await world.target.run("INSERT INTO salesforce.contact (firstname, external_id__c) VALUES ('Taken', 'K-1')")
            let result = try await world.write()
            #expect(result.text.hasPrefix("1 written, 0 failed"), "\(result.text)")
            #expect(try await world.sfids("Contact", where: "firstname = 'Taken'") == record)
            _ = try await world.poll("Contact")
            #expect(try await world.isEqual("Contact", SyncWorld.contactFields))
        }
    }

    // MARK: - The plan

    private func change(_ id: Int64, _ action: Change.Action, record: Int64, takes: String? = nil, gives: String? = nil) -> Change {
        Change(
            id: id, table: "account", action: action, recordID: record, values: takes.map { ["key": $0] } ?? [:],
            oldKeys: gives.map { ["key": $0] } ?? [:])
    }

    private func rounds(_ changes: [Change], shape: WriteShape = WriteShape(uniqueColumns: ["key"])) -> [[Int64]] {
        var flow = WriteFlow(shapes: ["account": shape])
        flow.add(changes)
        var rounds: [[Int64]] = []
        while flow.hasReady || flow.breakCircle() {
            var sent: [Int64] = []
            while let batch = flow.next(limit: 200) { sent += batch.changes.map(\.id) }
            rounds.append(sent.sorted())
            for id in sent { flow.settle(id) }
        }
        return rounds
    }

    @Test("a taker waits for the giver, also when it came first in the log; a circle goes in the order of the log")
    func plan() {
        #expect(
            rounds([
                change(1, .insert, record: 3, takes: "C"), change(2, .delete, record: 1, gives: "X"),
                change(3, .insert, record: 2, takes: "x"),
            ]) == [[1, 2], [3]])
        #expect(
            rounds([change(1, .update, record: 1, takes: "Y", gives: "X"), change(2, .insert, record: 2, takes: "X")]) == [[1], [2]])
        #expect(
            rounds([change(1, .insert, record: 2, takes: "X"), change(2, .update, record: 1, takes: "Y", gives: "X")]) == [[2], [1]])
        #expect(
            rounds([
                change(1, .update, record: 1, takes: "Y", gives: "X"), change(2, .update, record: 2, takes: "X", gives: "Y"),
                change(3, .update, record: 3, takes: "Q"),
            ]).flatMap(\.self).count == 3)
    }

    @Test("a child waits for the parent that gets the key it names, in its own table too, and before it in the log or after")
    func parents() {
        let shape = WriteShape(
            parentKeys: [.init(column: "parent__key", parentTables: ["account"], parentColumn: "key")])
        func child(_ id: Int64, _ parent: String) -> Change {
            Change(id: id, table: "account", action: .insert, recordID: id, values: ["parent__key": parent])
        }
        let changes = [child(1, "P"), change(2, .insert, record: 2, takes: "P"), child(3, "P"), child(4, "elsewhere")]
        #expect(rounds(changes, shape: shape) == [[2, 4], [1, 3]])
    }
}
