import Catalog
import CatalogWorld
import Foundation
import JobQueue
import Postgres
import SyncJournal
import Testing

@Suite("What keeps a mapping")
struct MappingTroubleTests {
    @Test("is said from the first failed attempt on, with the reason, the attempt and the next try, until it works again")
    func retried() async throws {
        try await Fixture.with { fixture in
            let mapping = try await fixture.synced()
            let trouble = MappingTrouble(
                source: .poll, state: nil, reason: "the org is down", cause: "503", attempt: 1, maxAttempts: 10, pause: .seconds(3))
            try await fixture.store.record(trouble, of: mapping.id)
            let said = try #require(try await fixture.store.mapping(mapping.id)?.stateDescription)
            #expect(said.hasPrefix("attempt 1 of 10 failed: the org is down; next try at 20"), "\(said)")
            #expect(try await fixture.store.mapping(mapping.id)?.state == .dataSynced)
            // The next attempt begins, and has not ended yet.
            try await fixture.store.updateMapping(mapping.id, MappingUpdate(state: .pollingSFChanges))
            #expect(try await fixture.store.mapping(mapping.id)?.stateDescription == said)
            try await fixture.store.quietTrouble(of: mapping.id, source: .load)
            #expect(try await fixture.store.mapping(mapping.id)?.stateDescription == said)
            try await fixture.store.quietTrouble(of: mapping.id, source: .poll)
            #expect(try await fixture.store.mapping(mapping.id)?.stateDescription == nil)
        }
    }

    @Test("is notified at once when it cannot pass, after the third attempt when it may, and again only when the cause is another")
    func notifications() async throws {
        try await Fixture.with { fixture in
            let mapping = try await fixture.synced()
            func record(_ state: MappingState?, _ cause: String, attempt: Int) async throws -> Bool? {
                let trouble = MappingTrouble(
                    source: .poll, state: state, reason: "\(cause) \(UUID())", cause: cause, attempt: attempt, maxAttempts: 10,
                    pause: state == nil ? .seconds(1) : nil)
                // Whoever acknowledges is not told again, either.
                _ = try await fixture.store.acknowledgeNotifications(mapping.connectionID)
                return try await fixture.store.record(trouble, of: mapping.id)
            }
            #expect(try await record(nil, "a", attempt: 1) == false)
            #expect(try await record(nil, "a", attempt: 2) == false)
            #expect(try await record(nil, "a", attempt: 3) == true)
            #expect(try await record(nil, "a", attempt: 4) == false)
            // An attempt that gets farther, and fails all the same.
            try await fixture.store.quietTrouble(of: mapping.id, source: .poll)
            #expect(try await record(nil, "a", attempt: 5) == false)
            #expect(try await record(.systemError, "a", attempt: 10) == true)
            #expect(try await record(nil, "a", attempt: 3) == false)
            #expect(try await record(.systemError, "a", attempt: 10) == false)
            #expect(try await record(.badConfig, "b", attempt: 1) == true)
            #expect(try await record(.badConfig, "b", attempt: 1) == false)
            try await fixture.store.updateMapping(mapping.id, MappingUpdate(state: .dataSynced, solved: [.poll]))
            #expect(try await record(.badConfig, "b", attempt: 1) == true)
            #expect(try await fixture.store.record(MappingTrouble(source: .poll, state: nil, reason: "", cause: ""), of: UUID()) == nil)
        }
    }

    @Test("is one row that is refused twice at once, with the last reason")
    func refusedTwice() async throws {
        try await Fixture.with { fixture in
            let mapping = try await fixture.synced()
            let rows = ["it has no row yet", "the key is taken"].map {
                RefusedRow(sfid: "001000000000001AAA", sqlState: "23505", constraint: nil, reason: $0)
            }
            let isNew = try await fixture.store.pool.transaction { try CatalogStore.noteRefused(rows, of: mapping.id, in: $0) }
            #expect(isNew)
            #expect(try await fixture.store.refusedRows(of: mapping.id, limit: 10) == ["001000000000001AAA"])
            let said = try #require(try await fixture.store.mapping(mapping.id)?.stateDescription)
            #expect(said.hasPrefix("1 rows are refused") && said.hasSuffix("the key is taken"), "\(said)")
        }
    }

    @Test("that cannot pass stands until it works, not until it is tried, and keeps polls half a minute apart")
    func final() async throws {
        try await Fixture.with { fixture in
            let mapping = try await fixture.synced()
            try await fixture.store.updateMapping(mapping.id, MappingUpdate(nextPoll: .after(.seconds(1))))
            try await fixture.store.record(
                MappingTrouble(source: .poll, state: .systemError, reason: "read-only", cause: "25006"), of: mapping.id)
            #expect(try await fixture.count("sluice.mappings WHERE next_poll_at > sluice.clock() + interval '25 seconds'") == 1)
            try await fixture.store.quietTrouble(of: mapping.id, source: .poll)
            try await fixture.store.record(
                MappingTrouble(source: .poll, state: nil, reason: "down", cause: "503", pause: .seconds(1)), of: mapping.id)
            try await fixture.store.updateMapping(mapping.id, MappingUpdate(state: .dataSynced))
            #expect(try await fixture.store.mapping(mapping.id)?.state == .systemError)
            try await fixture.store.updateMapping(mapping.id, MappingUpdate(state: .dataSynced, solved: [.poll]))
            #expect(try await fixture.store.mapping(mapping.id)?.state == .dataSynced)
            #expect(try await fixture.store.mapping(mapping.id)?.stateDescription == nil)
        }
    }

    enum Healing: String, CaseIterable, Sendable {
        case resume, restart
    }

    @Test("is tried again at once by who resumes or restarts", arguments: Healing.allCases)
    func healing(_ healing: Healing) async throws {
        try await Fixture.with { fixture in
            let connection = try await fixture.authorizedConnection()
            func mapping(_ object: String, _ update: MappingUpdate, _ trouble: MappingTrouble? = nil) async throws -> UUID {
                let (mapping, _) = try await fixture.store.upsertMapping(connection.id, objectName: object, config: fixture.config(["Id"]))
                try await fixture.store.updateMapping(mapping.id, update)
                if let trouble { try await fixture.store.record(trouble, of: mapping.id) }
                return mapping.id
            }
            func trouble(_ source: JobKind, _ state: MappingState, needsLoad: Bool = false) -> MappingTrouble {
                MappingTrouble(source: source, state: state, reason: "…", cause: "c", needsLoad: needsLoad)
            }
            let stuck = try await mapping("Stuck", MappingUpdate(state: .initial))
            let bad = try await mapping("Bad", MappingUpdate(nextPoll: .never), trouble(.load, .badConfig))
            let late = MappingUpdate(state: .dataSynced, watermark: Date(), nextPoll: .after(.seconds(600)))
            let polled = try await mapping("Polled", late, trouble(.poll, .systemError))
            let dropped = try await mapping("Dropped", late, trouble(.poll, .systemError, needsLoad: true))
            let reloaded = try await mapping("Reloaded", late, trouble(.load, .bulkLoadError))
            let retrying = try await mapping("Retrying", MappingUpdate(state: .initial))
            _ = try await fixture.queue.enqueue([try .load(retrying, connectionID: connection.id, reason: .initial)])
            try await fixture.queue.fail(try await fixture.claim().lease, error: "…", delay: .seconds(600))
            if healing == .resume {
                #expect(try await fixture.store.pause(connection.id))
                #expect(try await fixture.store.resume(connection.id))
            } else {
                #expect(try await fixture.store.restart(connection.id))
            }
            let due = try await fixture.pool.query("SELECT mapping_id FROM sluice.jobs WHERE kind = 'load' AND run_at <= sluice.clock()")
                .map {
                    try $0.decode("mapping_id", as: UUID.self)
                }
            #expect(due.count == 5 && Set(due) == [stuck, bad, dropped, reloaded, retrying])
            let next = try #require(try await fixture.store.mapping(polled))
            #expect(next.state == .recovery)
            #expect(try await fixture.count("sluice.mappings WHERE id = '\(polled)' AND next_poll_at <= sluice.clock()") == 1)
        }
    }

    @Test("a poll or reload that somebody asks for brings a waiting retry forward and names it; the schedule does not")
    func asked() async throws {
        try await Fixture.with { fixture in
            let mapping = try await fixture.synced()
            for (request, job) in [(ReadRequest.poll, try NewJob.poll(mapping)), (.reload, try .load(mapping, reason: .reload))] {
                let id = try #require(try await fixture.queue.enqueue([job])[0])
                try await fixture.queue.fail(try await fixture.claim().lease, error: "…", delay: .seconds(600))
                #expect(try await fixture.queue.enqueue([job]) == [nil])
                #expect(try await fixture.count("sluice.jobs WHERE run_at > sluice.clock() + interval '500 seconds'") == 1)
                let asked = try await fixture.pool.transaction {
                    try CatalogStore.enqueue(request, of: mapping, requestedBy: "ann", in: $0)
                }
                #expect(asked == id)
                #expect(try await fixture.claim().id == id)
                // It runs: what is asked for now is another job.
                let other = try await fixture.pool.transaction {
                    try CatalogStore.enqueue(request, of: mapping, requestedBy: "ann", in: $0)
                }
                #expect(other != id)
                try await fixture.pool.run("DELETE FROM sluice.jobs")
            }
        }
    }

    @Test("a poll of what only a load can help is that load", arguments: [true, false])
    func loadInstead(_ wasLoaded: Bool) async throws {
        try await Fixture.with { fixture in
            let mapping = wasLoaded ? try await fixture.synced() : try await fixture.loading(watermark: nil)
            try await fixture.pool.run("DELETE FROM sluice.jobs")
            if wasLoaded {
                try await fixture.store.record(
                    MappingTrouble(source: .poll, state: .systemError, reason: "…", cause: "42P01", needsLoad: true), of: mapping.id)
            }
            let id = try await fixture.pool.transaction { try CatalogStore.enqueue(.poll, of: mapping, requestedBy: "ann", in: $0) }
            #expect(try await fixture.count("sluice.jobs WHERE id = \(id) AND kind = 'load'") == 1)
        }
    }
}

extension Fixture {
    /// A mapping that was loaded and is polled.
    func synced() async throws -> Mapping {
        let connection = try await authorizedConnection()
        let (mapping, _) = try await store.upsertMapping(connection.id, objectName: "Account", config: config(["Id"]))
        try await store.updateMapping(mapping.id, MappingUpdate(state: .dataSynced, watermark: Date(), nextPoll: .after(.seconds(600))))
        return try #require(try await store.mapping(mapping.id))
    }
}
