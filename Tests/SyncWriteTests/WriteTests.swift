import Catalog
import Eventually
import Foundation
import HTTPTransport
import HTTPTypes
import JobQueue
import Postgres
import Salesforce
import SandboxOrg
import SyncWorld
import TestDatabase
import Testing

@Suite("Writing to Salesforce")
struct WriteTests {
    private func withAccounts(
        _ rows: Int = 300, upsertField: String? = "External_Id__c", home: TargetHome, _ body: @Sendable (SyncWorld) async throws -> Void
    ) async throws {
        try await SyncWorld.with(rows: ["Account": rows], home: home) { world in
            try await world.importMappings([("Account", SyncWorld.accountFields, "read_write", upsertField)])
            try await body(world)
        }
    }

    @Test("inserts, updates and deletes reach the org, and nothing written comes back as a change", arguments: TargetHome.allCases)
    func roundTrip(home: TargetHome) async throws {
        try await withAccounts(home: home) { world in
            try await world.target.transaction { session in
                try session.run(
                    "UPDATE salesforce.account SET phone = '+1 ' || id, annualrevenue = id * 1.5, last_visit__c = '2026-01-02 03:04:05' WHERE id <= 100"
                )
                try session.run(
                    "INSERT INTO salesforce.account (name, external_id__c, industry) SELECT 'Made ' || n, 'PG-' || n, NULL FROM generate_series(1, 30) n"
                )
                try session.run("DELETE FROM salesforce.account WHERE id BETWEEN 101 AND 120")
            }
            #expect(try await world.count("salesforce.account WHERE _hc_lastop = 'PENDING'") == 130)
            let result = try await world.write()
            #expect(result.text.hasPrefix("150 written, 0 failed"), "\(result.text)")
            #expect(
                try await world.count("salesforce.account WHERE _hc_lastop = 'INSERTED' AND sfid IS NOT NULL AND name LIKE 'Made %'") == 30)
            #expect(try await world.count("salesforce.account WHERE _hc_lastop = 'UPDATED'") == 100)
            #expect(try await world.count("salesforce._trigger_log WHERE state = 'SUCCESS' AND processed_at IS NOT NULL") == 150)
            _ = try await world.poll("Account")
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
            #expect(try await world.count("salesforce.account WHERE _hc_lastop <> 'SYNCED'") == 0)
            #expect(try await world.count("salesforce._trigger_log") == 150)
        }
    }

    @Test("a record that Salesforce refuses ends FAILED with Salesforce's words; its neighbours succeed", arguments: TargetHome.allCases)
    func refusal(home: TargetHome) async throws {
        try await withAccounts(home: home) { world in
            try await world.target.run(
                "UPDATE salesforce.account SET name = CASE id WHEN 3 THEN 'INVALID name' ELSE 'fine ' || id END WHERE id <= 5")
            let result = try await world.write()
            #expect(result.text.hasPrefix("4 written, 1 failed"), "\(result.text)")
            let row = try await world.target.query("SELECT _hc_lastop, _hc_err::json->>'msg' AS msg FROM salesforce.account WHERE id = 3")[
                0]
            #expect(try row.decode("_hc_lastop", as: String.self) == "FAILED")
            #expect(try row.decode("msg", as: String.self).contains("must not contain INVALID"))
            #expect(try await world.count("sluice.events WHERE level = 'warning' AND type = 'write' AND row_id = 3 AND sfid <> ''") == 1)
            let log = try await world.target.query("SELECT sf_message FROM salesforce._trigger_log WHERE state = 'FAILED'")
            #expect(log.count == 1)
            #expect(try log[0].decode("sf_message", as: String.self).contains("FIELD_CUSTOM_VALIDATION_EXCEPTION"))
            // Retried as users do it: the row stays FAILED and keeps its message, although the status trigger takes equals for SYNCED.
            try await world.target.run("UPDATE salesforce._trigger_log SET state = 'NEW' WHERE state = 'FAILED'")
            _ = try await world.write()
            #expect(try await world.count("salesforce.account WHERE _hc_lastop = 'FAILED' AND _hc_err IS NOT NULL") == 1)
        }
    }

    @Test("a row whose read-back shows nothing new becomes SYNCED all the same", arguments: TargetHome.allCases)
    func readBack(home: TargetHome) async throws {
        try await withAccounts(10, home: home) { world in
            try await world.target.transaction { session in
                try session.run("SET LOCAL xmlbinary TO 'hex'")
                try session.run("UPDATE salesforce.account SET _hc_lastop = 'UPDATED'")
            }
            // Behind every stamp, so that the poll reads all rows and finds them as they are.
            try await world.pool.run("UPDATE sluice.mappings SET watermark = '2000-01-01'")
            _ = try await world.poll("Account")
            #expect(try await world.count("salesforce.account WHERE _hc_lastop = 'SYNCED'") == 10)
        }
    }

    @Test("changes of one record keep their order, and each is seen by the org", arguments: TargetHome.allCases)
    func order(home: TargetHome) async throws {
        try await withAccounts(home: home) { world in
            for step in 1...3 { try await world.target.run("UPDATE salesforce.account SET phone = \("step \(step)") WHERE id = 1") }
            try await world.target.run("INSERT INTO salesforce.account (name, external_id__c) VALUES ('first', 'X-1')")
            try await world.target.run("UPDATE salesforce.account SET name = 'second' WHERE external_id__c = 'X-1'")
            let result = try await world.write()
            #expect(result.text.hasPrefix("5 written, 0 failed"), "\(result.text)")
            _ = try await world.poll("Account")
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
            #expect(try await world.count("salesforce.account WHERE name = 'second' AND sfid IS NOT NULL") == 1)
            #expect(try await world.count("salesforce.account WHERE phone = 'step 3'") == 1)
        }
    }

    @Test(
        "an insert whose answer was lost is not made twice, with a unique identifier and without", arguments: ["External_Id__c", nil],
        TargetHome.allCases)
    func lostAnswers(upsertField: String?, home: TargetHome) async throws {
        try await withAccounts(20, upsertField: upsertField, home: home) { world in
            try await world.sandbox(
                .post, "/sandbox/trouble", #"{"kind":"close_after_commit","count":1,"path_prefix":"…/composite/sobjects"}"#)
            try await world.target.run(
                "INSERT INTO salesforce.account (name, external_id__c) SELECT 'Lost ' || n, 'L-' || n FROM generate_series(1, 10) n")
            try await eventually("the inserts are answered") {
                _ = try await world.queue.enqueue([try .write(world.connectionID)])
                return try await world.count("salesforce.account WHERE name LIKE 'Lost %' AND sfid IS NOT NULL") == 10
            }
            try await eventually { try await world.count("sluice.jobs WHERE kind = 'write'") == 0 }
            _ = try await world.poll("Account")
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
            #expect(try await world.count("salesforce.account") == 30)
            #expect(try await world.sandbox(.get, "/sandbox/stats")["troubles_met"] as? Int == 1)
        }
    }

    @Test("an outage postpones writes and loses none", arguments: TargetHome.allCases)
    func outage(home: TargetHome) async throws {
        try await withAccounts(20, home: home) { world in
            try await world.sandbox(
                .post, "/sandbox/trouble", #"{"kind":"status","status":503,"count":2,"path_prefix":"…/composite/sobjects"}"#)
            try await world.target.run("UPDATE salesforce.account SET phone = 'after the outage'")
            let result = try await world.write()
            #expect(result.text.hasPrefix("20 written, 0 failed"), "\(result.text)")
            _ = try await world.poll("Account")
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
        }
    }

    @Test(
        "parents are written before children that name them by external id, in either spelling",
        arguments: TargetHome.allCases, ["Account__r.External_Id__c", "Account__r__External_Id__c"])
    func relationships(home: TargetHome, spelling: String) async throws {
        try await SyncWorld.with(rows: ["Account": 5, "Project__c": 5], home: home) { world in
            let fields = ["Id", "IsDeleted", "SystemModstamp", "Name", "External_Id__c", "Account__c", spelling]
            try await world.importMappings([
                ("Account", SyncWorld.accountFields, "read_write", "External_Id__c"),
                ("Project__c", fields, "read_write", "External_Id__c"),
            ])
            let mapping = try await world.mapping("Project__c")
            #expect(mapping.state == .dataSynced, "\(mapping.stateDescription ?? "")")
            try await world.target.transaction { session in
                for number in 1...10 {
                    try session.run(
                        "INSERT INTO salesforce.account (name, external_id__c) VALUES (\("Parent \(number)"), \("P-\(number)"))")
                    try session.run(
                        "INSERT INTO salesforce.project__c (name, external_id__c, account__r__external_id__c) VALUES (\("Child \(number)"), \("C-\(number)"), \("P-\(number)"))"
                    )
                }
            }
            let result = try await world.write()
            #expect(result.text.hasPrefix("20 written, 0 failed"), "\(result.text)")
            #expect(result.text.hasSuffix("in 2 calls"), "\(result.text)")
            _ = try await world.poll("Account")
            _ = try await world.poll("Project__c")
            #expect(
                try await world.count(
                    "salesforce.project__c c JOIN salesforce.account a ON a.sfid = c.account__c WHERE a.external_id__c = c.account__r__external_id__c AND c.name LIKE 'Child%'"
                ) == 10)
        }
    }

    @Test(
        "a row whose insert failed is inserted once an update has mended it, and a failing update names the way out",
        arguments: [true, false])
    func mended(inOneTransaction: Bool) async throws {
        try await withAccounts(5, home: .controlDatabase) { world in
            let insert: PostgresQuery = "INSERT INTO salesforce.account (name, external_id__c) VALUES ('INVALID name', 'M-1')"
            let mend: PostgresQuery = "UPDATE salesforce.account SET name = 'mended', phone = '7' WHERE external_id__c = 'M-1'"
            if inOneTransaction {
                try await world.target.transaction { session in
                    try session.run(insert)
                    try session.run(mend)
                }
            } else {
                try await world.target.run(insert)
                #expect(try await world.write().text.hasPrefix("0 written, 1 failed"))
                try await world.target.run("UPDATE salesforce.account SET phone = '6' WHERE external_id__c = 'M-1'")
                #expect(try await world.write().text.hasPrefix("0 written, 1 failed"))
                #expect(try await world.count("salesforce._trigger_log WHERE state = 'FAILED' AND sf_message LIKE 'FIELD_CUSTOM%'") == 2)
                try await world.target.run(mend)
            }
            #expect(try await world.write().text.hasPrefix("1 written"))
            #expect(try await world.count("salesforce._trigger_log WHERE state NOT IN ('SUCCESS', 'MERGED')") == 0)
            #expect(
                try await world.count(
                    "salesforce.account WHERE name = 'mended' AND phone = '7' AND sfid IS NOT NULL AND _hc_lastop = 'INSERTED'") == 1)
            _ = try await world.poll("Account")
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
        }
    }

    @Test("a table whose mapping is gone is captured no more and stays, and what was captured is not sent by a mapping that comes later")
    func unmapped() async throws {
        try await withAccounts(5, home: .controlDatabase) { world in
            try await world.target.run("UPDATE salesforce.account SET phone = 'old' WHERE id = 1")
            #expect(try await world.catalog.deleteMapping(try await world.mapping("Account").id))
            _ = try await world.write()
            #expect(try await world.count("salesforce._trigger_log WHERE state = 'IGNORED'") == 1)
            try await world.target.run("UPDATE salesforce.account SET phone = 'older' WHERE id = 2")
            #expect(try await world.count("salesforce._trigger_log") == 1)
            #expect(try await world.count("salesforce.account") == 5)
            try await world.importMappings([("Account", SyncWorld.accountFields, "read_write", nil)])
            try await world.target.run("UPDATE salesforce.account SET phone = 'new' WHERE id = 3")
            #expect(try await world.write().text.hasPrefix("1 written, 0 failed"))
        }
    }

    @Test("a parent of one of several objects is found by the unique field that only one of them has")
    func polymorphicParent() async throws {
        try await SyncWorld.with(rows: ["Account": 5, "User": 4]) { world in
            try await world.importMappings([
                ("Account", SyncWorld.accountFields + ["Owner.Username"], "read_write", nil),
                ("User", ["Id", "SystemModstamp", "Username"], "read_only", nil),
            ])
            try #require(try await world.mapping("Account").state == .dataSynced)
            try await world.target.run(
                """
                UPDATE salesforce.account SET owner__username = (
                    SELECT u.username FROM salesforce."user" u WHERE u.sfid <> account.ownerid ORDER BY u.id LIMIT 1
                ) WHERE id = 1
                """)
            let result = try await world.write()
            #expect(result.text.hasPrefix("1 written, 0 failed"), "\(result.text)")
            _ = try await world.poll("Account")
            #expect(
                try await world.count(
                    #"salesforce.account a JOIN salesforce."user" u ON u.sfid = a.ownerid AND u.username = a.owner__username WHERE a.id = 1"#
                ) == 1)
        }
    }

    @Test("an insert that did not arrive is not taken for the record of a row like it whose deletion waits")
    func lostBesideDeleted() async throws {
        try await withAccounts(5, upsertField: nil, home: .controlDatabase) { world in
            try await world.target.run("INSERT INTO salesforce.account (name, phone) VALUES ('Twin', '1')")
            #expect(try await world.write().text.hasPrefix("1 written, 0 failed"))
            let first = try await world.sfids("Account", where: "name = 'Twin'")
            try await world.target.transaction { session in
                try session.run("DELETE FROM salesforce.account WHERE name = 'Twin'")
                try session.run("INSERT INTO salesforce.account (name, phone) VALUES ('Twin', '1')")
            }
            try await world.target.transaction { session in
                try session.run("SET LOCAL xmlbinary TO 'hex'")
                try session.run(
                    "UPDATE salesforce._trigger_log SET state = 'PENDING', updated_at = now() - interval '1 minute' WHERE state = 'NEW' AND action = 'INSERT'"
                )
            }
            #expect(try await world.write().text.hasPrefix("2 written, 0 failed"))
            _ = try await world.poll("Account")
            #expect(try await world.sfids("Account", where: "name = 'Twin'").isDisjoint(with: first))
            #expect(try await world.count("salesforce.account WHERE name = 'Twin' AND sfid IS NOT NULL") == 1)
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
        }
    }

    @Test(
        "an insert whose answer was lost, and whose record came back by a poll meanwhile, is one row and one record, whatever ids rows have",
        arguments: [100, 1])
    func lostAndPolled(nextID: Int) async throws {
        try await withAccounts(5, upsertField: nil, home: .controlDatabase) { world in
            try await world.script(
                """
                INSERT INTO salesforce.account (id, name, phone) VALUES (50, 'Lost', '1');
                UPDATE salesforce.account SET id = id + 1000 WHERE id < 50;
                SELECT setval('salesforce.account_id_seq', \(nextID))
                """)
            // As a worker leaves it that dies behind the call.
            try await world.target.transaction { session in
                try session.run("SET LOCAL xmlbinary TO 'hex'")
                try session.run("UPDATE salesforce._trigger_log SET state = 'PENDING', updated_at = now()")
            }
            let credentials = SalesforceCredentials.clientCredentials(clientID: "sandbox-client", secret: "sandbox-secret")
            let http = HTTPClient()
            let org = SalesforceClient(
                session: SalesforceSession(credentials: credentials, loginURL: world.org.url, http: http), http: http)
            let made = try await org.insert(
                "Account", [RecordWrite(fields: [.init("Name", .string("Lost")), .init("Phone", .string("1"))])])
            try #require(made.first?.success == true)
            _ = try await world.poll("Account")
            #expect(try await world.count("salesforce.account WHERE name = 'Lost'") == 2)
            #expect(try await world.write().text.hasPrefix("1 written, 0 failed"))
            _ = try await world.poll("Account")
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
            #expect(try await world.count("salesforce.account WHERE name = 'Lost'") == 1)
        }
    }
}
