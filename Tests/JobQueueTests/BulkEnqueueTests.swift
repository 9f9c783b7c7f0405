import Foundation
import JobQueue
import Postgres
import TestDatabase
import Testing

@Suite("Enqueueing in bulk")
struct BulkEnqueueTests {
    @Test("many jobs go in by COPY with every field as a few have it")
    func fields() async throws {
        try await TestDatabase.with(migrations: JobQueue.migrations) { database in
            let pool = database.pool()
            let queue = JobQueue(pool: pool)
            let connection = UUID()
            let mapping = UUID()
            let job = try NewJob(
                kind: "k\t\u{1F40C}\\", connectionID: connection, mappingID: mapping, args: ["text": "line\nbreak \"and\" \\ ü"],
                priority: 7,
                timeout: .milliseconds(1500), runAfter: .seconds(3600), maxAttempts: 3, exclusiveKey: "e'x")
            let few = try await queue.enqueue([job])
            let many = try await queue.enqueue(Array(repeating: job, count: 200))
            #expect(Set(many.compactMap(\.self)).count == 200)
            let kinds = try await pool.query(
                """
                SELECT count(*) AS jobs, min(id) AS first, max(id) AS last,
                       bool_and(run_at - created_at = interval '1 hour') AS later, bool_and(abs(extract(epoch FROM created_at - now())) < 60) AS fresh
                FROM sluice.jobs
                GROUP BY kind, connection_id, mapping_id, args, priority, timeout, max_attempts, exclusive_key, unique_key, state, attempt
                """)
            #expect(kinds.count == 1)
            #expect(try kinds[0].decode("jobs", as: Int.self) == 201)
            #expect(try kinds[0].decode("first", as: Int64.self) == few[0])
            #expect(try kinds[0].decode("last", as: Int64.self) == many[199])
            #expect(try kinds[0].decode("later", as: Bool.self))
            #expect(try kinds[0].decode("fresh", as: Bool.self))
        }
    }

    @Test("a sequence of any length is one transaction: all of it or nothing, and unique keys count")
    func sequences() async throws {
        try await TestDatabase.with(migrations: JobQueue.migrations) { database in
            let pool = database.pool()
            let queue = JobQueue(pool: pool)
            let plain = try NewJob(kind: "k")
            let unique = try NewJob(kind: "k", uniqueKey: "u")
            #expect(try await queue.enqueueAll(0..<12_000, job: { $0 % 4000 == 0 ? unique : plain }) == 11_998)
            #expect(try await pool.query("SELECT count(*) AS n FROM sluice.jobs")[0].decode("n", as: Int.self) == 11_998)
            let malformed = try NewJob(kind: "k", priority: 999)
            await #expect(throws: PostgresError.self) {
                try await queue.enqueueAll(0..<12_000) { $0 == 11_000 ? malformed : plain }
            }
            await #expect(throws: JobFailure.self) {
                try await queue.enqueueAll(0..<12_000) { number in
                    if number == 11_000 { throw JobFailure.permanent("cannot be made") }
                    return plain
                }
            }
            #expect(try await pool.query("SELECT count(*) AS n FROM sluice.jobs")[0].decode("n", as: Int.self) == 11_998)
        }
    }
}
