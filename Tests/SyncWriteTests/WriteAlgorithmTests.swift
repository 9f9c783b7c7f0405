import Catalog
import Eventually
import HTTPTransport
import HTTPTypes
import Postgres
import SyncWorld
import Testing

/// The documented cases of Heroku Connect's two algorithms, and the ways out of one into the other.
@Suite("The ordered and the merged algorithm")
struct WriteAlgorithmTests {
    private func withAccounts(_ algorithms: [Bool], _ body: @Sendable (SyncWorld, Bool) async throws -> Void) async throws {
        for isOrdered in algorithms {
            try await SyncWorld.with(rows: ["Account": 10]) { world in
                try await world.importMappings([("Account", SyncWorld.accountFields, "read_write", "External_Id__c")])
                try await choose(world, ordered: isOrdered)
                try await body(world, isOrdered)
            }
        }
    }

    private func choose(_ world: SyncWorld, ordered: Bool) async throws {
        try await world.pool.run(
            "UPDATE sluice.connections SET features = jsonb_build_object('poll_db_no_merge', \(ordered)::boolean) WHERE id = \(world.connectionID)"
        )
    }

    private func states(_ world: SyncWorld) async throws -> [String] {
        try await world.pool.query("SELECT action || ' ' || state AS line FROM salesforce._trigger_log ORDER BY id").map {
            try $0.decode("line")
        }
    }

    /// The org and the table are the same, and nothing waits.
    private func expectEqual(_ world: SyncWorld) async throws {
        _ = try await world.poll("Account")
        #expect(try await world.isEqual("Account", SyncWorld.accountFields))
        #expect(try await world.count("salesforce._trigger_log WHERE state IN ('NEW', 'PENDING')") == 0)
    }

    @Test("many updates of one row: each is sent in order, or one that says all, and the others say into which they were merged")
    func manyUpdates() async throws {
        try await withAccounts([true, false]) { world, isOrdered in
            for step in 1...3 {
                try await world.pool.run("UPDATE salesforce.account SET phone = \("step \(step)"), name = \("n\(step)") WHERE id = 1")
            }
            #expect(try await world.write().text.hasPrefix(isOrdered ? "3 written" : "1 written"))
            try await expectEqual(world)
            #expect(try await world.count("salesforce.account WHERE phone = 'step 3' AND name = 'n3'") == 1)
            let merged = try await world.pool.query(
                "SELECT sf_result, sf_message, (SELECT min(id) FROM salesforce._trigger_log) AS into_id FROM salesforce._trigger_log WHERE state = 'MERGED'"
            )
            #expect(merged.count == (isOrdered ? 0 : 2))
            for row in merged {
                let into: Int = try row.decode("into_id")
                #expect(try row.decode("sf_result", as: Int.self) == into)
                #expect(try row.decode("sf_message", as: String.self).contains("merged into the change \(into)"))
            }
        }
    }

    @Test("a row that is inserted, changed and deleted in one transaction leaves nothing in the org, and does not come back")
    func insertAndDelete() async throws {
        try await withAccounts([true, false]) { world, isOrdered in
            try await world.pool.transaction { session in
                try session.run("INSERT INTO salesforce.account (name, external_id__c) VALUES ('brief', 'B-1')")
                try session.run("UPDATE salesforce.account SET phone = '1' WHERE external_id__c = 'B-1'")
                try session.run("DELETE FROM salesforce.account WHERE external_id__c = 'B-1'")
            }
            _ = try await world.write()
            _ = try await world.write()
            try await expectEqual(world)
            #expect(try await world.count("salesforce.account") == 10)
            #expect(
                try await states(world)
                    == (isOrdered
                        ? ["INSERT SUCCESS", "UPDATE SUCCESS", "DELETE SUCCESS"] : ["INSERT MERGED", "UPDATE MERGED", "DELETE IGNORE"]))
        }
    }

    @Test(
        "a row whose insert failed, that was mended and then deleted before it was written again, leaves nothing in the org, and its value to others"
    )
    func mendedAndDeleted() async throws {
        try await withAccounts([true, false]) { world, isOrdered in
            try await world.pool.run("INSERT INTO salesforce.account (name, external_id__c) VALUES ('INVALID', 'B-1')")
            #expect(try await world.write().text.hasPrefix("0 written, 1 failed"))
            try await world.pool.transaction { session in
                try session.run("UPDATE salesforce.account SET name = 'brief' WHERE external_id__c = 'B-1'")
                try session.run("DELETE FROM salesforce.account WHERE external_id__c = 'B-1'")
                try session.run("UPDATE salesforce.account SET external_id__c = 'B-1' WHERE id = 2")
            }
            let result = try await world.write()
            #expect(result.text.contains(", 0 failed"), "\(result.text)")
            try await expectEqual(world)
            #expect(try await world.count("salesforce.account") == 10)
            #expect(try await world.count("salesforce.account WHERE id = 2 AND external_id__c = 'B-1'") == 1)
            #expect(
                try await states(world)
                    == (isOrdered
                        ? ["INSERT SUCCESS", "UPDATE MERGED", "DELETE SUCCESS", "UPDATE SUCCESS"]
                        : ["INSERT FAILED", "UPDATE IGNORED", "DELETE IGNORED", "UPDATE SUCCESS"]))
        }
    }

    @Test(
        "an insert that was sent with its updates, and whose answer was lost, is found by what it said then, and not made again; also where those change its unique identifier or take it away",
        arguments: [true, false], [(nil, nil), ("B-1", "B-2"), ("B-1", nil)] as [(String?, String?)])
    func lostWithUpdates(isMended: Bool, keys: (first: String?, second: String?)) async throws {
        try await withAccounts(isMended ? [true, false] : [false]) { world, _ in
            let first = isMended ? "INVALID" : "first"
            try await world.pool.run("INSERT INTO salesforce.account (name, phone, external_id__c) VALUES (\(first), '1', \(keys.first))")
            if isMended { #expect(try await world.write().text.hasPrefix("0 written, 1 failed")) }
            try await world.pool.run(
                "UPDATE salesforce.account SET name = 'second', phone = '2', external_id__c = \(keys.second) WHERE phone = '1'")
            try await world.sandbox(
                .post, "/sandbox/trouble", #"{"kind":"close_after_commit","count":1,"path_prefix":"…/composite/sobjects"}"#)
            try await eventually(timeout: .seconds(120), "everything is written") {
                _ = try await world.write()
                return try await world.count("salesforce._trigger_log WHERE state NOT IN ('SUCCESS', 'MERGED')") == 0
            }
            try await expectEqual(world)
            #expect(try await world.count("salesforce.account") == 11)
            let key = keys.second.map { "external_id__c = '\($0)'" } ?? "external_id__c IS NULL"
            #expect(try await world.count("salesforce.account WHERE name = 'second' AND phone = '2' AND sfid IS NOT NULL AND \(key)") == 1)
        }
    }

    @Test(
        "an insert whose answer was lost, and whose repetition by its unique identifier is refused, has the record that it made",
        arguments: [
            #"trouble {"kind":"status","status":400,"code":"FIELD_CUSTOM_VALIDATION_EXCEPTION","path_prefix":"…/composite/sobjects","count":-1}"#,
            #"schema {"change":"change_field","object":"Account","field":"Phone","set":{"length":2}}"#,
        ])
    func lostAndRefused(refusal: String) async throws {
        try await SyncWorld.with(rows: ["Account": 10]) { world in
            try await world.importMappings([("Account", SyncWorld.accountFields, "read_write", "External_Id__c")])
            try await world.sandbox(
                .post, "/sandbox/trouble", #"{"kind":"close_after_commit","count":1,"path_prefix":"…/composite/sobjects"}"#)
            try await world.pool.run("INSERT INTO salesforce.account (name, phone, external_id__c) VALUES ('kept', '12345', 'B-1')")
            let writing = Task { try? await world.write() }
            try await eventually("the answer is lost") {
                try await world.sandbox(.get, "/sandbox/stats")["troubles_met"] as? Int == 1
            }
            let parts = refusal.split(separator: " ", maxSplits: 1).map(String.init)
            try await world.sandbox(.post, "/sandbox/\(parts[0])", parts[1])
            _ = await writing.value
            try await eventually(timeout: .seconds(120), "it is done") {
                _ = try? await world.write()
                return try await world.count("salesforce._trigger_log WHERE state IN ('NEW', 'PENDING')") == 0
            }
            #expect(try await states(world) == ["INSERT SUCCESS"])
            _ = try await world.poll("Account")
            #expect(try await world.count("salesforce.account WHERE external_id__c = 'B-1' AND sfid IS NOT NULL") == 1)
            #expect(try await world.count("salesforce.account") == 11)
        }
    }

    @Test(
        "a write that is called off waits for the answers to what is on its way, so that nothing of it arrives behind what is written later"
    )
    func calledOff() async throws {
        try await withAccounts([true, false]) { world, _ in
            try await world.pool.run("UPDATE salesforce.account SET phone = '1' WHERE id = 1")
            try await world.sandbox(
                .post, "/sandbox/trouble", #"{"kind":"latency","median_ms":3000,"path_prefix":"…/composite","count":1}"#)
            let writing = Task { try await world.write() }
            try await eventually("the update is on its way") { try await states(world) == ["UPDATE PENDING"] }
            _ = try await world.pool.query("SELECT sluice.cancel_job(id) AS done FROM sluice.jobs WHERE state = 'running'")
            #expect(try await writing.value.state == "cancelled")
            #expect(try await states(world) == ["UPDATE SUCCESS"])
            try await world.pool.run("UPDATE salesforce.account SET phone = '2' WHERE id = 1")
            _ = try await world.write()
            try await expectEqual(world)
        }
    }

    @Test("a row that is deleted while its insert is on its way leaves nothing in the org, and its value to a row that takes it")
    func deletedOnItsWay() async throws {
        try await withAccounts([true, false]) { world, _ in
            try await world.pool.run("INSERT INTO salesforce.account (name, external_id__c) VALUES ('brief', 'B-1')")
            try await world.sandbox(
                .post, "/sandbox/trouble", #"{"kind":"latency","median_ms":2000,"path_prefix":"…/composite","count":-1}"#)
            let writing = Task { try await world.write() }
            try await eventually("the insert is on its way") { try await states(world) == ["INSERT PENDING"] }
            try await world.pool.transaction { session in
                try session.run("DELETE FROM salesforce.account WHERE external_id__c = 'B-1'")
                try session.run("UPDATE salesforce.account SET external_id__c = 'B-1' WHERE id = 2")
            }
            try await world.sandbox(.delete, "/sandbox/trouble")
            var failed = try await writing.value.text.contains(", 0 failed") ? 0 : 1
            failed += try await world.write().text.contains(", 0 failed") ? 0 : 1
            #expect(failed == 0)
            try await expectEqual(world)
            #expect(try await world.count("salesforce.account") == 10)
            #expect(try await world.count("salesforce.account WHERE id = 2 AND external_id__c = 'B-1'") == 1)
        }
    }

    @Test(
        "a row that is deleted while its insert is on its way leaves nothing in the org, also where the next row with its value is refused")
    func deletedBeforeOneThatIsRefused() async throws {
        try await withAccounts([true, false]) { world, _ in
            try await world.pool.run("INSERT INTO salesforce.account (name, external_id__c) VALUES ('brief', 'B-1')")
            try await world.sandbox(
                .post, "/sandbox/trouble", #"{"kind":"latency","median_ms":2000,"path_prefix":"…/composite","count":-1}"#)
            let writing = Task { try await world.write() }
            try await eventually("the insert is on its way") { try await states(world) == ["INSERT PENDING"] }
            try await world.pool.transaction { session in
                try session.run("DELETE FROM salesforce.account WHERE external_id__c = 'B-1'")
                try session.run("INSERT INTO salesforce.account (external_id__c, phone) VALUES ('B-1', 'no name')")
            }
            try await world.sandbox(.delete, "/sandbox/trouble")
            _ = try await writing.value
            _ = try await world.write()
            _ = try await world.poll("Account")
            #expect(try await world.count("salesforce.account WHERE external_id__c = 'B-1' AND sfid IS NOT NULL") == 0)
            #expect(try await world.count("salesforce.account WHERE external_id__c = 'B-1' AND _hc_lastop = 'FAILED'") == 1)
            try await world.pool.run("UPDATE salesforce.account SET name = 'named' WHERE external_id__c = 'B-1'")
            #expect(try await world.write().text.contains(", 0 failed"))
            try await expectEqual(world)
            #expect(try await world.count("salesforce.account") == 11)
        }
    }

    @Test("a row that is deleted and inserted again is deleted and made again")
    func deleteAndInsert() async throws {
        try await withAccounts([true, false]) { world, _ in
            try await world.pool.run("UPDATE salesforce.account SET external_id__c = 'again' WHERE id = 2")
            _ = try await world.write()
            try await world.pool.transaction { session in
                try session.run("DELETE FROM salesforce.account WHERE id = 2")
                try session.run("INSERT INTO salesforce.account (name, external_id__c) VALUES ('made again', 'again')")
            }
            let result = try await world.write()
            #expect(result.text.hasPrefix("2 written, 0 failed"), "\(result.text)")
            try await expectEqual(world)
            #expect(try await world.count("salesforce.account WHERE name = 'made again' AND sfid IS NOT NULL") == 1)
        }
    }

    @Test("a row that names another one which changes, too, is written")
    func reference() async throws {
        try await withAccounts([true, false]) { world, _ in
            try await world.pool.run(
                """
                UPDATE salesforce.account a SET parentid = b.sfid FROM salesforce.account b
                WHERE a.id <= 2 AND b.id = 3 - a.id AND a.id = 1
                """)
            try await world.pool.run("UPDATE salesforce.account SET name = name || ' too' WHERE id IN (1, 2)")
            #expect(try await world.write().text.contains(" 0 failed"))
            try await expectEqual(world)
        }
    }

    @Test("switching loses no change that was captured before")
    func switching() async throws {
        try await withAccounts([true, false]) { world, isOrdered in
            try await world.pool.run("UPDATE salesforce.account SET phone = 'first' WHERE id <= 5")
            try await choose(world, ordered: !isOrdered)
            try await world.pool.run("UPDATE salesforce.account SET phone = 'second' WHERE id <= 3")
            #expect(try await world.write().text.contains(" 0 failed"))
            try await choose(world, ordered: isOrdered)
            try await expectEqual(world)
            #expect(try await world.count("salesforce.account WHERE phone = 'second'") == 3)
            #expect(try await world.count("salesforce.account WHERE phone = 'first'") == 2)
        }
    }

    @Test("a merged change that fails fails with all that was merged into it; tried again, all of it is written")
    func failing() async throws {
        try await withAccounts([false]) { world, _ in
            try await world.pool.run("UPDATE salesforce.account SET name = 'INVALID name' WHERE id = 1")
            try await world.pool.run("UPDATE salesforce.account SET phone = '77' WHERE id = 1")
            #expect(try await world.write().text.hasPrefix("0 written, 1 failed"))
            #expect(try await states(world) == ["UPDATE FAILED", "UPDATE FAILED"])
            try await world.pool.run("UPDATE salesforce.account SET name = 'valid' WHERE id = 1")
            try await world.pool.run("UPDATE salesforce._trigger_log SET state = 'NEW' WHERE state = 'FAILED'")
            #expect(try await world.write().text.contains("1 written, 0 failed"))
            try await expectEqual(world)
            #expect(try await world.count("salesforce.account WHERE name = 'valid' AND phone = '77'") == 1)
        }
    }
}
