import Catalog
import Eventually
import Foundation
import HTTPTransport
import HTTPTypes
import JobQueue
import Postgres
import SyncWorld
import TestDatabase
import Testing

/// Faults that were found before the engines were rebuilt, each by what should be.
@Suite("Faults that were known")
struct RepairedFaultTests {
    @Test(
        "a parent of the same object is mapped by its external id, and each row names its parent's",
        arguments: ["Parent.External_Id__c", "Parent__External_Id__c"])
    func ownParent(spelling: String) async throws {
        try await SyncWorld.with(rows: ["Account": 40]) { world in
            try await world.importMappings([
                ("Account", SyncWorld.accountFields + [spelling], "read_write", nil)
            ])
            let mapping = try await world.mapping("Account")
            try #require(mapping.state == .dataSynced, "\(mapping.stateDescription ?? "")")
            let children = "salesforce.account c JOIN salesforce.account p ON p.sfid = c.parentid"
            #expect(try await world.count("\(children) WHERE p.external_id__c IS NOT NULL") > 0)
            #expect(try await world.count("\(children) WHERE c.parent__external_id__c IS DISTINCT FROM p.external_id__c") == 0)
        }
    }

    @Test("a parent is cleared by clearing its external id")
    func clearedParent() async throws {
        try await SyncWorld.with(rows: ["Account": 10, "Contact": 10]) { world in
            try await world.importMappings([
                ("Account", SyncWorld.accountFields, "read_write", "External_Id__c"),
                ("Contact", SyncWorld.contactFields + ["Account.External_Id__c"], "read_write", "External_Id__c"),
            ])
            let child = "salesforce.contact WHERE id = 1"
            try await world.target.run(
                """
                UPDATE salesforce.contact SET account__external_id__c = a.external_id__c
                FROM salesforce.account a WHERE contact.id = 1 AND a.id = 2 AND a.sfid IS DISTINCT FROM contact.accountid
                """)
            _ = try await world.write()
            _ = try await world.poll("Contact")
            try #require(try await world.count("\(child) AND accountid IS NOT NULL AND account__external_id__c IS NOT NULL") == 1)
            try await world.target.run("UPDATE salesforce.contact SET account__external_id__c = NULL WHERE id = 1")
            _ = try await world.write()
            let ignored = try await world.count("salesforce._trigger_log WHERE state = 'IGNORED'")
            _ = try await world.poll("Contact")
            let cleared = try await world.count("\(child) AND accountid IS NULL")
            #expect(ignored == 0)
            #expect(cleared == 1)
        }
    }

    @Test("a worker that lost its lease while it waited for Salesforce records nothing on a target of its own")
    func lostLease() async throws {
        try await SyncWorld.with(rows: ["Account": 5], home: .ownDatabase) { world in
            try await world.importMappings([("Account", SyncWorld.accountFields, "read_write", "External_Id__c")])
            try await world.sandbox(
                .post, "/sandbox/trouble", #"{"kind":"drip","count":1,"ms":500,"bytes":16,"path_prefix":"…/composite/sobjects"}"#)
            try await world.target.run("UPDATE salesforce.account SET phone = '1' WHERE id = 1")
            _ = try await world.queue.enqueue([try .write(world.connectionID)])
            try await eventually("the change is under way") {
                try await world.sandbox(.get, "/sandbox/stats")["troubles_met"] as? Int == 1
            }
            // Another worker has the job now, as after a stall.
            try await world.pool.run(
                "UPDATE sluice.jobs SET lease_token = lease_token + 1000000 WHERE kind = 'write' AND state = 'running'")
            await #expect(throws: (any Error).self, "the change must not be recorded") {
                try await eventually(timeout: .seconds(12), "the change is recorded all the same") {
                    try await world.count("salesforce._trigger_log WHERE state = 'SUCCESS'") == 1
                }
            }
        }
    }

    enum OwnChange: String, CaseIterable, Sendable {
        case update = "UPDATE salesforce.account SET phone = 'ours' WHERE id = 1"
        case delete = "DELETE FROM salesforce.account WHERE id = 1"

        /// Rows that show the state of before.
        var undone: String {
            switch self {
            case .update: "salesforce.account WHERE id = 1 AND phone IS DISTINCT FROM 'ours'"
            case .delete: "salesforce.account WHERE sfid IN (SELECT sfid FROM salesforce._trigger_log)"
            }
        }
    }

    @Test("a page that was queried before a change was written, and is merged after it, does not undo it", arguments: OwnChange.allCases)
    func oldPage(change: OwnChange) async throws {
        try await SyncWorld.with(rows: ["Account": 5]) { world in
            try await world.importMappings([("Account", SyncWorld.accountFields, "read_write", "External_Id__c")])
            try await world.sandbox(
                .post, "/sandbox/mutate", #"{"object":"Account","update":{"count":5,"field":"Website","value":"https://%d.example"}}"#)
            // The answer is made at once, and comes in drops.
            try await world.sandbox(.post, "/sandbox/trouble", #"{"kind":"drip","count":1,"ms":1000,"bytes":16,"path_prefix":"…/query"}"#)
            let poll = try await world.queue.enqueue([try .poll(try await world.mapping("Account"))])[0]!
            try await eventually("the poll has been answered") {
                try await world.sandbox(.get, "/sandbox/stats")["troubles_met"] as? Int == 1
            }
            try await world.target.run(PostgresQuery(sql: change.rawValue))
            let written = try await world.write()
            #expect(written.text.hasPrefix("1 written, 0 failed"), "\(written.text)")
            try #require(try await world.count("sluice.jobs WHERE id = \(poll)") == 1, "the page came before the write was done")
            #expect(try await world.finished(poll, timeout: .seconds(300)).state == "completed")
            let undone = try await world.count(change.undone)
            #expect(undone == 0)
        }
    }

    @Test("an insert whose answer was lost is not made twice, although no short text tells its record")
    func lostAnswer() async throws {
        try await SyncWorld.with(rows: ["Case": 5]) { world in
            try await world.importMappings([("Case", ["Id", "IsDeleted", "SystemModstamp", "Description"], "read_write", nil)])
            try await world.sandbox(
                .post, "/sandbox/trouble", #"{"kind":"close_after_commit","count":1,"path_prefix":"…/composite/sobjects"}"#)
            try await world.target.run(#"INSERT INTO salesforce."case" (description) VALUES (repeat('long ', 100))"#)
            try await eventually("the record is found by its long text") {
                _ = try await world.queue.enqueue([try .write(world.connectionID)])
                return try await world.count(#"salesforce."case" WHERE description LIKE 'long%' AND sfid IS NOT NULL"#) == 1
            }
            try await eventually { try await world.count("sluice.jobs WHERE kind = 'write'") == 0 }
            _ = try await world.poll("Case")
            #expect(try await world.count(#"salesforce."case" WHERE sfid IS NOT NULL"#) == 6)
        }
    }
}
