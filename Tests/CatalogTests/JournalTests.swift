import Catalog
import Foundation
import Postgres
import Testing

@Suite("Journal and users")
struct JournalTests {
    @Test("the same notification is raised once until it is acknowledged")
    func notifications() async throws {
        try await Fixture.with { fixture in
            let store = fixture.store
            let connection = try await fixture.authorizedConnection()
            #expect(try await store.notify(connection.id, eventType: "mapping-error", message: "m"))
            #expect(try await !store.notify(connection.id, eventType: "mapping-error", message: "m"))
            #expect(try await store.notify(connection.id, eventType: "postgres-connection", message: "m"))
            #expect(try await store.notifications(connection.id).count == 2)
            #expect(try await store.notifications(connection.id, NotificationFilter(eventType: "mapping-error")).count == 1)
            #expect(try await store.notifications(connection.id, NotificationFilter(before: Date(timeIntervalSince1970: 0))).isEmpty)
            #expect(try await store.acknowledgeNotifications(connection.id, NotificationFilter(eventType: "mapping-error")) == 1)
            #expect(try await store.notifications(connection.id).map(\.eventType) == ["postgres-connection"])
            #expect(try await store.notify(connection.id, eventType: "mapping-error", message: "m"))
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
            let buckets = try await fixture.store.activity(connection.id, period: .seconds(7200), span: .seconds(86_400))
            let read = buckets.filter { $0.direction == .salesforceToDatabase }
            #expect(read.map(\.rows).reduce(0, +) == 30)
            #expect(read.map(\.errors).reduce(0, +) == 3)
            #expect(buckets.filter { $0.direction == .databaseToSalesforce }.map(\.rows).reduce(0, +) == 2)
        }
    }

    @Test("calls to Salesforce add up by day")
    func usage() async throws {
        try await Fixture.with { fixture in
            let connection = try await fixture.authorizedConnection()
            try await fixture.store.recordUsage(connection.id, calls: 3, used: 10, limit: 15_000)
            try await fixture.store.recordUsage(connection.id, calls: 2)
            let usage = try await fixture.store.usage(connection.id)
            #expect(usage == APIUsage(calls: 5, used: 10, limit: 15_000))
        }
    }

    @Test("a token is shown once and known only by its hash")
    func tokens() async throws {
        try await Fixture.with { fixture in
            let (user, token) = try await fixture.store.addUser(email: "Ann@Example.com", app: "shop")
            #expect(user.email == "ann@example.com")
            #expect(try await fixture.store.user(token: token) == user)
            #expect(try await fixture.store.user(token: token + "x") == nil)
            let rows = try await fixture.pool.query("SELECT t::text AS row FROM sluice.api_tokens t")
            #expect(try !rows.contains { try $0.decode("row", as: String.self).contains(token) })
            let (same, second) = try await fixture.store.addUser(email: "ann@example.com", app: "blog")
            #expect(same.id == user.id)
            #expect(try await fixture.store.user(token: second)?.apps == ["blog", "shop"])
            let connection = try await fixture.authorizedConnection()
            #expect(try await fixture.store.connections(visibleTo: same).map(\.id) == [connection.id])
            #expect(try await fixture.store.revokeAccess(email: "ann@example.com", app: "shop"))
            #expect(try await fixture.store.connections(visibleTo: same).isEmpty)
            await #expect(throws: CatalogError.self) { try await fixture.store.addUser(email: "nobody", app: "shop") }
        }
    }

    @Test("events and audit entries are kept with what they are about")
    func events() async throws {
        try await Fixture.with { fixture in
            let connection = try await fixture.authorizedConnection()
            try await fixture.store.event(.warning, connection: connection.id, "slow")
            try await fixture.store.event(.info, connection: UUID(), "elsewhere")
            #expect(try await fixture.store.events(connections: [connection.id]).map(\.message) == ["slow"])
            try await fixture.store.audit(connection.id, actor: "a@b", action: "connection.pause", details: ["from": "IDLE"])
            let trail = try await fixture.store.auditTrail(connection.id)
            #expect(trail.map(\.action) == ["connection.pause"])
            #expect(trail[0].details.contains("IDLE"))
        }
    }
}
