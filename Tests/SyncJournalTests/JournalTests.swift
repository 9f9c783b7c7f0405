import Catalog
import CatalogWorld
import Foundation
import Postgres
import SyncJournal
import Testing

@Suite("What is noted and told")
struct JournalTests {
    @Test("the same notification is raised once until it is acknowledged")
    func notifications() async throws {
        try await Fixture.with { fixture in
            let store = fixture.store
            let connection = try await fixture.authorizedConnection()
            #expect(
                try await store.pool.withSession {
                    try CatalogStore.notify(connection.id, eventType: "mapping-error", message: "m", in: $0)
                })
            #expect(
                try await !store.pool.withSession {
                    try CatalogStore.notify(connection.id, eventType: "mapping-error", message: "m", in: $0)
                })
            #expect(
                try await store.pool.withSession {
                    try CatalogStore.notify(connection.id, eventType: "postgres-connection", message: "m", in: $0)
                })
            #expect(try await store.notifications(connection.id).count == 2)
            #expect(try await store.notifications(connection.id, NotificationFilter(eventType: "mapping-error")).count == 1)
            #expect(try await store.notifications(connection.id, NotificationFilter(before: Date(timeIntervalSince1970: 0))).isEmpty)
            #expect(try await store.acknowledgeNotifications(connection.id, NotificationFilter(eventType: "mapping-error")) == 1)
            #expect(try await store.notifications(connection.id).map(\.eventType) == ["postgres-connection"])
            #expect(
                try await store.pool.withSession {
                    try CatalogStore.notify(connection.id, eventType: "mapping-error", message: "m", in: $0)
                })
        }
    }

    @Test("details of the audit trail are valid JSON of at most 16 KB, whatever a client sent")
    func longDetails() async throws {
        try await Fixture.with { fixture in
            let connection = try await fixture.authorizedConnection()
            let long = String(repeating: "Grüße \"東京\" 👩‍👩‍👧\u{1}", count: 25_000)
            let deep = (0..<60).reduce(JSONValue.string(long)) { value, _ in .array([value, value]) }
            let details: [JSONValue] = [
                ["name": .string(long)], .object([.init(long, .string("value"))]),
                .object((0..<50_000).map { .init("key\($0)", .integer($0)) }), .array((0..<100_000).map { .integer($0) }),
                [
                    "a": .string("x\0y"), "b": .number("1e999999"), "c": .number(String(repeating: "9", count: 200_000)),
                    "d": .number("12.5"),
                ],
                ["deep": deep, "name": .string(long)], .string(long), ["name": "short", "schema_name": nil],
            ]
            for value in details { try await fixture.store.audit(connection.id, actor: long, action: "connection.change", details: value) }
            let trail = try await fixture.store.auditTrail(connection.id).reversed().map { $0 }
            #expect(trail.count == details.count)
            for entry in trail {
                #expect(entry.details.utf8.count <= 20_000 && entry.actor.unicodeScalars.count <= 255, "\(entry.details.utf8.count)")
                _ = try JSONValue(parsing: Array(entry.details.utf8))
            }
            #expect(trail[2].details.contains(#""…": "… "#) && trail[2].details.contains(#""key7": 7"#))
            #expect(trail[4].details.contains(#""a": "xy""#) && trail[4].details.contains(#""b": "1e999999""#))
            #expect(trail[7].details == #"{"name": "short", "schema_name": null}"#)
        }
    }

    @Test("rows and errors add up by minute and direction")
    func activity() async throws {
        try await Fixture.with { fixture in
            let connection = try await fixture.authorizedConnection()
            let (mapping, _) = try await fixture.store.upsertMapping(connection.id, objectName: "Account", config: fixture.config(["Id"]))
            for _ in 0..<3 { try await fixture.store.recordActivity(mapping.id, .salesforceToDatabase, rows: 10, errors: 1) }
            try await fixture.store.recordActivity(mapping.id, .databaseToSalesforce, rows: 2)
            try await fixture.store.recordActivity(UUID(), .databaseToSalesforce, rows: 2)
            let buckets = try await fixture.store.activityHistory(connection.id, .hour)
            let read = buckets.filter { $0.direction == .salesforceToDatabase }
            #expect(read.map(\.rows).reduce(0, +) == 30)
            #expect(read.map(\.errors).reduce(0, +) == 3)
            #expect(buckets.filter { $0.direction == .databaseToSalesforce }.map(\.rows).reduce(0, +) == 2)
            #expect(try await fixture.store.rowsToday(connection.id) == 32)
            try await fixture.store.pool.run("UPDATE sluice.activity_today SET day = day - 1")
            #expect(try await fixture.store.rowsToday(connection.id) == 0)
            try await fixture.store.recordActivity(mapping.id, .databaseToSalesforce, rows: 4)
            #expect(try await fixture.store.rowsToday(connection.id) == 4)
        }
    }

    @Test("events and audit entries are kept with what they are about")
    func events() async throws {
        try await Fixture.with { fixture in
            let connection = try await fixture.authorizedConnection()
            try await fixture.store.event(.warning, connection: connection.id, "slow")
            try await fixture.store.event(.info, connection: UUID(), "elsewhere")
            #expect(try await fixture.store.events(connections: [connection.id], level: .warning).map(\.message) == ["slow"])
            #expect(try await fixture.store.events(connections: [connection.id]).allSatisfy { $0.connectionID == connection.id })
            try await fixture.store.audit(connection.id, actor: "a@b", action: "connection.pause", details: ["from": "IDLE"])
            let trail = try await fixture.store.auditTrail(connection.id)
            #expect(trail.map(\.action) == ["connection.pause"])
            #expect(trail[0].details.contains("IDLE"))
        }
    }
}
