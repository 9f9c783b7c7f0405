import Foundation
import JobQueue
import Postgres
import TestDatabase
import Testing

@Suite("Turns, limits and places of claims")
struct ClaimTests {
    private func withQueue(_ body: @Sendable (JobQueue, PostgresPool) async throws -> Void) async throws {
        try await TestDatabase.with(migrations: JobQueue.migrations) { database in
            let pool = database.pool()
            try await body(JobQueue(pool: pool), pool)
        }
    }

    private func request(_ limit: Int) -> ClaimRequest { ClaimRequest(worker: "w", kinds: ["k"], limit: limit, lease: .seconds(30)) }

    @Test("with fewer slots than connections, each connection gets its turn")
    func turns() async throws {
        try await withQueue { queue, _ in
            let connections = (0..<5).map { _ in UUID() }
            for connection in connections {
                _ = try await queue.enqueue((0..<20).map { _ in try NewJob(kind: "k", connectionID: connection) })
            }
            var served: [UUID?] = []
            var request = request(2)
            for _ in 0..<5 {
                let jobs = try await queue.claim(request).jobs
                #expect(jobs.count == 2)
                served += jobs.map(\.connectionID)
                // As a worker's memory does: go on behind the last one.
                let lanes = jobs.map { Lane(connectionID: $0.connectionID) }.sorted()
                let after = request.after
                request.after = lanes.last { after == nil || $0 <= after! } ?? lanes.last
            }
            for connection in connections { #expect(served.count { $0 == connection } == 2) }
        }
    }

    @Test("jobs of connections that a worker leaves to others wait for another, and take nothing from the rest")
    func unserved() async throws {
        try await withQueue { queue, _ in
            let connections = (0..<3).map { _ in UUID() }
            for connection in connections {
                _ = try await queue.enqueue((0..<4).map { _ in try NewJob(kind: "k", connectionID: connection) })
            }
            var request = request(100)
            request.unserved = [connections[0], connections[2]]
            let claim = try await queue.claim(request)
            #expect(claim.jobs.map(\.connectionID) == Array(repeating: connections[1], count: 4))
            let nothing = try await queue.claim(request)
            #expect(nothing.jobs.isEmpty)
            // What it may not take is no reason to look again soon.
            #expect(nothing.nextLook == nil)
            request.unserved = []
            #expect(try await queue.claim(request).jobs.count == 8)
        }
    }

    @Test("a connection's own limit holds for all workers together, whoever claims at the same time")
    func maxRunning() async throws {
        try await withQueue { queue, pool in
            let limited = UUID()
            try await queue.limit(limited, to: .init(maxRunning: 3))
            _ = try await queue.enqueue((0..<100).map { _ in try NewJob(kind: "k", connectionID: limited) })
            for round in 1...5 {
                let claimed = try await withThrowingTaskGroup(of: [Job].self) { group in
                    for _ in 0..<4 { group.addTask { try await queue.claim(request(10)).jobs } }
                    return try await group.reduce(into: []) { $0 += $1 }
                }
                let running = try await pool.query("SELECT count(*) AS n FROM sluice.jobs WHERE state = 'running'")[0].decode(
                    "n", as: Int.self)
                #expect(running <= 3)
                #expect(round > 1 || !claimed.isEmpty)
                try await queue.complete(claimed.map { .init(lease: $0.lease, outcome: nil) })
            }
            try await queue.limit(limited, to: nil)
            #expect(try await queue.claim(request(10)).jobs.count == 10)
        }
    }

    @Test("a rate is shared by all workers: a burst, then one job each pause, and the claim says when to look again")
    func rate() async throws {
        try await TestDatabase.with(migrations: JobQueue.migrations) { database in
            let limited = UUID()
            let pool = database.pool(size: 1)
            let now = JobQueue(pool: pool)
            try await now.limit(limited, to: .init(perMinute: 6, burst: 2))
            _ = try await now.enqueue((0..<10).map { _ in try NewJob(kind: "k", connectionID: limited) })
            /// Two claims at a moment of the database's clock.
            func claims(at offset: String) async throws -> [Claim] {
                var configuration = database.configuration
                configuration.sessionSettings = [("sluice.clock_offset", offset)]
                let pool = PostgresPool(configuration: configuration, size: 1, logger: TestDatabase.quietLogger)
                let queue = JobQueue(pool: pool)
                let claims = [try await queue.claim(request(10)), try await queue.claim(request(10))]
                await pool.close()
                return claims
            }
            let first = try await claims(at: "0")
            #expect(first.map(\.jobs.count) == [2, 0])
            // One job in ten seconds.
            let look = try #require(first[1].nextLook)
            #expect(look > .seconds(5) && look <= .seconds(10))
            #expect(try await claims(at: "11 seconds").map(\.jobs.count) == [1, 0])
            #expect(try await claims(at: "1 hour").map(\.jobs.count) == [2, 0])
        }
    }

    @Test("a claim that finds nothing due says when something will be")
    func nextLook() async throws {
        try await withQueue { queue, _ in
            #expect(try await queue.claim(request(10)).nextLook == nil)
            _ = try await queue.enqueue([
                NewJob(kind: "k", runAfter: .seconds(60)), NewJob(kind: "k", priority: 20, runAfter: .seconds(30)),
            ])
            let look = try #require(try await queue.claim(request(10)).nextLook)
            #expect(look > .seconds(20) && look <= .seconds(30))
        }
    }

    @Test("limits that make no sense are refused with the field's name")
    func badLimits() async throws {
        try await withQueue { queue, _ in
            for (limit, field) in [
                (ConnectionLimit(maxRunning: 0), "maxRunning"), (ConnectionLimit(perMinute: -1), "perMinute"),
                (ConnectionLimit(perMinute: 1, burst: 0), "burst"),
            ] {
                let error = await #expect(throws: InvalidLimit.self) { try await queue.limit(UUID(), to: limit) }
                #expect(error?.description.contains(field) == true)
            }
        }
    }
}
