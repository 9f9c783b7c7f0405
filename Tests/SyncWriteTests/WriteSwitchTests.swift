import Catalog
import Eventually
import Foundation
import HTTPTransport
import HTTPTypes
import LoggedChanges
import Postgres
import SyncWorld
import Testing

@testable import SyncWrite

@Suite("Switches that keep writes from Salesforce")
struct WriteSwitchTests {
    private func withAccounts(_ body: @Sendable (SyncWorld) async throws -> Void) async throws {
        try await SyncWorld.with(rows: ["Account": 10]) { world in
            try await world.importMappings([("Account", SyncWorld.accountFields, "read_write", "External_Id__c")])
            try await body(world)
        }
    }

    /// Sets the switches, and waits for the write that follows.
    private func set(_ world: SyncWorld, _ mode: WriteSwitches.Mode, deletesPerHour: Int? = nil) async throws {
        try await world.catalog.setWriteSwitches(world.connectionID, mode: mode, deletesPerHour: deletesPerHour, requestedBy: "test")
        try await eventually { try await world.count("sluice.jobs WHERE kind = 'write'") == 0 }
    }

    @Test("paused writes wait while reading goes on, and go out when they are on again")
    func paused() async throws {
        try await withAccounts { world in
            try await set(world, .paused)
            try await world.target.run("UPDATE salesforce.account SET phone = 'ours' WHERE id = 1")
            #expect(try await world.write().text == "writes are paused")
            #expect(try await world.mapping("Account").pendingWrites == 1)
            try await world.sandbox(
                .post, "/sandbox/mutate", #"{"object":"Account","update":{"count":10,"field":"Website","value":"https://%d.example"}}"#)
            _ = try await world.poll("Account")
            #expect(try await world.count("salesforce.account WHERE website LIKE 'https://%.example'") == 10)
            try await set(world, .on)
            #expect(try await world.count("salesforce._trigger_log WHERE state = 'SUCCESS'") == 1)
        }
    }

    @Test("a read-only connection writes nothing, then and later")
    func readOnly() async throws {
        try await withAccounts { world in
            try await set(world, .readOnly)
            try await world.target.run("UPDATE salesforce.account SET phone = 'ours' WHERE id = 1")
            _ = try await world.write()
            #expect(
                try await world.count("salesforce._trigger_log WHERE state = 'READONLY' AND sf_message = 'the connection is read-only'")
                    == 1)
            #expect(
                try await world.count(
                    "salesforce.account WHERE id = 1 AND _hc_lastop = 'SYNCED' AND _hc_err::jsonb ->> 'code' = 'READONLY' AND phone = 'ours'"
                )
                    == 1)
            #expect(try await world.count("salesforce.account WHERE _hc_lastop = 'PENDING'") == 0)
            try await set(world, .on)
            _ = try await world.write()
            #expect(try await world.count("salesforce._trigger_log WHERE state = 'READONLY'") == 1)
        }
    }

    @Test("a dry run says what would be sent, and what would fail, and sends nothing")
    func dryRun() async throws {
        try await withAccounts { world in
            try await world.target.run("UPDATE salesforce.account SET phone = 'p' || id WHERE id <= 3")
            try await world.target.run("UPDATE salesforce.account SET annualrevenue = 'NaN' WHERE id = 4")
            try await world.target.run("INSERT INTO salesforce.account (name) VALUES ('new')")
            try await world.target.run("DELETE FROM salesforce.account WHERE id = 5")
            try await set(world, .dryRun)
            let report = try #require(try await world.catalog.writeSwitches(world.connectionID).dryRun)
            let document = try JSONValue(parsing: Array(report.utf8))
            let writes = try #require(document["writes"]?.elements)
            let counts = writes.map { "\($0["action"]?.string ?? "") \($0["count"]?.integer ?? 0)" }
            #expect(counts == ["DELETE 1", "INSERT 1", "UPDATE 3"])
            #expect(writes[2]["first"]?.elements?.first?["fields"] == ["Phone": "p1"])
            #expect(document["refused_count"]?.integer == 1)
            #expect(document["refused"]?.elements?.first?["message"]?.string?.hasPrefix("annualrevenue: expected a number") == true)
            #expect(try await world.count("salesforce._trigger_log WHERE state = 'NEW'") == 6)
            #expect(try await world.sandbox(.get, "/sandbox/hash?object=Account&fields=Id")["rows"] as? Int == 10)
        }
    }

    @Test("more deletes in an hour than the limit wait for a person, who is asked once; other changes go on")
    func deletes() async throws {
        try await withAccounts { world in
            try await set(world, .on, deletesPerHour: 3)
            try await world.target.run("DELETE FROM salesforce.account WHERE id <= 5")
            try await world.target.run("UPDATE salesforce.account SET phone = 'ours' WHERE id = 6")
            #expect(try await world.write().text.hasPrefix("4 written, 0 failed"))
            #expect(try await world.count("salesforce._trigger_log WHERE state = 'NEW' AND action = 'DELETE'") == 2)
            #expect(try await world.mapping("Account").stateDescription?.contains("2 deletes wait") == true)
            _ = try await world.write()
            #expect(try await world.count("sluice.notifications WHERE event_type = 'deletes-stopped'") == 1)
            #expect(try await world.count("salesforce._trigger_log WHERE state = 'NEW' AND action = 'DELETE'") == 2)
            try await world.catalog.allowDeletes(world.connectionID, requestedBy: "test")
            try await eventually { try await world.count("salesforce._trigger_log WHERE state = 'NEW'") == 0 }
            try await eventually { try await world.count("sluice.jobs WHERE kind = 'write'") == 0 }
            #expect(try await world.mapping("Account").stateDescription == nil)
            #expect(try await world.sandbox(.get, "/sandbox/hash?object=Account&fields=Id")["rows"] as? Int == 5)
        }
    }

    @Test("the limit lets go what a person let go and what was sent before, and counts the rest")
    func limit() {
        func deletes(_ ids: ClosedRange<Int64>, wasSent: Bool = false) -> [Change] {
            ids.map { Change(id: $0, table: "account", action: .delete, recordID: $0, wasSent: wasSent) }
        }
        var limit = DeleteLimit(perHour: 5, allowedThrough: 10, isStopped: false)
        let first = limit.split(deletes(9...14), used: 3)
        #expect(first.go.map(\.id) == [9, 10, 11, 12])
        #expect(first.wait.map(\.id) == [13, 14])
        let again = limit.split(deletes(20...21, wasSent: true) + deletes(22...23), used: 2)
        #expect(again.go.map(\.id) == [20, 21, 22])
        limit.stop("account", first.wait.count)
        limit.stop("contact", 0)
        #expect(limit.split(deletes(15...15), used: 0).wait.map(\.id) == [15])
        limit.stop("account", 1)
        #expect(limit.stopped == ["account": 3])
        let stopped = DeleteLimit(perHour: 5, allowedThrough: 0, isStopped: true)
        #expect(stopped.split(deletes(1...3), used: 0).wait.count == 3)
        #expect(DeleteLimit.none.split(deletes(1...1000), used: 0).wait.isEmpty)
    }

    @Test("lanes that are written at the same time share one limit of deletes", arguments: TargetHome.allCases)
    func lanes(home: TargetHome) async throws {
        try await SyncWorld.with(rows: ["Account": 600, "Lead": 600], workers: 2, home: home) { world in
            try await world.importMappings([
                ("Account", SyncWorld.accountFields, "read_write", nil),
                ("Lead", ["Id", "SystemModstamp", "IsDeleted", "LastName", "Company"], "read_write", nil),
            ])
            try await set(world, .on, deletesPerHour: 10)
            try await world.script(
                """
                BEGIN;
                UPDATE salesforce.account SET parentid = NULL, phone = 'ours' WHERE id > 8;
                UPDATE salesforce.lead SET company = 'ours' WHERE id > 8;
                DELETE FROM salesforce.account WHERE id <= 8;
                DELETE FROM salesforce.lead WHERE id <= 8;
                COMMIT
                """)
            #expect(try await world.write().text == "begun at the same time: account; lead")
            try await eventually("the lanes have ended") {
                try await world.count("sluice.finished_jobs WHERE kind = 'write_lane' AND state = 'completed'") == 2
            }
            #expect(try await world.count("salesforce._trigger_log WHERE state = 'SUCCESS' AND action = 'DELETE'") == 10)
            #expect(try await world.count("salesforce._trigger_log WHERE state = 'NEW' AND action = 'DELETE'") == 6)
            #expect(try await world.count("salesforce._trigger_log WHERE state <> 'SUCCESS' AND action = 'UPDATE'") == 0)
            #expect(try await world.count("sluice.notifications WHERE event_type = 'deletes-stopped'") == 1)
            try await world.catalog.allowDeletes(world.connectionID, requestedBy: "test")
            try await eventually { try await world.count("salesforce._trigger_log WHERE state = 'NEW'") == 0 }
        }
    }
}
