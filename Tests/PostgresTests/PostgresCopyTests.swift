import Eventually
import Foundation
import Postgres
import TestDatabase
import Testing

@Suite("COPY")
struct PostgresCopyTests {
    private static let table: PostgresQuery = "CREATE TABLE rows (id int PRIMARY KEY, name text)"

    @Test("takes data cut anywhere, also inside a row, and counts the rows")
    func copyIn() async throws {
        try await TestDatabase.with { database in
            let pool = database.pool(size: 1)
            try await pool.run(Self.table)
            let count = try await pool.withSession { session in
                try session.copyIn("COPY rows FROM STDIN") { writer in
                    try writer.write("1\tone\n2\tt")
                    try writer.write("wo\n")
                    try writer.write("3\t\\N\n")
                    #expect(writer.bytesWritten == 17)
                }
            }
            #expect(count == 3)
            let names = try await pool.query("SELECT name FROM rows ORDER BY id").map { try $0.decodeIfPresent("name", as: String.self) }
            #expect(names == ["one", "two", nil])
        }
    }

    @Test("keeps nothing when its source fails, and the session goes on")
    func aborted() async throws {
        struct SourceFailed: Error {}
        try await TestDatabase.with { database in
            let pool = database.pool(size: 1)
            try await pool.run(Self.table)
            let pid = try await pool.withSession { $0.backendPID }
            await #expect(throws: SourceFailed.self) {
                try await pool.withSession { session in
                    try session.copyIn("COPY rows FROM STDIN") { writer in
                        try writer.write("1\tone\n")
                        throw SourceFailed()
                    }
                }
            }
            #expect(try await pool.query("SELECT * FROM rows").isEmpty)
            #expect(try await pool.withSession { $0.backendPID } == pid)
        }
    }

    @Test("names the line that the server refused, and keeps nothing")
    func badLine() async throws {
        try await TestDatabase.with { database in
            let pool = database.pool(size: 1)
            try await pool.run(Self.table)
            let error = await #expect(throws: PostgresError.self) {
                try await pool.withSession { session in
                    try session.copyIn("COPY rows FROM STDIN") { writer in try writer.write("1\tone\nx\ttwo\n3\tthree\n") }
                }
            }
            #expect(error?.sqlState == "22P02")
            #expect(error?.context?.contains("line 2, column id") == true)
            #expect(try await pool.query("SELECT * FROM rows").isEmpty)
        }
    }

    @Test("that the server refused early lets a source that goes on writing hear the server's reason")
    func badLineInLargeData() async throws {
        try await TestDatabase.with { database in
            let pool = database.pool(size: 1)
            try await pool.run(Self.table)
            let error = await #expect(throws: PostgresError.self) {
                try await pool.withSession { session in
                    try session.copyIn("COPY rows FROM STDIN") { writer in
                        try writer.write("x\ty\n")
                        for id in 0..<200 { try writer.write("\(id)\t\(String(repeating: "y", count: 100_000))\n") }
                    }
                }
            }
            #expect(error?.sqlState == "22P02")
            #expect(try await pool.query("SELECT 1").count == 1)
        }
    }

    @Test("of far more data than memory may hold does not make this process grow")
    func boundedMemory() async throws {
        try await TestDatabase.with { database in
            let pool = database.pool(size: 1)
            try await pool.run("CREATE UNLOGGED TABLE blobs (data text)")
            let line = String(repeating: "z", count: 63 * 1024) + "\n"
            let (rows, growth) = try await pool.withSession { session in
                var before = 0
                let rows = try session.copyIn("COPY blobs FROM STDIN") { writer in
                    for number in 0..<12_288 {
                        try writer.write(line)
                        if number == 64 { before = try residentBytes() }
                    }
                }
                return (rows, try residentBytes() - before)
            }
            #expect(rows == 12_288)
            // 774 MB went through; the other tests of this process run meanwhile.
            #expect(growth < 384 << 20, "\(growth) bytes")
        }
    }

    @Test("stops when its task is cancelled, and keeps nothing")
    func cancelled() async throws {
        try await TestDatabase.with { database in
            let (pool, observer) = (database.pool(size: 1), database.pool(size: 1))
            try await pool.run("CREATE TABLE blobs (data text)")
            let copying = Task {
                try await pool.withSession { session in
                    try session.copyIn("COPY blobs FROM STDIN") { writer in
                        while true { try writer.write("again and again\n") }
                    }
                }
            }
            try await eventually { try await observer.running("COPY blobs") == 1 }
            copying.cancel()
            let error = await #expect(throws: PostgresError.self) { try await copying.value }
            #expect(error?.code == .cancelled)
            #expect(try await pool.query("SELECT * FROM blobs").isEmpty)
        }
    }

    @Test("inside a transaction goes when the transaction goes")
    func insideTransaction() async throws {
        struct Planned: Error {}
        try await TestDatabase.with { database in
            let pool = database.pool(size: 1)
            try await pool.run(Self.table)
            await #expect(throws: Planned.self) {
                try await pool.transaction { session in
                    _ = try session.copyIn("COPY rows FROM STDIN") { try $0.write("1\tone\n") }
                    #expect(try session.query("SELECT * FROM rows").count == 1)
                    throw Planned()
                }
            }
            #expect(try await pool.query("SELECT * FROM rows").isEmpty)
        }
    }

    @Test("out hands over every row")
    func copyOut() async throws {
        try await TestDatabase.with { database in
            let lines = try await database.pool().withSession { session in
                var lines: [String] = []
                try session.copyOut("COPY (SELECT n, NULL FROM generate_series(1, 1000) AS n) TO STDOUT") {
                    lines.append(String(decoding: $0, as: UTF8.self))
                }
                return lines
            }
            #expect(lines.count == 1000)
            #expect(lines.first == "1\t\\N\n")
            #expect(lines.last == "1000\t\\N\n")
        }
    }

    @Test("of a statement that is none is refused, and the pool goes on")
    func notACopy() async throws {
        try await TestDatabase.with { database in
            let pool = database.pool(size: 1)
            let error = await #expect(throws: PostgresError.self) {
                try await pool.withSession { try $0.copyIn("SELECT 1") { _ in } }
            }
            #expect(error?.message.contains("COPY") == true)
            await #expect(throws: PostgresError.self) { try await pool.withSession { try $0.copyOut("SELECT 1") { _ in } } }
            // A COPY sent as a plain query leaves its session in the middle of it.
            try await pool.run(Self.table)
            _ = try? await pool.run("COPY rows FROM STDIN")
            #expect(try await pool.query("SELECT 1").count == 1)
        }
    }
}

/// Resident memory of this process.
private func residentBytes() throws -> Int {
    let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
    return (Int(fields[1]) ?? 0) * 4096
}
