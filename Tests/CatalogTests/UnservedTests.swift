import Catalog
import CatalogWorld
import Foundation
import JobQueue
import Postgres
import SyncJournal
import Testing

@Suite("Connections that workers leave to others")
struct UnservedTests {
    private static let reason = "the environment variable DATABASE_URL is not set"

    private func beat(_ fixture: Fixture, _ count: Int) async throws -> [WorkerRegistration] {
        let workers = (0..<count).map { _ in WorkerRegistration(role: .worker, concurrency: 1, kinds: ["poll"]) }
        for worker in workers { try await worker.beat(fixture.pool) }
        return workers
    }

    @Test("as long as one live worker serves it, the connection itself says nothing; events and the view do")
    func oneOfTwo() async throws {
        try await Fixture.with { fixture in
            let connection = try await fixture.authorizedConnection()
            let workers = try await beat(fixture, 2)
            try await fixture.store.setUnserved(by: workers[0].name, [connection.id: Self.reason])
            try await fixture.store.setUnserved(by: workers[0].name, [connection.id: Self.reason])
            let unserved = try await fixture.store.unserved()
            #expect(unserved.map(\.id) == [connection.id])
            #expect(unserved.map(\.reason) == [Self.reason])
            #expect(unserved.map(\.workers) == [1])
            #expect(unserved.map(\.byNobody) == [false])
            try await fixture.store.describeUnserved()
            #expect(try await fixture.store.connection(connection.id)?.stateDescription == nil)
            let events = try await fixture.store.events(connections: [connection.id]).filter {
                !$0.message.contains("it was")
            }
            #expect(events.count == 1)
            #expect(events.first?.message.contains(workers[0].name) == true)
        }
    }

    @Test("when no live worker serves it, its description says why, its state stays, and one who can takes that back")
    func nobody() async throws {
        try await Fixture.with { fixture in
            let connection = try await fixture.authorizedConnection()
            let workers = try await beat(fixture, 2)
            for worker in workers { try await fixture.store.setUnserved(by: worker.name, [connection.id: Self.reason]) }
            for _ in 0..<2 { try await fixture.store.describeUnserved() }
            var found = try #require(try await fixture.store.connection(connection.id))
            #expect(found.state == .idle)
            #expect(found.stateDescription?.contains(Self.reason) == true)
            #expect(try await fixture.store.notifications(connection.id).map(\.eventType) == ["unserved"])
            try await fixture.store.setUnserved(by: workers[1].name, [:])
            try await fixture.store.describeUnserved()
            found = try #require(try await fixture.store.connection(connection.id))
            #expect(found.stateDescription == nil)
            #expect(try await fixture.store.unserved().map(\.workers) == [1])
        }
    }

    @Test("what a worker said that is gone counts no more")
    func goneWorker() async throws {
        try await Fixture.with { fixture in
            let connection = try await fixture.authorizedConnection()
            let workers = try await beat(fixture, 2)
            try await fixture.store.setUnserved(by: workers[0].name, [connection.id: Self.reason])
            try await workers[0].leave(fixture.pool)
            #expect(try await fixture.store.unserved().isEmpty)
            try await fixture.pool.run("UPDATE sluice.unserved SET since = since - interval '2 minutes'")
            try await fixture.store.describeUnserved()
            #expect(try await fixture.pool.query("SELECT FROM sluice.unserved").isEmpty)
        }
    }
}
