import Catalog
import CatalogWorld
import Foundation
import Postgres
import SyncJournal
import Testing

@Suite("Pages of the journal")
struct EventPageTests {
    @Test("pages follow one another, the newest first, without a gap and without an end before the end")
    func pages() async throws {
        try await RequestWorld.with { world in
            try await world.pool.run("DELETE FROM sluice.events")
            try await world.pool.run(
                """
                INSERT INTO sluice.events (level, type, connection_id, message)
                SELECT 'info', 'read', \(world.connection.id), 'line ' || n FROM generate_series(1, 25) AS n
                """)
            var lines: [String] = []
            var before: Int64?
            repeat {
                let page = try await world.store.eventPage(world.connection.id, EventFilter(), before: before, limit: 10)
                #expect(page.events.count <= 10)
                #expect(!page.isCutShort)
                lines += page.events.map(\.message)
                before = page.next
            } while before != nil
            #expect(lines == (1...25).reversed().map { "line \($0)" })
        }
    }

    @Test("each filter lets through what it means, by itself and together, and tells of an event by itself the same")
    func filters() async throws {
        try await RequestWorld.with { world in
            let account = try await world.mapping("Account", loaded: true)
            try await world.pool.run("DELETE FROM sluice.events")
            let start = Date()
            for (level, type, mapping, message) in [
                (EventLevel.info, EventType.read, account.id as UUID?, "Polled 100% of Account"),
                (.warning, .write, nil, "A lock: trying_again"),
                (.error, .write, account.id, "DUPLICATE_VALUE"), (.debug, .system, nil, "noise"),
            ] {
                try await world.store.event(level, connection: world.connection.id, mapping: mapping, type: type, message)
            }
            let cases: [(EventFilter, [String])] = [
                (EventFilter(), ["noise", "DUPLICATE_VALUE", "A lock: trying_again", "Polled 100% of Account"]),
                (EventFilter(mapping: account.id), ["DUPLICATE_VALUE", "Polled 100% of Account"]),
                (EventFilter(levels: [.error, .warning]), ["DUPLICATE_VALUE", "A lock: trying_again"]),
                (EventFilter(levels: [.info, .error]), ["DUPLICATE_VALUE", "Polled 100% of Account"]),
                (EventFilter(types: [.read, .system]), ["noise", "Polled 100% of Account"]),
                (EventFilter(text: "duplicate"), ["DUPLICATE_VALUE"]),
                (EventFilter(text: "100%"), ["Polled 100% of Account"]),
                (EventFilter(text: "_again"), ["A lock: trying_again"]),
                (EventFilter(mapping: account.id, levels: [.error], types: [.write], text: "value"), ["DUPLICATE_VALUE"]),
                (EventFilter(since: start.addingTimeInterval(3600)), []),
                (EventFilter(until: start.addingTimeInterval(-3600)), []),
                (EventFilter(text: "noise", since: start.addingTimeInterval(-3600), until: start.addingTimeInterval(3600)), ["noise"]),
            ]
            let all = try await world.store.eventPage(world.connection.id, EventFilter(), before: nil, limit: 100).events
            for (filter, expected) in cases {
                let page = try await world.store.eventPage(world.connection.id, filter, before: nil, limit: 100)
                #expect(page.events.map(\.message) == expected, "\(filter)")
                #expect(all.filter { filter.allows($0) }.map(\.message) == expected, "\(filter)")
            }
            #expect(all.first { $0.mappingID == account.id }?.objectName == "Account")
        }
    }

    @Test("among a million lines a rare one is found by walking an index, and the newest page does not wait for it")
    func million() async throws {
        try await RequestWorld.with { world in
            let account = try await world.mapping("Account", loaded: true)
            try await world.pool.run("ALTER TABLE sluice.events DISABLE TRIGGER USER")
            try await world.pool.run(
                """
                INSERT INTO sluice.events (level, type, connection_id, mapping_id, message)
                SELECT CASE WHEN n = 500 THEN 'error' ELSE 'info' END, 'read', \(world.connection.id), CASE WHEN n % 1000 = 0 THEN \(account.id)::uuid END,
                       CASE WHEN n = 500 THEN 'the needle' ELSE 'Polling found nothing' END
                FROM generate_series(1, 1000000) AS n
                """, timeout: .seconds(120))
            try await world.pool.run("ANALYZE sluice.events")
            let clock = ContinuousClock()
            let newest = try await clock.measure {
                let page = try await world.store.eventPage(world.connection.id, EventFilter(), before: nil, limit: 100)
                #expect(page.events.count == 100)
            }
            #expect(newest < .milliseconds(500))
            let trouble = try await clock.measure {
                let page = try await world.store.eventPage(world.connection.id, EventFilter(levels: [.error]), before: nil, limit: 100)
                #expect(page.events.map(\.message) == ["the needle"])
            }
            #expect(trouble < .milliseconds(500))
            let mapping = try await world.store.eventPage(world.connection.id, EventFilter(mapping: account.id), before: nil, limit: 100)
            #expect(mapping.events.count == 100)
            var before: Int64?
            var found: [String] = []
            repeat {
                let page = try await world.store.eventPage(world.connection.id, EventFilter(text: "NEEDLE"), before: before, limit: 100)
                found += page.events.map(\.message)
                before = page.next
            } while before != nil
            #expect(found == ["the needle"])
        }
    }
}
