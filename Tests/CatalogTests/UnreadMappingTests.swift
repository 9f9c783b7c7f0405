import Catalog
import CatalogWorld
import Foundation
import JobQueue
import Postgres
import Testing

@Suite("Mappings that nobody reads")
struct UnreadMappingTests {
    /// Whatever ended the load.
    enum End: String, CaseIterable, Sendable {
        case cancelled, failed, lost, deleted
    }

    @Test("one that was loaded before is polled again from its old watermark, and says what ended its reload", arguments: End.allCases)
    func loadedBefore(_ end: End) async throws {
        try await Fixture.with { fixture in
            let watermark = Date(timeIntervalSince1970: 1_700_000_000)
            let mapping = try await fixture.loading(watermark: watermark)
            try await fixture.end(mapping, end)
            #expect(try await fixture.readUnread() == 1)
            let now = try #require(try await fixture.store.mapping(mapping.id))
            #expect(now.nextPollAt != nil)
            #expect(now.watermark == watermark)
            #expect(now.state == .dataSynced)
            #expect(now.stateDescription?.contains("polled again") == true, "\(now.stateDescription ?? "")")
            // A poll that works does not hide that the reload did not.
            try await fixture.store.updateMapping(mapping.id, MappingUpdate(state: .pollingSFChanges))
            try await fixture.store.updateMapping(mapping.id, MappingUpdate(state: .dataSynced, solved: [.poll]))
            #expect(try await fixture.store.mapping(mapping.id)?.stateDescription == now.stateDescription)
            try await fixture.store.updateMapping(mapping.id, MappingUpdate(state: .dataSynced, solved: [.load]))
            #expect(try await fixture.store.mapping(mapping.id)?.stateDescription == nil)
            #expect(try await fixture.readUnread() == 0)
            #expect(try await fixture.count("sluice.jobs") == 0)
            #expect(try await fixture.count("sluice.notifications") == 1)
        }
    }

    @Test("one that never was is loaded anew, and says what ended its load", arguments: End.allCases)
    func neverLoaded(_ end: End) async throws {
        try await Fixture.with { fixture in
            let mapping = try await fixture.loading(watermark: nil)
            try await fixture.end(mapping, end)
            if end == .failed || end == .lost {
                #expect(try await fixture.readUnread() == 0, "an outage is not made worse")
                try await fixture.pool.run("UPDATE sluice.finished_jobs SET finished_at = sluice.clock() - interval '31 seconds'")
            }
            #expect(try await fixture.readUnread() == 1)
            let now = try #require(try await fixture.store.mapping(mapping.id))
            #expect(now.state == .initial)
            #expect(now.stateDescription?.contains("loading again") == true, "\(now.stateDescription ?? "")")
            #expect(try await fixture.count("sluice.jobs WHERE kind = 'load' AND mapping_id = '\(mapping.id)'") == 1)
            #expect(try await fixture.readUnread() == 0)
        }
    }

    @Test("that a load works on is left alone, whether it waits, runs, or waits for another attempt")
    func alive() async throws {
        try await Fixture.with { fixture in
            for watermark in [nil, Date()] {
                let mapping = try await fixture.loading(watermark: watermark)
                #expect(try await fixture.readUnread() == 0)
                let job = try await fixture.claim()
                #expect(try await fixture.readUnread() == 0)
                try await fixture.queue.snooze(job.lease, for: .seconds(100))
                #expect(try await fixture.readUnread() == 0)
                try await fixture.pool.run("UPDATE sluice.jobs SET run_at = sluice.clock()")
                try await fixture.queue.fail(try await fixture.claim().lease, error: "…")
                #expect(try await fixture.readUnread() == 0)
                try await fixture.pool.run("UPDATE sluice.jobs SET run_at = sluice.clock()")
                #expect(try await fixture.queue.handBack([try await fixture.claim().lease]) == 1)
                #expect(try await fixture.readUnread() == 0)
                _ = try await fixture.store.deleteMapping(mapping.id)
                try await fixture.pool.run("DELETE FROM sluice.jobs")
            }
        }
    }

    @Test("of a connection that rests wait until it goes on")
    func resting() async throws {
        try await Fixture.with { fixture in
            let mapping = try await fixture.loading(watermark: Date())
            try await fixture.end(mapping, .deleted)
            #expect(try await fixture.store.pause(mapping.connectionID))
            #expect(try await fixture.readUnread() == 0)
            #expect(try await fixture.store.resume(mapping.connectionID))
            #expect(try await fixture.readUnread() == 1)
        }
    }

    @Test("are not loaded again and again when their first load cannot work as they are")
    func badConfiguration() async throws {
        try await Fixture.with { fixture in
            for state in [MappingState.badConfig, .systemError] {
                let mapping = try await fixture.loading(watermark: nil)
                try await fixture.store.record(
                    MappingTrouble(source: .load, state: state, reason: "no such field", cause: "c"), of: mapping.id)
                try await fixture.end(mapping, .failed)
                try await fixture.pool.run("UPDATE sluice.finished_jobs SET finished_at = sluice.clock() - interval '1 day'")
                #expect(try await fixture.readUnread() == 0)
                #expect(try await fixture.store.mapping(mapping.id)?.state == state)
                #expect(try await fixture.store.mapping(mapping.id)?.stateDescription == "no such field")
                _ = try await fixture.store.deleteMapping(mapping.id)
            }
        }
    }

    @Test("keep the state in which their reload ended, beside polls that work")
    func failedReload() async throws {
        try await Fixture.with { fixture in
            let mapping = try await fixture.loading(watermark: Date())
            try await fixture.store.record(
                MappingTrouble(source: .load, state: .badConfig, reason: "no such field", cause: "c"), of: mapping.id)
            try await fixture.end(mapping, .failed)
            #expect(try await fixture.readUnread() == 1)
            for update in [MappingUpdate(state: .pollingSFChanges), MappingUpdate(state: .dataSynced, solved: [.poll, .loadPage])] {
                try await fixture.store.updateMapping(mapping.id, update)
            }
            let now = try #require(try await fixture.store.mapping(mapping.id))
            #expect(now.state == .badConfig)
            #expect(now.stateDescription == "no such field")
            #expect(now.nextPollAt != nil)
            #expect(try await fixture.count("sluice.notifications") == 1)
        }
    }

    @Test("are loaded again when the reload ended for the connection's sake, and the connection goes on")
    func connection() async throws {
        try await Fixture.with { fixture in
            let mapping = try await fixture.loading(watermark: Date())
            try await fixture.store.record(
                MappingTrouble(source: .load, state: .unauthorized, reason: "no such login", cause: "c"), of: mapping.id)
            try await fixture.end(mapping, .failed)
            #expect(try await fixture.readUnread() == 0)
            try await fixture.pool.run("UPDATE sluice.finished_jobs SET finished_at = sluice.clock() - interval '31 seconds'")
            #expect(try await fixture.readUnread() == 1)
            #expect(try await fixture.count("sluice.jobs WHERE kind = 'load' AND args->>'reason' = 'reload'") == 1)
            #expect(try await fixture.readUnread() == 0)
        }
    }

    @Test("although they are polled, since they were never loaded, are loaded, and polled on")
    func polledInVain() async throws {
        try await Fixture.with { fixture in
            let mapping = try await fixture.loading(watermark: nil)
            try await fixture.store.updateMapping(mapping.id, MappingUpdate(nextPoll: .after(.seconds(5))))
            try await fixture.end(mapping, .deleted)
            #expect(try await fixture.readUnread() == 1)
            #expect(try await fixture.store.mapping(mapping.id)?.nextPollAt != nil)
        }
    }

    @Test("are found among ten thousand that load in little time")
    func many() async throws {
        try await Fixture.with { fixture in
            let mapping = try await fixture.loading(watermark: nil)
            try await fixture.pool.run(
                """
                WITH made AS (
                    INSERT INTO sluice.mappings (connection_id, position, object_name, config)
                    SELECT connection_id, n, 'Object_' || n, config FROM sluice.mappings, generate_series(1, 10000) AS n
                    RETURNING id, connection_id
                )
                INSERT INTO sluice.jobs (kind, connection_id, mapping_id, unique_key) SELECT 'load', connection_id, id, 'load:' || id FROM made
                """)
            try await fixture.end(mapping, .deleted)
            let began = ContinuousClock.now
            #expect(try await fixture.readUnread() == 1)
            let took = ContinuousClock.now - began
            #expect(took < .seconds(2), "\(took)")
        }
    }
}

extension Fixture {
    var queue: JobQueue { JobQueue(pool: pool) }

    func readUnread() async throws -> Int { try await pool.withSession { try CatalogStore.readUnread(in: $0) } }

    func count(_ sql: String) async throws -> Int {
        try await pool.query(PostgresQuery(sql: "SELECT count(*) AS n FROM \(sql)"))[0].decode("n")
    }

    func claim() async throws -> Job {
        let claim = try await queue.claim(ClaimRequest(worker: "w", kinds: ["load", "poll"], limit: 1, lease: .seconds(60)))
        return try #require(claim.jobs.first)
    }

    /// A mapping in the middle of its load, or of its reload when it has a watermark.
    func loading(watermark: Date?) async throws -> Mapping {
        let connection = try await authorizedConnection(schema: "s\(UUID().uuidString.prefix(8).lowercased())")
        let (mapping, _) = try await store.upsertMapping(connection.id, objectName: "Account", config: config(["Id"]))
        try await store.updateMapping(
            mapping.id,
            MappingUpdate(state: watermark == nil ? .initial : .waitBulkLoad, watermark: watermark, nextPoll: .never))
        _ = try await queue.enqueue([try .load(mapping, reason: watermark == nil ? .initial : .reload)])
        return try #require(try await store.mapping(mapping.id))
    }

    func end(_ mapping: Mapping, _ end: UnreadMappingTests.End) async throws {
        let id: Int64 = try await pool.query("SELECT id FROM sluice.jobs WHERE mapping_id = \(mapping.id)")[0].decode("id")
        switch end {
        case .cancelled: #expect(try await queue.cancel(id))
        case .deleted: try await pool.run("DELETE FROM sluice.jobs WHERE id = \(id)")
        case .failed: try await queue.fail(try await claim().lease, error: "the org is down", permanent: true)
        case .lost:
            _ = try await claim()
            try await pool.run("UPDATE sluice.jobs SET crashes = 4, lease_expires_at = sluice.clock() - interval '1 second'")
            _ = try await queue.rescue()
            #expect(try await count("sluice.finished_jobs WHERE state = 'failed'") == 1)
        }
    }
}
