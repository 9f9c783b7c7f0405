import Catalog
import Eventually
import Foundation
import HTTPTransport
import HTTPTypes
import Postgres
import Testing

@testable import MappedSchema
@testable import Sync

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

    @Test("the limit lets go what a person let go, and counts the rest")
    func limit() {
        func batch(_ ids: ClosedRange<Int64>) -> WriteFlow.Batch {
            WriteFlow.Batch(
                table: "account", action: .delete, changes: ids.map { Change(id: $0, table: "account", action: .delete, recordID: $0) })
        }
        var limit = DeleteLimit(perHour: 5, allowedThrough: 10, used: 3, isStopped: false)
        var first = batch(9...14)
        #expect(limit.hold(&first).map(\.id) == [13, 14])
        #expect(first.changes.map(\.id) == [9, 10, 11, 12])
        var second = batch(15...15)
        #expect(limit.hold(&second).map(\.id) == [15])
        #expect(limit.stopped == ["account": 3])
        var stopped = DeleteLimit(perHour: 5, allowedThrough: 0, used: 0, isStopped: true)
        #expect(stopped.hold(&second).isEmpty && stopped.hold(&first).count == 4)
        var update = WriteFlow.Batch(
            table: "account", action: .update, changes: [Change(id: 1, table: "account", action: .update, recordID: 1)])
        #expect(stopped.hold(&update).isEmpty)
        var none = DeleteLimit.none
        var all = batch(1...1000)
        #expect(none.hold(&all).isEmpty)
    }
}
