import Catalog
import Eventually
import HTTPTransport
import HTTPTypes
import Postgres
import SyncWorld
import Testing

@testable import MappedSchema

/// A row takes over the record that has its unique identifier and no row; that must be no other row's.
@Suite("Records that rows take over by their unique identifiers")
struct TakenOverRecordTests {
    private func withAccounts(isOrdered: Bool = true, _ body: @Sendable (SyncWorld) async throws -> Void) async throws {
        try await SyncWorld.with(rows: ["Account": 5]) { world in
            try await world.importMappings([("Account", SyncWorld.accountFields, "read_write", "External_Id__c")])
            try await world.pool.run(
                "UPDATE sluice.connections SET features = jsonb_build_object('poll_db_no_merge', \(isOrdered)::boolean) WHERE id = \(world.connectionID)"
            )
            try await world.target.run("UPDATE salesforce.account SET parentid = NULL, external_id__c = 'K-' || id")
            #expect(try await world.write().text.hasPrefix("5 written, 0 failed"))
            _ = try await world.poll("Account")
            try await body(world)
        }
    }

    /// A row whose insert waits while a poll brings a record with its unique identifier.
    private func adopt(_ world: SyncWorld) async throws -> String {
        try await world.catalog.setWriteSwitches(world.connectionID, mode: .paused, deletesPerHour: nil, requestedBy: "test")
        try await world.target.run("INSERT INTO salesforce.account (name, phone, external_id__c) VALUES ('ours', '1', 'A-1')")
        try await world.sandbox(
            .post, "/sandbox/mutate", #"{"object":"Account","insert":{"count":1,"fields":{"Name":"theirs","External_Id__c":"A-1"}}}"#)
        _ = try await world.poll("Account")
        return try #require(try await world.sfids("Account", where: "external_id__c = 'A-1'").first)
    }

    private func resume(_ world: SyncWorld) async throws {
        try await world.catalog.setWriteSwitches(world.connectionID, mode: .on, deletesPerHour: nil, requestedBy: "test")
        try await eventually("nothing waits") {
            try await world.count("salesforce._trigger_log WHERE state IN ('NEW', 'PENDING')") == 0
        }
        try await eventually { try await world.count("sluice.jobs WHERE kind LIKE 'write%'") == 0 }
    }

    @Test(
        "a record that a row took over and that died before the row's insert went out leaves nothing behind when the row is deleted",
        arguments: [true, false])
    func diedMeanwhile(isOrdered: Bool) async throws {
        try await withAccounts(isOrdered: isOrdered) { world in
            let record = try await adopt(world)
            try await world.target.run("UPDATE salesforce.account SET phone = '2' WHERE external_id__c = 'A-1'")
            try await world.target.run("UPDATE salesforce.account SET external_id__c = 'A-2' WHERE external_id__c = 'A-1'")
            try await world.target.run("DELETE FROM salesforce.account WHERE external_id__c = 'A-2'")
            try await world.sandbox(.post, "/sandbox/hard-delete", "{\"ids\":[\"\(record)\"]}")
            try await resume(world)
            #expect(try await world.count("salesforce._trigger_log WHERE state NOT IN ('SUCCESS', 'MERGED')") == 0)
            _ = try await world.poll("Account")
            #expect(try await world.count("salesforce.account") == 5)
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
        }
    }

    @Test("what a row says after it took a record over reaches that record, by either algorithm", arguments: [true, false])
    func livesOn(isOrdered: Bool) async throws {
        try await withAccounts(isOrdered: isOrdered) { world in
            let record = try await adopt(world)
            try await world.target.run("UPDATE salesforce.account SET phone = '2' WHERE external_id__c = 'A-1'")
            try await resume(world)
            _ = try await world.poll("Account")
            #expect(
                try await world.count("salesforce.account WHERE sfid = '\(record)' AND name = 'ours' AND phone = '2'") == 1
            )
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
        }
    }

    @Test("a row that took a record over follows its own insert once the org gave the identifier up; the record is read again")
    func partsWays() async throws {
        try await withAccounts { world in
            let record = try await adopt(world)
            let row: Int64 = try await world.target.query("SELECT id FROM salesforce.account WHERE external_id__c = 'A-1'")[0].decode("id")
            try await world.target.run("UPDATE salesforce.account SET phone = '2' WHERE id = \(row)")
            try await world.target.run("UPDATE salesforce.account SET external_id__c = NULL WHERE id = \(row)")
            try await world.sandbox(
                .post, "/sandbox/mutate", #"{"object":"Account","update":{"count":6,"field":"External_Id__c","value":"O-%d"}}"#)
            _ = try await world.poll("Account")
            try await resume(world)
            let own = try #require(try await world.sfids("Account", where: "id = \(row)").first)
            #expect(own != record)
            #expect(try await world.count("salesforce.account WHERE id = \(row) AND name = 'ours' AND phone = '2'") == 1)
            #expect(try await world.count("sluice.refused_rows WHERE sfid = '\(record)'") == 1)
            // What is said of the row now is about its record, and not about the one that it had.
            try await world.target.run("UPDATE salesforce.account SET phone = '3' WHERE id = \(row)")
            try await resume(world)
            _ = try await world.poll("Account")
            #expect(try await world.count("sluice.refused_rows") == 0)
            #expect(
                try await world.count("salesforce.account WHERE sfid = '\(record)' AND name = 'theirs' AND external_id__c LIKE 'O-%'") == 1)
            #expect(try await world.count("salesforce.account WHERE sfid = '\(own)' AND name = 'ours' AND phone = '3'") == 1)
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
        }
    }

    @Test(
        "a record whose deletion waits is not taken over, whether its row told that it had the identifier or not", arguments: [true, false])
    func deletionWaits(isWritten: Bool) async throws {
        try await withAccounts { world in
            let record = try #require(try await world.sfids("Account", where: "id = 1").first)
            if isWritten {
                try await world.target.run("UPDATE salesforce.account SET external_id__c = 'N-1' WHERE id = 1")
                #expect(try await world.write().text.hasPrefix("1 written, 0 failed"))
            }
            try await world.catalog.setWriteSwitches(world.connectionID, mode: .paused, deletesPerHour: nil, requestedBy: "test")
            if !isWritten { try await world.target.run("UPDATE salesforce.account SET external_id__c = 'N-1' WHERE id = 1") }
            // As a page that was queried earlier leaves the row.
            try await world.target.transaction { session in
                try session.run("SET LOCAL xmlbinary TO 'hex'")
                try session.run("UPDATE salesforce.account SET external_id__c = 'K-1' WHERE id = 1")
            }
            try await world.target.run("DELETE FROM salesforce.account WHERE id = 1")
            try await world.target.run("INSERT INTO salesforce.account (name, external_id__c) VALUES ('next', 'N-1')")
            try await resume(world)
            #expect(try await world.count("salesforce._trigger_log WHERE state <> 'SUCCESS'") == 0)
            _ = try await world.poll("Account")
            #expect(try await world.count("salesforce.account WHERE name = 'next' AND external_id__c = 'N-1' AND sfid <> '\(record)'") == 1)
            #expect(try await world.count("salesforce.account") == 5)
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
        }
    }

    @Test("an insert waits for what its identifier's record gives up before it in the log, also where the row does not tell that it had it")
    func releaseWaits() async throws {
        try await withAccounts { world in
            try await world.target.run("UPDATE salesforce.account SET external_id__c = 'N-1' WHERE id = 1")
            #expect(try await world.write().text.hasPrefix("1 written, 0 failed"))
            try await world.catalog.setWriteSwitches(world.connectionID, mode: .paused, deletesPerHour: nil, requestedBy: "test")
            try await world.target.transaction { session in
                try session.run("SET LOCAL xmlbinary TO 'hex'")
                try session.run("UPDATE salesforce.account SET external_id__c = 'K-1' WHERE id = 1")
            }
            try await world.target.run("UPDATE salesforce.account SET external_id__c = 'Z-1' WHERE id = 1")
            try await world.target.run("INSERT INTO salesforce.account (name, external_id__c) VALUES ('next', 'N-1')")
            try await resume(world)
            #expect(try await world.count("salesforce._trigger_log WHERE state <> 'SUCCESS'") == 0)
            _ = try await world.poll("Account")
            #expect(try await world.count("salesforce.account WHERE name = 'next' AND external_id__c = 'N-1'") == 1)
            #expect(try await world.count("salesforce.account WHERE id = 1 AND external_id__c = 'Z-1'") == 1)
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
        }
    }

    @Test(
        "an insert does not take a record that is deleted later in the log, whose row does not tell that it has the identifier",
        arguments: [true, false])
    func deletedLater(isOrdered: Bool) async throws {
        try await withAccounts(isOrdered: isOrdered) { world in
            try await world.target.run("UPDATE salesforce.account SET external_id__c = 'N-1' WHERE id = 1")
            #expect(try await world.write().text.hasPrefix("1 written, 0 failed"))
            try await world.catalog.setWriteSwitches(world.connectionID, mode: .paused, deletesPerHour: nil, requestedBy: "test")
            // As a backup from before that has it.
            try await world.target.transaction { session in
                try session.run("SET LOCAL xmlbinary TO 'hex'")
                try session.run("UPDATE salesforce.account SET external_id__c = 'K-1' WHERE id = 1")
            }
            try await world.target.transaction { session in
                try session.run("INSERT INTO salesforce.account (name, external_id__c) VALUES ('next', 'N-1')")
                try session.run("DELETE FROM salesforce.account WHERE id = 1")
            }
            // The insert is answered first.
            try await world.sandbox(
                .post, "/sandbox/trouble", #"{"kind":"latency","median_ms":2000,"method":"DELETE","path_prefix":"…/composite","count":1}"#)
            try await resume(world)
            #expect(try await world.count("salesforce._trigger_log WHERE state <> 'SUCCESS'") == 0)
            _ = try await world.poll("Account")
            #expect(try await world.count("salesforce.account WHERE name = 'next' AND external_id__c = 'N-1'") == 1)
            #expect(try await world.count("salesforce.account") == 5)
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
        }
    }

    @Test("a change of a row that has the id of another by now goes to that row's record")
    func anotherRow() async throws {
        try await withAccounts { world in
            try await world.catalog.setWriteSwitches(world.connectionID, mode: .paused, deletesPerHour: nil, requestedBy: "test")
            try await world.target.run("INSERT INTO salesforce.account (id, name, external_id__c) VALUES (900, 'first', 'A-1')")
            // As a restored table has it: the row is another's, and nothing of that was captured.
            try await world.target.transaction { session in
                try session.run("SET LOCAL xmlbinary TO 'hex'")
                try session.run("DELETE FROM salesforce.account WHERE id = 900")
                try session.run("UPDATE salesforce.account SET id = 900 WHERE id = 1")
            }
            try await world.target.run("UPDATE salesforce.account SET phone = 'second' WHERE id = 900")
            try await resume(world)
            _ = try await world.poll("Account")
            #expect(try await world.count("salesforce.account WHERE external_id__c = 'K-1' AND phone = 'second'") == 1)
            #expect(try await world.count("salesforce.account WHERE external_id__c = 'A-1' AND phone IS NULL") == 1)
        }
    }

    @Test("an insert does not take the record of a row that is restored later in the log, with the record's id")
    func restoredLater() async throws {
        try await withAccounts { world in
            let record = try await world.sfids("Account", where: "id = 1").first ?? ""
            try await world.target.run("CREATE TABLE public.backup AS SELECT * FROM salesforce.account WHERE id = 1")
            try await world.target.transaction { session in
                try session.run("SET LOCAL xmlbinary TO 'hex'")
                try session.run("DELETE FROM salesforce.account WHERE id = 1")
            }
            try await world.catalog.setWriteSwitches(world.connectionID, mode: .paused, deletesPerHour: nil, requestedBy: "test")
            try await world.target.run("INSERT INTO salesforce.account (id, name, external_id__c) VALUES (900, 'taker', 'K-1')")
            try await world.target.run("UPDATE public.backup SET external_id__c = 'Z-1', phone = 'restored'")
            try await world.target.run("INSERT INTO salesforce.account SELECT * FROM public.backup")
            try await resume(world)
            #expect(try await world.count("salesforce.account WHERE sfid = '\(record)' AND id = 1 AND _hc_lastop = 'INSERTED'") == 1)
            #expect(try await world.count("salesforce.account WHERE id = 900 AND sfid = '\(record)'") == 0)
            // The value is free by now.
            try await world.target.run("UPDATE salesforce._trigger_log SET state = 'NEW' WHERE state = 'FAILED'")
            try await resume(world)
            _ = try await world.poll("Account")
            #expect(try await world.count("salesforce.account WHERE external_id__c = 'K-1' AND name = 'taker'") == 1)
            #expect(try await world.count("salesforce.account WHERE sfid = '\(record)' AND phone = 'restored'") == 1)
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
        }
    }

    @Test("values that differ in case alone are two where the field tells them apart, also in what is said of them")
    func caseSensitive() async throws {
        try await withAccounts { world in
            try await world.sandbox(
                .post, "/sandbox/schema",
                #"[{"change":"change_field","object":"Account","field":"External_Id__c","set":{"caseSensitive":true}}]"#)
            try await world.target.run("UPDATE salesforce.account SET external_id__c = 'abc' WHERE id = 1")
            #expect(try await world.write().text.hasPrefix("1 written, 0 failed"))
            try await world.target.run("UPDATE salesforce.account SET external_id__c = 'zzz', name = 'INVALID name' WHERE id = 1")
            #expect(try await world.write().text.hasPrefix("0 written, 1 failed"))
            try await world.target.run("INSERT INTO salesforce.account (name, external_id__c) VALUES ('same', 'abc'), ('other', 'ABC')")
            _ = try await world.write()
            #expect(try await world.count("salesforce.account WHERE name = 'other' AND sfid IS NOT NULL AND _hc_lastop = 'INSERTED'") == 1)
            #expect(
                try await world.count(
                    "salesforce.account WHERE name = 'same' AND _hc_err LIKE '%the value \\\\\"abc\\\\\" of external_id__c still belongs%'")
                    == 1
            )
        }
    }
}
