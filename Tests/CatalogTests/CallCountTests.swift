import Catalog
import CatalogWorld
import Foundation
import Postgres
import Testing

@Suite("Calls to Salesforce, counted")
struct CallCountTests {
    @Test("calls that read a mapping are held against its limit until the day ends")
    func callBudget() async throws {
        try await Fixture.with { fixture in
            let connection = try await fixture.authorizedConnection()
            let config = try MappingConfig(json: #"{"sf_max_daily_api_calls": 5, "fields": {"Id": {}}}"#)
            let (mapping, _) = try await fixture.store.upsertMapping(connection.id, objectName: "Account", config: config)
            func budget() async throws -> CallBudget { try #require(try await fixture.store.callBudgets(of: [mapping])[mapping.id]) }
            #expect(try await budget().spent == 0)
            try await fixture.store.recordCalls([connection.id: ConnectionCalls([mapping.id: 2, UUID(): 9])])
            try await fixture.store.recordCalls([connection.id: ConnectionCalls([mapping.id: 2])])
            #expect(try await (budget().spent, budget().isSpent) == (4, false))
            try await fixture.store.recordCalls([connection.id: ConnectionCalls([mapping.id: 1])])
            #expect(try await budget().isSpent)
            #expect(try await budget().reason.contains("sf_max_daily_api_calls"))
            try await fixture.store.pool.run("UPDATE sluice.mapping_usage SET day = day - 1")
            #expect(try await budget().spent == 0)
            try await fixture.store.recordCalls([connection.id: ConnectionCalls([mapping.id: 3])])
            #expect(try await budget().spent == 3)
        }
    }

    @Test("calls to Salesforce add up by day")
    func usage() async throws {
        try await Fixture.with { fixture in
            let connection = try await fixture.authorizedConnection()
            try await fixture.store.recordCalls([connection.id: ConnectionCalls([nil: 3], used: 10, limit: 15_000)])
            try await fixture.store.recordCalls([connection.id: ConnectionCalls([nil: 1, UUID(): 1]), UUID(): ConnectionCalls([nil: 1])])
            let usage = try await fixture.store.usage(connection.id)
            #expect(usage == DailyCallUsage(calls: 5, used: 10, limit: 15_000))
        }
    }
}
