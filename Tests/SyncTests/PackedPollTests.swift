import Catalog
import Cluster
import Eventually
import Foundation
import HTTPTransport
import HTTPTypes
import JobQueue
import Postgres
import SyncWorld
import Testing

@Suite("Many mappings polled at once")
struct PackedPollTests {
    private static let objects = ["Account", "Contact", "Lead", "Opportunity", "Case", "Campaign"]

    private static func world(_ body: @Sendable (SyncWorld) async throws -> Void) async throws {
        try await SyncWorld.with(rows: Dictionary(uniqueKeysWithValues: objects.map { ($0, 20) })) { world in
            try await world.importMappings(objects.map { ($0, ["Id", "IsDeleted", "SystemModstamp"], "read_only", nil) })
            try await world.pool.run(
                """
                UPDATE sluice.mappings SET watermark = watermark - interval '5 minutes', complete_watermark = watermark - interval '7 minutes',
                    delete_watermark = watermark - interval '10 minutes'
                """)
            try await body(world)
        }
    }

    /// One look, at all mappings; then whatever it asked for.
    private static func look(_ world: SyncWorld, _ mappings: [Mapping]) async throws -> String {
        let text = try await world.run(try .pollMany(mappings.map(\.id), connectionID: world.connectionID)).text
        do {
            try await eventually { try await world.count("sluice.jobs") == 0 }
        } catch {
            throw SyncWorldError(message: try await world.diagnosis())
        }
        return text
    }

    private static func calls(_ world: SyncWorld) async throws -> Int {
        let stats = try await world.sandbox(.get, "/sandbox/stats")
        let requests = stats["requests"] as? [String: Any] ?? [:]
        return requests.filter { !$0.key.hasPrefix("sandbox") && $0.key != "versions" }.values.reduce(0) { $0 + ($1 as? Int ?? 0) }
    }

    @Test("unchanged ones cost one call together, and their watermarks move")
    func quiet() async throws {
        try await Self.world { world in
            let before = try await world.catalog.mappings(world.connectionID)
            #expect(try await Self.look(world, before).hasPrefix("6 of 6"))
            let after = try await world.catalog.mappings(world.connectionID)
            for (old, new) in zip(before, after) {
                #expect(new.watermark! > old.watermark!)
                #expect(new.completeWatermark! > old.completeWatermark!)
                #expect(new.deleteWatermark! > old.deleteWatermark!)
                #expect(new.state == .dataSynced)
            }
            #expect(try await world.count("sluice.finished_jobs WHERE kind = 'poll'") == 0)
            let calls = try await Self.calls(world)
            #expect(try await Self.look(world, after).hasPrefix("6 of 6"))
            let stats = try await world.sandbox(.get, "/sandbox/stats")
            #expect(try await Self.calls(world) - calls == 1, "\(stats)")
        }
    }

    @Test("those in which something changed or was deleted, and those in trouble, are polled by themselves, and nothing is missed")
    func changed() async throws {
        try await Self.world { world in
            let before = try await world.catalog.mappings(world.connectionID)
            try await world.sandbox(
                .post, "/sandbox/mutate", #"{"object":"Contact","update":{"count":2,"field":"LastName","value":"new %d"}}"#)
            let gone = try await world.sfids("Lead").first!
            try await world.sandbox(.post, "/sandbox/hard-delete", "{\"ids\":[\"\(gone)\"]}")
            // The log of deletes has whole minutes.
            try await world.sandbox(.post, "/sandbox/clock", #"{"offset_seconds":120}"#)
            try await world.script("DROP TABLE salesforce.campaign")
            try await world.sandbox(
                .post, "/sandbox/schema", #"{"change":"change_field","object":"Case","field":"Subject","set":{"length":300}}"#)
            try await world.pool.run(
                "UPDATE sluice.mappings SET described_at = described_at - interval '1 hour' WHERE object_name = 'Case'")
            let text = try await Self.look(world, try await world.catalog.mappings(world.connectionID))
            #expect(text.hasPrefix("2 of 6"), "\(text)")
            let polled = try await world.pool.query(
                "SELECT DISTINCT m.object_name FROM sluice.finished_jobs j JOIN sluice.mappings m ON m.id = j.mapping_id WHERE j.kind = 'poll'"
            ).map { try $0.decode("object_name", as: String.self) }
            #expect(Set(polled) == ["Contact", "Lead", "Campaign", "Case"])
            #expect(try await world.count("salesforce.lead") == 19)
            #expect(try await world.count("salesforce.campaign") == 20)
            #expect(before.count == 6)
        }
    }

    @Test("a refusal of the whole call, and of one question, leaves each to a poll of its own, which says what is wrong")
    func refused() async throws {
        try await Self.world { world in
            try await world.sandbox(.post, "/sandbox/schema", #"{"change":"remove_object","object":"Campaign"}"#)
            #expect(try await Self.look(world, try await world.catalog.mappings(world.connectionID)).hasPrefix("5 of 6"))
            #expect(try await world.mapping("Campaign").state == .syncRemoved)
            try await world.sandbox(
                .post, "/sandbox/trouble",
                #"{"kind":"status","status":500,"code":"UNKNOWN_EXCEPTION","path_prefix":"…composite/batch","count":-1}"#
            )
            let text = try await Self.look(world, try await world.catalog.mappings(world.connectionID))
            #expect(text.hasPrefix("each is polled by itself"), "\(text)")
            #expect(try await world.count("sluice.finished_jobs WHERE kind = 'poll' AND state = 'completed'") >= 5)
        }
    }

    @Test("a mapping that somebody reads meanwhile keeps the watermark that he gave it")
    func raced() async throws {
        try await Self.world { world in
            let mapping = try await world.mapping("Account")
            let later = mapping.watermark!.addingTimeInterval(500)
            try await world.pool.transaction { session in
                try CatalogStore.updateMapping(mapping.id, MappingUpdate(watermark: later), in: session)
                try CatalogStore.noteQuiet(
                    [
                        QuietPoll(
                            mapping: mapping.id, before: mapping.watermark!, watermark: later.addingTimeInterval(100), isWide: true,
                            deletesUntil: nil,
                            isDescribed: false)
                    ], in: session)
            }
            #expect(abs(try await world.mapping("Account").watermark!.timeIntervalSince(later)) < 0.01)
        }
    }
}
