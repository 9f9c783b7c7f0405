import Catalog
import Foundation
import JobQueue
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

    @Test("a text of 10 MB is kept as 2,000 characters wherever people read it, and NUL is left out")
    func longTexts() async throws {
        try await Fixture.with { fixture in
            let store = fixture.store
            let long = "It went wrong\0: " + String(repeating: "Grüße 東京 👩‍👩‍👧 ", count: 10_000_000 / 42)
            let connection = try await fixture.authorizedConnection()
            let (mapping, _) = try await store.upsertMapping(connection.id, objectName: "Account", config: fixture.config(["Id"]))
            try await store.event(.error, connection: connection.id, long)
            #expect(try await store.notify(connection.id, eventType: "mapping-error", message: long))
            #expect(try await !store.notify(connection.id, eventType: "mapping-error", message: long))
            try await store.setConnectionState(connection.id, .unauthorized, description: long)
            try await store.updateMapping(mapping.id, MappingUpdate(state: .badConfig, stateDescription: long))
            let jobID = try #require(try await JobQueue(pool: fixture.pool).enqueue([NewJob(kind: "test")])[0])
            let queue = JobQueue(pool: fixture.pool)
            let claim = try await queue.claim(ClaimRequest(worker: "w", kinds: ["test"], limit: 1, lease: .seconds(60)))
            let lease = try #require(claim.jobs.first?.lease)
            #expect(lease.jobID == jobID)
            try await queue.fail(lease, error: long, permanent: true)
            let texts = try await fixture.pool.query(
                """
                SELECT message AS text FROM sluice.events WHERE message NOT LIKE '% is %, it was %' UNION ALL SELECT message FROM sluice.notifications
                UNION ALL SELECT state_description FROM sluice.connections UNION ALL SELECT state_description FROM sluice.mappings
                UNION ALL SELECT last_error FROM sluice.finished_jobs
                """
            ).map { try $0.decode("text", as: String.self) }
            #expect(texts.count == 5)
            for text in texts {
                #expect(text.hasPrefix("It went wrong: Grüße") && text.hasSuffix("…") && text.unicodeScalars.count <= 2000)
            }
            let whole = try await fixture.pool.query("SELECT max(length(message)) AS n FROM sluice.events")[0]
            #expect(try whole.decode("n", as: Int.self) == 2000)
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
            #expect(try await fixture.store.removeAccess(of: user.id, app: "shop") == .admin)
            let without = try #require(try await fixture.store.user(token: second))
            #expect(try await fixture.store.connections(visibleTo: without).isEmpty)
            await #expect(throws: CatalogError.self) { try await fixture.store.addUser(email: "nobody", app: "shop") }
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
