import Foundation
import MappedSchema
import Postgres
import SeededRandom
import TestDatabase
import Testing

/// Postgres is the judge: what a page becomes by its own reader of CSV is what it has to become here, or it is left to that reader.
@Suite("Taking a page's values apart")
struct BinaryPageTests {
    @Test("values as Salesforce writes them become what Postgres makes of them", arguments: PageSamples.known)
    func known(sample: PageSamples.Sample) async throws {
        try await TestDatabase.with { database in
            let page = PagePair.page(of: sample.values)
            let pair = try await PagePair.copy(page, into: [sample.type], in: database.pool(size: 1))
            #expect(pair.binary == pair.csv)
            #expect(!pair.isLeftToPostgres)
        }
    }

    @Test("a value that is written otherwise is left to Postgres, which takes it or says what is wrong", arguments: PageSamples.foreign)
    func foreign(sample: PageSamples.Sample) async throws {
        try await TestDatabase.with { database in
            let pool = database.pool(size: 1)
            for value in sample.values {
                let pair = try await PagePair.copy(PagePair.page(of: [value]), into: [sample.type], in: pool)
                #expect(pair.isLeftToPostgres, "\(value)")
            }
        }
    }

    @Test("CSV of any shape becomes what Postgres makes of it, wherever it is cut", arguments: PageSamples.shapes.indices)
    func shapes(index: Int) async throws {
        let page = PageSamples.shapes[index]
        try await TestDatabase.with { database in
            let pool = database.pool(size: 1)
            for size in [1, 2, 7, 1 << 20] {
                let pair = try await PagePair.copy(page, into: [.text, .varchar(20), .integer], pieces: size, in: pool)
                #expect(pair.isLeftToPostgres || pair.binary == pair.csv, "\(page)")
            }
        }
    }

    @Test("a text that is too long, and bytes that are no text, are refused with the state that Postgres' own reader gives")
    func refused() async throws {
        try await TestDatabase.with { database in
            let pool = database.pool(size: 1)
            let long = try await PagePair.copy(PagePair.page(of: ["12345678901234567890é"]), into: [.varchar(20)], in: pool)
            #expect([long.csv, long.binary] == [.refused("22001"), .refused("22001")])
            let broken = Array("\"A\"\n\"".utf8) + [0xC3, 0x28] + Array("\"\n".utf8)
            let pair = try await PagePair.copy(broken, into: [.text], pieces: 3, in: pool)
            #expect([pair.csv, pair.binary] == [.refused("22021"), .refused("22021")])
        }
    }

    @Test("columns of types that only Postgres reads leave the page to it")
    func unknownTypes() async throws {
        try await TestDatabase.with { database in
            let types = try await database.pool(size: 1).withSession { session in
                try session.transaction {
                    let stage = PagePair.stage([.text, .numeric])
                    try stage.createTemporary(in: session)
                    return try BinaryColumn.all(of: stage, in: session)
                }
            }
            #expect(types == nil)
        }
    }

    @Test("a type that somebody gave a column counts, not the one that was asked for")
    func actualTypes() async throws {
        try await TestDatabase.with { database in
            let types = try await database.pool(size: 1).withSession { session in
                try session.transaction {
                    let stage = PagePair.stage([.double, .timestamp])
                    try stage.createTemporary(in: session)
                    try session.run("ALTER TABLE sluice_poll ALTER COLUMN c0 TYPE bigint, ALTER COLUMN c1 TYPE timestamptz")
                    let changed = try BinaryColumn.all(of: stage, in: session)
                    try session.run("ALTER TABLE sluice_poll ALTER COLUMN c0 TYPE varchar(3)")
                    return [changed, try BinaryColumn.all(of: stage, in: session)]
                }
            }
            #expect(types == [nil, [.text, .timestamptz]])
        }
    }

    @Test("random pages become what Postgres makes of them", arguments: 1...12)
    func random(seed: Int) async throws {
        var generator = SplitMix(seed: UInt64(seed))
        let types: [ColumnType] = [.varchar(30), .text, .integer, .double, .boolean, .date, .timestamp, .timestamptz, .time]
        try await TestDatabase.with { database in
            let pool = database.pool(size: 1)
            for _ in 0..<10 {
                let page = RandomPage.text(of: types, rows: 200, wild: seed % 3 == 0, using: &generator)
                let pair = try await PagePair.copy(page, into: types, pieces: Int.random(in: 1...4000, using: &generator), in: pool)
                #expect(pair.isLeftToPostgres || pair.binary == pair.csv)
                // Only wild pages may need the other reader.
                #expect(seed % 3 == 0 || !pair.isLeftToPostgres)
            }
        }
    }

    @Test("a row that comes in many pieces is taken, and one that a worker has no memory for is left to Postgres")
    func longRows() async throws {
        try await TestDatabase.with { database in
            let pool = database.pool(size: 1)
            let taken = try await PagePair.copy(
                PagePair.page(of: [String(repeating: "ä\"\n", count: 300_000), "x"]), into: [.text], pieces: 16_384, in: pool)
            #expect(taken.binary == taken.csv)
            #expect(!taken.isLeftToPostgres)
            let left = try await PagePair.copy(
                PagePair.page(of: [String(repeating: "x", count: 9_000_000)]), into: [.text], pieces: 16_384, in: pool)
            #expect(left.isLeftToPostgres)
        }
    }
}
