import Catalog
import CatalogWorld
import Foundation
import JobQueue
import Postgres
import Testing

@Suite("Mappings")
struct MappingTests {
    @Test("revision and time of application move only when the configuration behaves differently")
    func revision() async throws {
        try await Fixture.with { fixture in
            let connection = try await fixture.authorizedConnection()
            let (first, created) = try await fixture.store.upsertMapping(
                connection.id, objectName: "Account", config: fixture.config(["Id", "Name"]))
            #expect(created == .created)
            #expect(first.revision == 1)
            #expect(first.state == .initial)
            let (same, unchanged) = try await fixture.store.upsertMapping(
                connection.id, objectName: "account", config: fixture.config(["Name", "Id"]))
            #expect(unchanged == .unchanged)
            #expect(same.id == first.id)
            #expect(same.appliedAt == first.appliedAt)
            #expect(same.config.fields == ["Name", "Id"])
            let (changed, change) = try await fixture.store.upsertMapping(
                connection.id, objectName: "Account", config: fixture.config(["Id", "Name", "Phone"]))
            #expect(change == .changed(previous: same.config))
            #expect(changed.revision == 2)
            #expect(changed.appliedAt > first.appliedAt)
            #expect(changed.config.addedFields(since: first.config) == ["Phone"])
        }
    }

    @Test("an import followed by an export gives the same mappings in the same order")
    func roundTrip() async throws {
        try await Fixture.with { fixture in
            let connection = try await fixture.authorizedConnection()
            _ = try await fixture.store.upsertMapping(connection.id, objectName: "Account", config: fixture.config(["Id"]))
            let file = try ExportFile(parsing: oldExport)
            _ = try await fixture.pool.transaction { try CatalogStore.apply(file, to: connection.id, in: $0) }
            let mappings = try await fixture.store.mappings(connection.id)
            let document = ExportFile.document(
                connection: connection, mappings: mappings, exportedAt: "2026-01-01T00:00:00.000000+00:00")
            let exported = try #require(JSONSerialization.jsonObject(with: Data(document.text.utf8)) as? NSDictionary)
            let imported = try #require(JSONSerialization.jsonObject(with: Data(oldExport.utf8)) as? NSDictionary)
            #expect(exported["mappings"] as? NSArray == imported["mappings"] as? NSArray)
            #expect(exported["version"] as? Int == 1)
            #expect(document["connection"]?["app_name"] == "shop")
        }
    }

    @Test("a file reorders its own mappings and leaves the others in their places")
    func order() async throws {
        try await Fixture.with { fixture in
            let connection = try await fixture.authorizedConnection()
            func apply(_ names: [String]) async throws -> [String] {
                let list = names.map { #"{"object_name":"\#($0)","config":{"fields":{"Id":{}}}}"# }.joined(separator: ",")
                let file = try ExportFile(parsing: #"{"version":1,"mappings":[\#(list)]}"#)
                _ = try await fixture.pool.transaction { try CatalogStore.apply(file, to: connection.id, in: $0) }
                return try await fixture.store.mappings(connection.id).map(\.objectName)
            }
            #expect(try await apply(["A", "B", "C"]) == ["A", "B", "C"])
            #expect(try await apply(["C", "A"]) == ["C", "B", "A"])
            #expect(try await apply(["D"]) == ["C", "B", "A", "D"])
            #expect(try await apply([]) == ["C", "B", "A", "D"])
        }
    }

    @Test("an update changes what it names and nothing else")
    func update() async throws {
        try await Fixture.with { fixture in
            let connection = try await fixture.authorizedConnection()
            let (mapping, _) = try await fixture.store.upsertMapping(connection.id, objectName: "Account", config: fixture.config(["Id"]))
            let stamp = Date(timeIntervalSince1970: 1_790_000_000.123456)
            try await fixture.store.updateMapping(
                mapping.id,
                MappingUpdate(
                    state: .dataSynced, stateDescription: "fine", watermark: stamp, nextPoll: .afterInterval, tableSchema: #"{"a":1}"#,
                    dbCount: 5,
                    sfCount: 6, moments: [.sfPolled]))
            let one = try #require(try await fixture.store.mapping(mapping.id))
            #expect(one.state == .dataSynced)
            #expect(one.stateDescription == "fine")
            #expect(abs(try #require(one.watermark).timeIntervalSince(stamp)) < 0.000_001)
            #expect(one.dbCount == 5)
            #expect(one.sfCount == 6)
            #expect(one.dbPolledAt == nil)
            try await fixture.store.updateMapping(mapping.id, MappingUpdate(moments: [.dbPolled]))
            #expect(try await fixture.store.mapping(mapping.id)?.dbCount == 5)
            let wait = try #require(one.nextPollAt).timeIntervalSince(try #require(one.sfPolledAt))
            #expect(abs(wait - 600) < 1)
            try await fixture.store.updateMapping(mapping.id, MappingUpdate(nextPoll: .never, dbCountChange: -2, pendingWrites: 3))
            let two = try #require(try await fixture.store.mapping(mapping.id))
            #expect(two.state == .dataSynced)
            #expect(two.stateDescription == "fine")
            #expect(two.nextPollAt == nil)
            #expect(two.dbCount == 3)
            try await fixture.store.updateMapping(mapping.id, MappingUpdate(dbCountChange: -7))
            #expect(try await fixture.store.mapping(mapping.id)?.dbCount == 0)
            #expect(try await fixture.store.mapping(mapping.id)?.sfCount == 6)
            #expect(two.pendingWrites == 3)
            #expect(try await !fixture.store.updateMapping(UUID(), MappingUpdate(dbCount: 1)))
        }
    }

    @Test("a load's pages are counted as they come in, each once")
    func pages() async throws {
        try await Fixture.with { fixture in
            let progress = try await fixture.pool.transaction { session in
                let pages = (0..<3).map { LoadPage(number: $0, locator: "/page/\($0)") }
                #expect(try CatalogStore.insertLoadPages(pages, loadJobID: 9, in: session) == [0, 1, 2])
                #expect(try CatalogStore.insertLoadPages(pages, loadJobID: 9, in: session).isEmpty)
                #expect(try CatalogStore.finishLoadPage(1, loadJobID: 9, rows: 10, bytes: 100, in: session))
                #expect(try !CatalogStore.finishLoadPage(1, loadJobID: 9, rows: 10, bytes: 100, in: session))
                return try CatalogStore.loadProgress(9, in: session)
            }
            #expect(progress == LoadProgress(pages: 3, done: 1, rows: 10, bytes: 100))
            #expect(!progress.isComplete)
            #expect(try await fixture.store.isLoadPageDone(1, loadJobID: 9))
            #expect(try await !fixture.store.isLoadPageDone(2, loadJobID: 9))
        }
    }

    @Test("a poll and a load of one mapping share an exclusive key, and asking twice enqueues once")
    func jobs() async throws {
        try await Fixture.with { fixture in
            let connection = try await fixture.authorizedConnection()
            let (mapping, _) = try await fixture.store.upsertMapping(connection.id, objectName: "Account", config: fixture.config(["Id"]))
            let poll = try NewJob.poll(mapping)
            let load = try NewJob.load(mapping, reason: .reload)
            #expect(poll.exclusiveKey == load.exclusiveKey)
            let queue = JobQueue(pool: fixture.pool)
            #expect(try await queue.enqueue([poll, poll, load]).map { $0 != nil } == [true, false, true])
        }
    }
}
