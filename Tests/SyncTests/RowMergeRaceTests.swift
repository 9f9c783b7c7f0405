import Catalog
import Eventually
import Foundation
import JobQueue
import MappedSchema
import Postgres
import Sync
import TestDatabase
import Testing

@Suite("Merging rows that somebody is writing")
struct RowMergeRaceTests {
    private struct Race: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var has = ["A K1 one 1", "B K2 two 1", "C K3 three 1"]
        let reads: [String]
        /// What somebody does to row 2 and commits while the merge waits for it.
        let meanwhile: [String]
        let becomes: [String]
        let counts: [Int]
    }

    private static let captured =
        "INSERT INTO salesforce._trigger_log \(MergedTable.change("UPDATE B 2 name=mine NEW"))"

    private static let races = [
        Race(
            testDescription: "a change that is captured keeps its column",
            reads: ["A K1 uno 2", "B K2 due 2", "C K3 tre 2"],
            meanwhile: ["UPDATE salesforce.part__c SET name = 'mine', _hc_lastop = 'PENDING' WHERE id = 2", captured],
            becomes: ["1 A K1 uno 2 SYNCED", "2 B K2 mine 2 PENDING", "3 C K3 tre 2 SYNCED"], counts: [0, 3, 0]),
        Race(
            testDescription: "also where rows changed in other columns each",
            reads: ["A K1 uno 1", "B K2 due 2", "C K3 three 2"],
            meanwhile: ["UPDATE salesforce.part__c SET name = 'mine', _hc_lastop = 'PENDING' WHERE id = 2", captured],
            becomes: ["1 A K1 uno 1 SYNCED", "2 B K2 mine 2 PENDING", "3 C K3 three 2 SYNCED"], counts: [0, 3, 0]),
        Race(
            testDescription: "a newer one that another merge brings stays",
            reads: ["A K1 uno 2", "B K2 due 2", "C K3 tre 2"],
            meanwhile: ["UPDATE salesforce.part__c SET name = 'newer', systemmodstamp = '2026-01-01 00:00:03' WHERE id = 2"],
            becomes: ["1 A K1 uno 2 SYNCED", "2 B K2 newer 3 SYNCED", "3 C K3 tre 2 SYNCED"], counts: [0, 2, 0]),
        Race(
            testDescription: "a row that is deleted is not brought back",
            reads: ["A K1 uno 2", "B K2 due 2", "C K3 tre 2"],
            meanwhile: [
                "DELETE FROM salesforce.part__c WHERE id = 2",
                "INSERT INTO salesforce._trigger_log \(MergedTable.change("DELETE B 2 NEW"))",
            ],
            becomes: ["1 A K1 uno 2 SYNCED", "3 C K3 tre 2 SYNCED"], counts: [0, 2, 0]),
        Race(
            testDescription: "its unique value goes to the record that has it by then",
            reads: ["A K1 uno 2", "B K2 due 2", "C K3 tre 2"],
            meanwhile: ["UPDATE salesforce.part__c SET key__c = 'K9' WHERE id = 2"],
            becomes: ["1 A K1 uno 2 SYNCED", "2 B K2 due 2 SYNCED", "3 C K3 tre 2 SYNCED"], counts: [0, 3, 0]),
    ]

    @Test("what is committed meanwhile is not written over", arguments: races)
    private func meanwhile(_ race: Race) async throws {
        try await TestDatabase.with(migrations: JobQueue.migrations + CatalogStore.migrations) { database in
            let merged = MergedTable(pool: database.pool(size: 3))
            try await merged.make(url: database.url, rows: race.has)
            let (locked, release) = (AsyncStream.makeStream(of: Void.self), DispatchSemaphore(value: 0))
            let writing = Task {
                try await merged.pool.transaction { session in
                    try session.run("SET LOCAL xmlbinary TO 'hex'")
                    for statement in race.meanwhile { try session.script(statement) }
                    locked.continuation.yield()
                    release.wait()
                }
            }
            for await _ in locked.stream { break }
            let merging = Task {
                try await merged.pool.transaction { session in
                    try RowMerge(table: MergedTable.schema, stage: MergedTable.stage(race.reads, in: session), readAt: Date())
                        .run(in: session)
                }
            }
            try await Self.waits(merged.pool)
            release.signal()
            try await writing.value
            let counts = try await merging.value
            #expect([counts.inserted, counts.updated, counts.deleted] == race.counts)
            #expect(try await merged.rows() == race.becomes)
        }
    }

    @Test("whoever waits for the first row holds none behind it, wherever they lie", arguments: [true, false])
    func lockOrder(isOneSet: Bool) async throws {
        try await TestDatabase.with(migrations: JobQueue.migrations + CatalogStore.migrations) { database in
            let merged = MergedTable(pool: database.pool(size: 3))
            let rows = 1...200
            try await merged.make(url: database.url, rows: rows.map { "R\($0) K\($0) old 1" })
            let reads = rows.map { "R\($0) K\($0) \(isOneSet || $0 % 2 == 0 ? "new" : "old") 2" }
            // The first row lies behind the others now.
            try await merged.pool.transaction { session in
                try session.run("SET LOCAL xmlbinary TO 'hex'")
                try session.run("UPDATE salesforce.part__c SET name = name WHERE id = 1")
                try session.run("ANALYZE salesforce.part__c")
            }
            let (locked, release) = (AsyncStream.makeStream(of: Void.self), DispatchSemaphore(value: 0))
            let holding = Task {
                try await merged.pool.transaction { session in
                    try session.run("SELECT FROM salesforce.part__c WHERE id = 1 FOR UPDATE")
                    locked.continuation.yield()
                    release.wait()
                }
            }
            for await _ in locked.stream { break }
            let merging = Task {
                try await merged.pool.transaction { session in
                    try RowMerge(table: MergedTable.schema, stage: MergedTable.stage(reads, in: session), readAt: Date()).run(in: session)
                }
            }
            try await Self.waits(merged.pool)
            let free = try await merged.pool.query("SELECT id FROM salesforce.part__c ORDER BY id FOR UPDATE SKIP LOCKED")
            #expect(try free.map { try $0.decode("id", as: Int64.self) } == Array(2...200))
            release.signal()
            try await holding.value
            #expect(try await merging.value.updated == 200)
        }
    }

    private static func waits(_ pool: PostgresPool) async throws {
        try await eventually("the merge waits for the other's transaction") {
            try await pool.query("SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'").count == 1
        }
    }
}
