import Catalog
import Eventually
import Foundation
import JobQueue
import Postgres
import SyncWorld
import TestDatabase
import Testing

@Suite("A day's calls to Salesforce, shared by polls and writes")
struct PollBudgetTests {
    private struct Told {
        let pause: Int
        let rests: Bool
        let text: String?
    }

    /// A connection with mappings that are loaded, and so many calls of today's.
    private static func with(_ body: @Sendable (CatalogStore, UUID) async throws -> Void) async throws {
        try await TestDatabase.with(migrations: JobQueue.migrations + CatalogStore.migrations) { database in
            let catalog = CatalogStore(pool: database.pool(size: 2))
            let connection = try await catalog.createConnection(
                NewConnection(appName: "test", target: .url(database.url), schemaName: "salesforce"), sealingKey: SyncWorld.key!)
            for (object, calls) in [("Account", 600), ("Contact", 400)] {
                _ = try await catalog.upsertMapping(
                    connection.id, objectName: object,
                    config: MappingConfig(json: #"{"fields":{"Id":{}},"sf_polling_seconds":60,"sf_max_daily_api_calls":\#(calls)}"#))
            }
            try await catalog.pool.run(
                "UPDATE sluice.mappings SET watermark = sluice.clock(), next_poll_at = sluice.clock() + interval '1 hour'")
            try await body(catalog, connection.id)
        }
    }

    private static func pace(_ catalog: CatalogStore, used: Int) async throws -> Told {
        try await catalog.pool.run("UPDATE sluice.api_usage SET calls = 0")
        let id = try await catalog.connections()[0].id
        try await catalog.recordCalls([id: ConnectionCalls([nil: used])])
        _ = try await catalog.pool.withSession { try CatalogStore.pacePolls(in: $0) }
        let row = try await catalog.pool.query(
            "SELECT poll_pause_seconds, polls_rest_until IS NOT NULL AS rests, budget_description FROM sluice.connections")[0]
        return Told(
            pause: try row.decode("poll_pause_seconds"), rests: try row.decode("rests"), text: try row.decodeIfPresent("budget_description")
        )
    }

    @Test(
        "polls go as they are set until half of their share is used, are slowed then, rest at its end, and go on the next day; each is told once"
    )
    func day() async throws {
        try await Self.with { catalog, id in
            let free = try await Self.pace(catalog, used: 300)
            #expect(free.text == nil && free.pause == 0 && !free.rests)
            // 10 of the 800 calls that are not kept for writes are left.
            let slowed = try await Self.pace(catalog, used: 790)
            let secondsLeft: Double = try await catalog.pool.query(
                "SELECT extract(epoch FROM (((sluice.clock() AT TIME ZONE 'UTC')::date + 1)::timestamp AT TIME ZONE 'UTC') - sluice.clock())::double precision AS s"
            )[0].decode("s")
            if secondsLeft > 600 {
                #expect(!slowed.rests)
                #expect(abs(Double(slowed.pause) - secondsLeft * 2 / 10) < secondsLeft * 0.02 + 5, "\(slowed)")
                #expect(slowed.text?.contains("1000 calls") == true)
                _ = try await Self.pace(catalog, used: 790)
                #expect(try await catalog.pool.query("SELECT FROM sluice.notifications").count == 1)
            }
            let resting = try await Self.pace(catalog, used: 800)
            #expect(resting.rests)
            #expect(resting.text?.contains("kept for writes") == true)
            #expect(try await catalog.connection(id)?.toldDescription?.contains("midnight") == true)
            // The next day.
            try await catalog.pool.run("UPDATE sluice.api_usage SET day = day - 1")
            _ = try await catalog.pool.withSession { try CatalogStore.pacePolls(in: $0) }
            #expect(try await catalog.connection(id)?.toldDescription == nil)
            #expect(
                try await catalog.pool.query("SELECT FROM sluice.mappings WHERE next_poll_at <= sluice.clock() + interval '61 seconds'")
                    .count == 2)
            #expect(try await catalog.pool.query("SELECT FROM sluice.events WHERE message = 'Polls go on as they are set'").count == 1)
        }
    }
}
