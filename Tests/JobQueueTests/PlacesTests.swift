import Dispatch
import Eventually
import Foundation
import Postgres
import SeededRandom
import TestDatabase
import Testing

@testable import JobQueue

/// What a worker does where each look at everything would be slow: here it counts every look as slow.
@Suite("Claims from remembered places")
struct PlacesTests {
    private static let everyLook = Duration.seconds(-1)

    private struct Worker {
        let queue: JobQueue
        var memory = ClaimMemory(slow: everyLook)

        /// Claims as the memory has it.
        ///
        /// - Parameter looksBetween: what the look is to be; nil for what the memory chooses by the time.
        mutating func claim(
            _ limit: Int, looksBetween: Bool? = nil, change: (inout ClaimRequest) -> Void = { _ in }
        ) async throws -> [Job] {
            var request = try await request(limit, looksBetween: looksBetween)
            change(&request)
            let claim = try await queue.claim(request)
            memory.note(claim, of: request)
            return claim.jobs
        }

        private mutating func request(_ limit: Int, looksBetween: Bool?) async throws -> ClaimRequest {
            var request = ClaimRequest(worker: "w", kinds: ["k"], limit: limit, lease: .seconds(30))
            try await eventually("the memory wants such a look") {
                memory.apply(to: &request)
                if looksBetween == false, request.scope.looksBetween {
                    // As if the look that is due had been made, and had been slow.
                    memory.note(Claim(jobs: [], nextLook: nil, took: .milliseconds(100), scan: nil), of: request)
                }
                return looksBetween == nil || request.scope.looksBetween == looksBetween
            }
            return request
        }

        mutating func survey() async throws { memory.note(survey: try await queue.survey().heads, took: .milliseconds(1)) }
    }

    private func withWorker(_ body: (inout Worker) async throws -> Void) async throws {
        try await TestDatabase.with(migrations: JobQueue.migrations) { database in
            var worker = Worker(queue: JobQueue(pool: database.pool()))
            try await body(&worker)
        }
    }

    private func connection(_ firstByte: Int) throws -> UUID {
        try #require(UUID(uuidString: "\(String(firstByte, radix: 16))000000-0000-4000-8000-000000000000"))
    }

    private func setBack(_ jobs: [Int64?], by time: String, in queue: JobQueue) async throws {
        let jobs = jobs.compactMap(\.self)
        try await queue.pool.run("UPDATE sluice.jobs SET run_at = run_at - \(time)::interval WHERE id = ANY (\(jobs)::bigint[])")
    }

    private func end(_ jobs: [Job], in queue: JobQueue) async throws {
        try await queue.complete(jobs.map { .init(lease: $0.lease, outcome: nil) })
    }

    @Test("a claim looks from its lane's place on; what came in behind it is found by a survey")
    func behind() async throws {
        try await withWorker { worker in
            _ = try await worker.queue.enqueue((0..<10).map { _ in try NewJob(kind: "k") })
            try await worker.survey()
            #expect(try await worker.claim(20).count == 10)
            let late = try await worker.queue.enqueue([NewJob(kind: "k")])[0]
            try await setBack([late], by: "1 hour", in: worker.queue)
            #expect(try await worker.claim(20, looksBetween: true).isEmpty)
            #expect(try await worker.claim(20, looksBetween: false).isEmpty)
            try await worker.survey()
            #expect(try await worker.claim(20).map(\.id) == [late])
        }
    }

    @Test("a connection that had no jobs is found by a look between the places, whichever side of them it is on")
    func newLanes() async throws {
        try await withWorker { worker in
            let known = try [0x40, 0x80].map(connection)
            _ = try await worker.queue.enqueue(known.map { try NewJob(kind: "k", connectionID: $0) })
            try await worker.survey()
            #expect(try await worker.claim(20).count == 2)
            let new = try [0x20, 0x60, 0xff].map(connection)
            _ = try await worker.queue.enqueue(new.map { try NewJob(kind: "k", connectionID: $0) })
            _ = try await worker.queue.enqueue([NewJob(kind: "k", connectionID: known[0], priority: 7)])
            #expect(try await worker.claim(20, looksBetween: false).isEmpty)
            #expect(try await Set(worker.claim(20, looksBetween: true).map(\.connectionID)) == Set(new + [known[0]]))
        }
    }

    @Test("claims pass over a job whose exclusive key is taken, and a look at where jobs begin finds it when it is free")
    func blocked() async throws {
        try await withWorker { worker in
            _ = try await worker.queue.enqueue([NewJob(kind: "k", exclusiveKey: "x")])
            let holder = try await worker.claim(1)
            let blocked = try await worker.queue.enqueue([NewJob(kind: "k", exclusiveKey: "x")])[0]
            try await setBack([blocked], by: "1 minute", in: worker.queue)
            try await worker.survey()
            _ = try await worker.queue.enqueue((0..<5).map { _ in try NewJob(kind: "k") })
            #expect(try await worker.claim(20, looksBetween: true).count == 5)
            try await end(holder, in: worker.queue)
            #expect(try await worker.claim(20, looksBetween: true).map(\.id) == [blocked])
        }
    }

    @Test("jobs that a claim had to leave behind, because their connection has its share, are not passed over")
    func share() async throws {
        try await withWorker { worker in
            let connection = UUID()
            let jobs = try await worker.queue.enqueue((0..<4).map { _ in try NewJob(kind: "k", connectionID: connection) })
            try await worker.queue.pool.run("UPDATE sluice.jobs SET run_at = run_at - interval '1 hour' - id * interval '1 minute'")
            try await worker.survey()
            for looksBetween in [true, false, false] {
                let claimed = try await worker.claim(20, looksBetween: looksBetween) {
                    $0.share = 2
                    $0.held = [connection: 2]
                }
                #expect(claimed.isEmpty)
            }
            #expect(try await Set(worker.claim(20, looksBetween: false).map(\.id)) == Set(jobs))
        }
    }

    @Test("a job whose transaction was open while later ones were claimed is found when that has ended, without a survey")
    func late() async throws {
        try await TestDatabase.with(migrations: JobQueue.migrations) { database in
            var worker = Worker(queue: JobQueue(pool: database.pool()))
            _ = try await worker.queue.enqueue([NewJob(kind: "k")])
            try await worker.survey()
            #expect(try await worker.claim(20, looksBetween: true).count == 1)
            let session = try PostgresConnection(configuration: database.configuration)
            let (inserted, release) = (AsyncStream.makeStream(of: Int64.self), DispatchSemaphore(value: 0))
            let inserting = Task {
                defer { inserted.continuation.finish() }
                try await session.withSession { session in
                    try session.run("BEGIN")
                    let rows = try session.query("INSERT INTO sluice.jobs (kind) VALUES ('k') RETURNING id")
                    inserted.continuation.yield(try rows[0].decode("id"))
                    release.wait()
                    try session.run("COMMIT")
                }
            }
            defer { release.signal() }
            let late = await inserted.stream.first { _ in true }
            for _ in 0..<3 {
                _ = try await worker.queue.enqueue([NewJob(kind: "k")])
                #expect(try await worker.claim(20, looksBetween: false).count == 1)
            }
            release.signal()
            try await inserting.value
            // By the very next claim, unless all this took more than a second.
            let found = try await worker.claim(20, looksBetween: false) + worker.claim(20, looksBetween: true)
            #expect(found.map(\.id) == [late])
            await session.close()
        }
    }

    @Test("when the clock is set back, places are forgotten")
    func clockSetBack() async throws {
        try await TestDatabase.with(migrations: JobQueue.migrations) { database in
            var worker = Worker(queue: JobQueue(pool: database.pool()))
            _ = try await worker.queue.enqueue([NewJob(kind: "k")])
            try await worker.survey()
            #expect(try await worker.claim(20).count == 1)
            try await worker.queue.pool.run("ALTER DATABASE \(identifier: database.name) SET sluice.clock_offset = '-1 hour'")
            worker = Worker(queue: JobQueue(pool: database.pool()), memory: worker.memory)
            let late = try await worker.queue.enqueue([NewJob(kind: "k")])
            #expect(try await worker.claim(20).isEmpty)
            #expect(try await worker.claim(20).map(\.id) == late)
        }
    }

    @Test("whatever comes, in whatever order and place, is claimed in the end", arguments: [1, 2, 3] as [UInt64])
    func everything(seed: UInt64) async throws {
        try await TestDatabase.with(migrations: JobQueue.migrations) { database in
            let queue = JobQueue(pool: database.pool())
            var workers = [Worker(queue: queue), Worker(queue: queue)]
            var random = SplitMix(seed: seed)
            let connections: [UUID?] = [nil] + (0..<4).map { _ in UUID() }
            var running: [Job] = []
            for _ in 0..<80 {
                let jobs = try (0..<Int.random(in: 0...6, using: &random)).map { _ in
                    try NewJob(
                        kind: "k", connectionID: connections[Int.random(in: 0...4, using: &random)],
                        priority: Int.random(in: 99...101, using: &random),
                        runAfter: .milliseconds(Int.random(in: 0...20, using: &random)),
                        exclusiveKey: Bool.random(using: &random) ? "x\(Int.random(in: 0...2, using: &random))" : nil)
                }
                let ids = try await queue.enqueue(jobs)
                if Int.random(in: 0..<4, using: &random) == 0 {
                    try await setBack(ids, by: "10 seconds", in: queue)
                }
                let turn = Int.random(in: 0...1, using: &random)
                running += try await workers[turn].claim(Int.random(in: 1...8, using: &random)) { $0.share = 3 }
                running.shuffle(using: &random)
                let ended = running.prefix(Int.random(in: 0...5, using: &random))
                running.removeFirst(ended.count)
                if Bool.random(using: &random) {
                    try await end(Array(ended), in: queue)
                } else {
                    try await queue.handBack(ended.map(\.lease))
                }
                if Int.random(in: 0..<10, using: &random) == 0 { try await workers[turn].survey() }
            }
            try await end(running, in: queue)
            var rounds = 0
            while try await queue.pool.query("SELECT FROM sluice.jobs LIMIT 1").count == 1 {
                rounds += 1
                try #require(rounds < 100)
                try await workers[rounds % 2].survey()
                // What waits for its time is at most 20 ms away.
                let jobs = try await workers[rounds % 2].claim(50)
                try await end(jobs, in: queue)
            }
        }
    }
}
