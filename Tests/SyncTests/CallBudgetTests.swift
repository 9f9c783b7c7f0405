import Catalog
import Cluster
import Foundation
import JobQueue
import Postgres
import SyncJournal
import SyncWorld
import Testing

@Suite("A mapping's calls of a day")
struct CallBudgetTests {
    @Test("are counted by what reads it; once they are spent its polls rest until the next day and say so, but for what somebody asks for")
    func rests() async throws {
        try await SyncWorld.with(rows: ["Account": 5, "Contact": 5], workers: 0) { world in
            let handlers = world.makeHandlers()
            let loop = world.makeWorker(handlers)
            let running = Task { await loop.run() }
            try await world.importMappings([
                ("Account", SyncWorld.accountFields, "read_only", nil), ("Contact", SyncWorld.contactFields, "read_only", nil),
            ])
            var mappings = try await world.catalog.mappings(world.connectionID)
            let (account, contact) = (mappings[0], mappings[1])
            await handlers.settleCalls(within: .seconds(5))
            let loaded = try await world.catalog.callBudgets(of: mappings)
            #expect(mappings.allSatisfy { (loaded[$0.id]?.spent ?? 0) > 0 })
            let before = try #require(loaded[contact.id]?.spent)
            // Every poll asks the org.
            _ = try await world.run(try .poll(account))
            await handlers.settleCalls(within: .seconds(5))
            let after = try await world.catalog.callBudgets(of: mappings)
            #expect(try #require(after[account.id]?.spent) > loaded[account.id]?.spent ?? 0)
            #expect(after[contact.id]?.spent == before)
            let config = account.config.document.members ?? []
            let limited = try MappingConfig(
                json: JSONValue.object(config.filter { $0.key != "sf_max_daily_api_calls" } + [.init("sf_max_daily_api_calls", 1)]).text)
            _ = try await world.catalog.upsertMapping(world.connectionID, objectName: "Account", config: limited)
            let skipped = try await world.run(try .poll(account))
            #expect(skipped.text.contains("calls of today are spent"), "\(skipped.text)")
            mappings = try await world.catalog.mappings(world.connectionID)
            let budget = try #require(try await world.catalog.callBudgets(of: mappings)[account.id])
            #expect(mappings[0].stateDescription?.contains("sf_max_daily_api_calls") == true)
            let next = try #require(mappings[0].nextPollAt)
            #expect(abs(next.timeIntervalSince(budget.renewsAt)) < 5)
            #expect(try await world.catalog.notifications(world.connectionID).contains { $0.message.contains("sf_max_daily_api_calls") })
            // Another mapping goes on, and so does what a person asks for.
            #expect(try await world.run(try .poll(contact)).text.contains("spent") == false)
            #expect(try await world.run(try .poll(account, requestedBy: "ann@example.com")).text.contains("spent") == false)
            await handlers.settleCalls(within: .seconds(5))
            try await world.pool.run("UPDATE sluice.mapping_usage SET day = day - 1")
            #expect(try await world.run(try .poll(account)).text.contains("spent") == false)
            #expect(try await world.mapping("Account").stateDescription == nil)
            await loop.stop()
            await running.value
        }
    }
}
