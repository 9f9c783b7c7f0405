import Catalog
import Dispatch
import Eventually
import HTTPTypes
import Postgres
import SyncWorld
import Testing

@Suite("Changes whose transactions are committed after the log was read")
struct LateCommitTests {
    @Test(
        "a child that is refused for a parent which was committed meanwhile waits for it, whether that is inserted or gets the key",
        arguments: [true, false])
    func parent(isInserted: Bool) async throws {
        try await SyncWorld.with(rows: ["Account": 10, "Contact": 10]) { world in
            try await world.importMappings([
                ("Account", SyncWorld.accountFields, "read_write", "External_Id__c"),
                ("Contact", SyncWorld.contactFields + ["Account.External_Id__c"], "read_write", nil),
            ])
            let commit = DispatchSemaphore(value: 0)
            defer { commit.signal() }
            let late = Task {
                try await world.target.transaction { session in
                    try session.run(
                        isInserted
                            ? "INSERT INTO salesforce.account (name, external_id__c) VALUES ('late', 'L-1')"
                            : "UPDATE salesforce.account SET external_id__c = 'L-1' WHERE id = 1")
                    commit.wait()
                }
            }
            try await eventually {
                try await world.count("pg_stat_activity WHERE query LIKE '%L-1%' AND state = 'idle in transaction'") == 1
            }
            try await world.target.run("INSERT INTO salesforce.contact (lastname, account__external_id__c) VALUES ('child', 'L-1')")
            try await world.sandbox(
                .post, "/sandbox/trouble", #"{"kind":"latency","median_ms":2000,"path_prefix":"…/composite","count":1}"#)
            let writing = Task { try await world.write() }
            try await eventually("the child is on its way") {
                try await world.count("salesforce._trigger_log WHERE table_name = 'contact' AND state = 'PENDING'") == 1
            }
            commit.signal()
            _ = try await late.value
            _ = try await writing.value
            _ = try await world.write()
            #expect(try await world.count("salesforce._trigger_log WHERE state <> 'SUCCESS'") == 0)
            _ = try await world.poll("Account")
            _ = try await world.poll("Contact")
            #expect(
                try await world.count(
                    "salesforce.contact c JOIN salesforce.account a ON a.sfid = c.accountid WHERE a.external_id__c = 'L-1'") == 1)
        }
    }
}
