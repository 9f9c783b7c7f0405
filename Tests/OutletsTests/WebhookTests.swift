import Catalog
import Foundation
import HTTPTransport
import Outlets
import Postgres
import RawHTTPServer
import Secrets
import SyncJournal
import Synchronization
import Testing

@Suite("Webhooks")
struct WebhookTests {
    @Test("a notification comes as a signed request, and the signature is what the Standard Webhooks specification says")
    func signed() async throws {
        let seen = Mutex<[RawRequest]>([])
        let server = try RawHTTPServer(answering: { request in
            seen.withLock { $0.append(request) }
            return RawAnswer(200)
        })
        defer { server.stop() }
        try await OutletWorld.with { world in
            let (outlet, secret) = try await world.outlet(.webhook, "\(server.url)/hook")
            _ = try await world.store.pool.withSession {
                try CatalogStore.notify(world.connection.id, eventType: "mapping-error", message: "Account: no permission", in: $0)
            }
            #expect(try await world.deliver() == ["1 delivered"])
            let request = try #require(seen.withLock { $0.first })
            let id = try #require(request.header("webhook-id"))
            let timestamp = try #require(request.header("webhook-timestamp"))
            let made = try #require(secret)
            let key = try #require(Base64.decode(made.dropFirst("whsec_".count)))
            let code = try HMAC.sha256(Array("\(id).\(timestamp).".utf8) + request.body, key: key)
            #expect(request.header("webhook-signature") == "v1," + Base64.encode(code))
            let document = try JSONValue(parsing: request.body)
            #expect(document["type"] == "notification")
            #expect(document["id"]?.string == id)
            #expect(document["connection"]?["name"] == "shop")
            #expect(document["data"]?["notification"]?["message"] == "Account: no permission")
            let after = try #require(try await world.store.outlet(outlet.id))
            #expect(after.delivered == 1 && after.waiting == 0 && after.failures == 0)
            #expect(try await world.deliver() == [])
        }
    }

    @Test("what is refused is told again, with the same id and in order, and the outlet says so meanwhile")
    func retried() async throws {
        let answers = Mutex([500, 302, 200, 200])
        let ids = Mutex<[String]>([])
        let server = try RawHTTPServer(answering: { request in
            ids.withLock { $0.append(request.header("webhook-id") ?? "") }
            return RawAnswer(answers.withLock { $0.isEmpty ? 200 : $0.removeFirst() }, headers: [("Location", "http://127.0.0.1:1/")])
        })
        defer { server.stop() }
        try await OutletWorld.with { world in
            let (outlet, _) = try await world.outlet(.webhook, "\(server.url)/hook")
            _ = try await world.store.pool.withSession {
                try CatalogStore.notify(world.connection.id, eventType: "a", message: "one", in: $0)
            }
            _ = try await world.store.pool.withSession {
                try CatalogStore.notify(world.connection.id, eventType: "a", message: "two", in: $0)
            }
            #expect(try await world.deliver()[0].contains("status 500"))
            var failing = try #require(try await world.store.outlet(outlet.id))
            #expect(failing.failures == 1 && failing.waiting == 2 && failing.lastError?.contains("500") == true)
            #expect(failing.failingSince != nil && failing.nextAttemptAt != nil)
            // It rests until its time.
            #expect(try await world.deliver() == [])
            try await world.pool.run("UPDATE sluice.outlets SET next_attempt_at = sluice.clock()")
            #expect(try await world.deliver()[0].contains("redirects are not followed"))
            failing = try #require(try await world.store.outlet(outlet.id))
            #expect(failing.failures == 2)
            try await world.pool.run("UPDATE sluice.outlets SET next_attempt_at = sluice.clock()")
            #expect(try await world.deliver() == ["2 delivered"])
            let told = ids.withLock { $0 }
            #expect(told.count == 4 && Set(told.prefix(3)).count == 1 && told[3] != told[2])
            let healthy = try #require(try await world.store.outlet(outlet.id))
            #expect(healthy.failures == 0 && healthy.lastError == nil && healthy.delivered == 2)
            let said = try await world.store.events(connections: [world.connection.id]).filter { $0.level == .warning }
            #expect(said.count == 1)
        }
    }

    @Test("each event comes to those who asked for it, in the transaction in which it happened")
    func events() async throws {
        try await OutletWorld.with { world in
            let (all, _) = try await world.outlet(.webhook, "http://127.0.0.1:1/all", events: OutletEvent.allCases)
            let (few, _) = try await world.outlet(.webhook, "http://127.0.0.1:1/few", events: [.writeFailed])
            let config = try MappingConfig(json: #"{"access":"read_write","fields":{"Id":{}}}"#)
            let (account, _) = try await world.store.upsertMapping(world.connection.id, objectName: "Account", config: config)
            try await world.store.updateMapping(account.id, MappingUpdate(state: .dataSynced, watermark: Date()))
            try await world.store.updateMapping(account.id, MappingUpdate(state: .pollingSFChanges))
            try await world.store.updateMapping(account.id, MappingUpdate(state: .dataSynced, erroredWrites: 3))
            try await world.store.updateMapping(account.id, MappingUpdate(erroredWrites: 1))
            try await world.store.setConnectionState(world.connection.id, .pollingDBChanges)
            try await world.store.setConnectionState(world.connection.id, .idle)
            try await world.store.setConnectionState(world.connection.id, .unauthorized, description: "refused")
            await #expect(throws: CancellationError.self) {
                try await world.pool.transaction { session in
                    try CatalogStore.notify(world.connection.id, eventType: "a", message: "never happened", in: session)
                    throw CancellationError()
                }
            }
            let told = try await world.store.deliveries(all.id, before: nil, limit: 100).deliveries.reversed()
            #expect(told.map(\.type) == ["mapping.state", "write.failed", "connection.state"])
            let data = try told.map { try JSONValue(parsing: $0.payload) }
            #expect(data[0]["state"] == "DATA_SYNCED" && data[0]["previous_state"] == "INITIAL" && data[0]["object_name"] == "Account")
            #expect(data[1]["failed"] == 3)
            #expect(data[2]["state"] == "UNAUTHORIZED" && data[2]["state_description"] == "refused")
            #expect(try await world.store.deliveries(few.id, before: nil, limit: 100).deliveries.map(\.type) == ["write.failed"])
        }
    }

    @Test("an address that is private when it is connected to is not told, whatever its name is")
    func privateAddress() async throws {
        let server = try RawHTTPServer(answering: { _ in RawAnswer(200) })
        defer { server.stop() }
        try await OutletWorld.with(configuration: OutletConfiguration()) { world in
            let (outlet, _) = try await world.outlet(.webhook, "https://localhost:\(server.port)/")
            _ = try await world.store.pool.withSession {
                try CatalogStore.notify(world.connection.id, eventType: "a", message: "one", in: $0)
            }
            #expect(try await world.deliver()[0].contains("not a public address"))
            #expect(server.connectionCount == 0)
            #expect(try await world.store.outlet(outlet.id)?.failures == 1)
        }
    }

    @Test("what could not be told for days is given up, and somebody is told of that")
    func givenUp() async throws {
        try await OutletWorld.with { world in
            let (outlet, _) = try await world.outlet(.webhook, "http://127.0.0.1:1/")
            _ = try await world.store.pool.withSession {
                try CatalogStore.notify(world.connection.id, eventType: "a", message: "one", in: $0)
            }
            try await world.pool.run("UPDATE sluice.deliveries SET created_at = created_at - interval '73 hours'")
            _ = try await world.deliver()
            let after = try #require(try await world.store.outlet(outlet.id))
            #expect(after.dropped == 1)
            #expect(try await world.store.notifications(world.connection.id).contains { $0.eventType == "outlet-error" })
        }
    }

    @Test("nothing secret of an outlet is kept in clear text")
    func sealed() async throws {
        try await OutletWorld.with { world in
            let (_, secret) = try await world.outlet(.webhook, "https://user:pw0rd@example.com/?token=t0ken")
            let key = try #require(secret).dropFirst("whsec_".count)
            let row: String = try await world.pool.query("SELECT o::text AS row FROM sluice.outlets o")[0].decode("row")
            for text in ["pw0rd", "t0ken", String(key)] { #expect(!row.contains(text)) }
        }
    }
}
