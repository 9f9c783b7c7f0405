import Catalog
import Cluster
import Eventually
import Foundation
import HTTPTransport
import HTTPTypes
import JobQueue
import Postgres
import Secrets
import SyncWorld
import TestDatabase
import Testing

@testable import MappedSchema

@Suite("Accelerated polling by change events", .timeLimit(.minutes(20)))
struct ChangeStreamTests {
    private static let fields = ["Id", "IsDeleted", "SystemModstamp", "Name", "Phone", "External_Id__c"]

    /// A world whose Accounts are accelerated and whose polls come every hour; `listeners` processes stand by to listen.
    private func withStream(listeners: Int = 1, rows: Int = 20, _ body: @Sendable (SyncWorld) async throws -> Void) async throws {
        try await SyncWorld.with(rows: ["Account": rows], workers: 2) { world in
            let tasks = (0..<listeners).map { number in
                let streams = world.makeStreams(number)
                return Task { await streams.listen() }
            }
            let fields = Self.fields.map { "\"\($0)\": {}" }.joined(separator: ", ")
            _ = try await world.catalog.startImport(
                world.connectionID,
                export:
                    "{\"version\": 1, \"mappings\": [{\"object_name\": \"Account\", \"config\": {\"access\": \"read_only\", \"sf_notify_enabled\": true, \"sf_polling_seconds\": 3600, \"fields\": {\(fields)}}}]}",
                requestedBy: "test")
            do {
                if listeners > 0 { try await world.isLive() }
                try await body(world)
            } catch {
                for task in tasks { task.cancel() }
                for task in tasks { await task.value }
                throw error
            }
            for task in tasks { task.cancel() }
            for task in tasks { await task.value }
        }
    }

    private func polls(_ world: SyncWorld) async throws -> Int { try await world.count("sluice.all_jobs WHERE kind = 'poll'") }

    private func isSame(_ world: SyncWorld, within time: Duration = .seconds(30), _ what: String) async throws {
        do {
            try await eventually(timeout: time, "\(what) is in the table") { try await world.isEqual("Account", Self.fields) }
        } catch {
            throw SyncWorldError(message: "\(error); \(try await world.diagnosis())")
        }
    }

    @Test("changes, new records, deletions, deletions for good and undeletions come without a poll")
    func changes() async throws {
        try await withStream { world in
            try await eventually("the first polls are over") { try await world.count("sluice.jobs WHERE kind = 'poll'") == 0 }
            let before = try await polls(world)
            try await world.sandbox(
                .post, "/sandbox/mutate",
                #"{"object":"Account","update":{"count":5,"field":"Phone","value":"+1 555 %d"},"insert":{"count":3,"fields":{"Name":"New %d"}},"delete":{"count":2}}"#
            )
            try await isSame(world, "what changed")
            let ids = try await world.sfids("Account").sorted().prefix(2)
            try await world.sandbox(.post, "/sandbox/hard-delete", "{\"ids\":[\(ids.map { "\"\($0)\"" }.joined(separator: ","))]}")
            try await isSame(world, "what was deleted for good")
            #expect(try await world.sfids("Account").isDisjoint(with: ids))
            #expect(try await polls(world) == before)
            #expect(try await world.count("sluice.stream_changes") == 0)
            #expect(try await world.mapping("Account").stateDescription == nil)
        }
    }

    @Test("gaps, overflows, clients and tokens that ended, and replay ids that are too old lose nothing")
    func interruptions() async throws {
        try await withStream { world in
            let mutate = #"{"object":"Account","update":{"count":5,"field":"Phone","value":"%s %d"}}"#
            for (index, step) in ["expire-clients", "expire-sessions", "purge-events", "overflow"].enumerated() {
                if step == "overflow" {
                    try await world.sandbox(.post, "/sandbox/gap-event", #"{"object":"Account","change_type":"GAP_OVERFLOW"}"#)
                } else {
                    try await world.sandbox(.post, "/sandbox/\(step)")
                }
                try await world.sandbox(.post, "/sandbox/mutate", mutate.replacing("%s", with: "\(index)"))
                try await isSame(world, within: .seconds(60), "what changed after \(step)")
            }
            try await world.isLive()
            let id = try #require(try await world.sfids("Account").first)
            try await world.sandbox(
                .post, "/sandbox/gap-event", "{\"object\":\"Account\",\"change_type\":\"GAP_UPDATE\",\"ids\":[\"\(id)\"]}")
            try await eventually("the record of the gap is read") {
                try await world.count("sluice.finished_jobs WHERE kind = 'catch_up' AND outcome LIKE '1 records%'") > 0
            }
        }
    }

    @Test("an object without change events is polled and says so in its state, its row and its validation; once it has them, that ends")
    func refused() async throws {
        try await withStream { world in
            try await world.sandbox(.post, "/sandbox/streaming", #"{"objects":["Contact"],"maximum_clients":0}"#)
            try await world.sandbox(.post, "/sandbox/expire-clients")
            try await eventually("it rests") {
                try await world.mapping("Account").stateDescription?.contains("limit exceeded") == true
            }
            #expect(try await world.mapping("Account").state == .dataSynced)
            let row = try await world.pool.query("SELECT state, description FROM sluice.accelerated_mappings")[0]
            #expect(try row.decode("state", as: String.self) == "resting")
            // Polls go on.
            try await world.sandbox(.post, "/sandbox/mutate", #"{"object":"Account","update":{"count":5,"field":"Phone","value":"+2 %d"}}"#)
            #expect(try await world.poll("Account").state == "completed")
            #expect(try await world.isEqual("Account", Self.fields))
            try await world.sandbox(.post, "/sandbox/streaming", #"{"objects":null,"maximum_clients":100}"#)
            try await world.pool.run("UPDATE sluice.streams SET next_try_at = now()")
            try await world.isLive()
            try await eventually("nothing is said any more") { try await world.mapping("Account").stateDescription == nil }
            try await world.sandbox(.post, "/sandbox/mutate", #"{"object":"Account","update":{"count":5,"field":"Phone","value":"+3 %d"}}"#)
            try await isSame(world, "what changed afterwards")
        }
    }

    @Test("one process listens, another takes over when it is gone, and goes on behind the last event")
    func takeOver() async throws {
        try await withStream(listeners: 0) { world in
            let first = Task { [streams = world.makeStreams(1)] in await streams.listen() }
            try await world.isLive()
            let second = Task { [streams = world.makeStreams(2)] in await streams.listen() }
            defer { second.cancel() }
            // As if it had died: nobody gives the lease back.
            try await world.pool.run(
                "UPDATE sluice.streams SET lease_token = gen_random_uuid(), lease_expires_at = now() - interval '1 second'")
            first.cancel()
            await first.value
            try await world.sandbox(.post, "/sandbox/mutate", #"{"object":"Account","update":{"count":5,"field":"Phone","value":"+1 %d"}}"#)
            try await isSame(world, "what changed meanwhile")
            second.cancel()
            await second.value
            #expect(try await world.count("sluice.streams WHERE worker IS NULL AND lease_token IS NULL") == 1)
        }
    }

    @Test("more records than are worth reading one by one are left to a poll, and a mapping that is not accelerated any more is left alone")
    func many() async throws {
        try await withStream(rows: 2500) { world in
            try await world.sandbox(
                .post, "/sandbox/mutate", #"{"object":"Account","update":{"count":2400,"field":"Phone","value":"+1 %d"}}"#)
            try await isSame(world, within: .seconds(60), "what changed")
            let config = try MappingConfig(
                json: try await world.mapping("Account").config.json.replacing(
                    "\"sf_notify_enabled\":true", with: "\"sf_notify_enabled\":false"))
            _ = try await world.catalog.upsertMapping(world.connectionID, objectName: "Account", config: config)
            try await eventually("nobody listens") {
                try await world.count("sluice.streams WHERE state = 'waiting' AND lease_token IS NULL") == 1
            }
        }
    }
}

extension SyncWorld {
    /// A process that listens to change events.
    func makeStreams(_ number: Int) -> ChangeStreamService {
        let handlers = SyncHandlers(
            catalog: catalog, queue: queue, sealingKey: Self.key!, environment: [:], transport: HTTPClientConfiguration(), concurrency: 4,
            logger: TestDatabase.quietLogger)
        var configuration = ChangeStreamService.Configuration()
        configuration.look = .milliseconds(200)
        configuration.lease = .seconds(3)
        configuration.rest = .milliseconds(200)
        return ChangeStreamService(
            handlers: handlers, worker: "test \(number)", configuration: configuration, logger: TestDatabase.quietLogger)
    }

    func isLive() async throws {
        do {
            try await eventually("the events come in and the table is loaded") {
                guard try await count("sluice.accelerated_mappings WHERE state = 'live'") == 1 else { return false }
                return try await count("sluice.mappings WHERE watermark IS NOT NULL") == 1
            }
        } catch {
            throw SyncWorldError(message: "\(error); \(try await diagnosis())")
        }
    }
}
