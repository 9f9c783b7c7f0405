import Catalog
import Eventually
import HTTPTransport
import HTTPTypes
import JobQueue
import Postgres
import SyncWorld
import Testing

/// A load that has begun waits for Salesforce without a slot, under no key that would answer a later request.
@Suite("Loads that are asked for while another is under way")
struct LoadRequestTests {
    private func isWaiting(_ world: SyncWorld) async throws {
        try await eventually("the load waits for Salesforce") {
            try await world.count("sluice.jobs WHERE kind = 'load' AND state = 'available' AND progress IS NOT NULL") == 1
        }
    }

    private func isDone(_ world: SyncWorld) async throws {
        try await eventually("nothing is loaded any more") {
            try await world.count("sluice.jobs WHERE kind IN ('import', 'load', 'load_page')") == 0
        }
    }

    @Test(
        "a reload follows the load or comparison that has begun, and makes the column that was dropped meanwhile",
        arguments: [LoadArgs.Reason.reload, .deletes, .columns])
    func reload(reason: LoadArgs.Reason) async throws {
        try await SyncWorld.with(rows: ["Account": 30]) { world in
            try await world.importMappings([("Account", SyncWorld.accountFields, "read_write", nil)])
            try await world.pool.run("UPDATE sluice.connections SET large_query_threshold = 1")
            try await world.sandbox(.post, "/sandbox/faults", #"{"bulk_delay_ms":1500}"#)
            let mapping = try await world.mapping("Account")
            _ = try await world.queue.enqueue([try .load(mapping, reason: reason)])
            try await isWaiting(world)
            try await world.script("ALTER TABLE salesforce.account DROP COLUMN phone CASCADE")
            let asked = try await world.pool.transaction { try CatalogStore.enqueue(.reload, of: mapping, requestedBy: "test", in: $0) }
            try await isDone(world)
            #expect(try await world.finished(asked).state == "completed")
            #expect(try await world.mapping("Account").state == .dataSynced)
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
        }
    }

    @Test("a field that is mapped while a load is under way gets its column and its values")
    func mappedMeanwhile() async throws {
        try await SyncWorld.with(rows: ["Account": 30]) { world in
            try await world.pool.run("UPDATE sluice.connections SET large_query_threshold = 1")
            try await world.sandbox(.post, "/sandbox/faults", #"{"bulk_delay_ms":1500}"#)
            try await world.startImport([("Account", Array(SyncWorld.accountFields.prefix(8)), "read_write", nil)])
            try await isWaiting(world)
            try await world.startImport([("Account", SyncWorld.accountFields, "read_write", nil)])
            try await isDone(world)
            #expect(try await world.mapping("Account").state == .dataSynced)
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
        }
    }
}
