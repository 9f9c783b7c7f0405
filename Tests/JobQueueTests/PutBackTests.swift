import Dispatch
import Eventually
import JobQueue
import Postgres
import TestDatabase
import Testing

@Suite("Jobs that go back to wait")
struct PutBackTests {
    enum Way: CaseIterable {
        case snooze, fail, handBack
    }

    @Test("do so while another is being enqueued under their unique key, which that one then has", arguments: Way.allCases)
    func enqueuedMeanwhile(way: Way) async throws {
        try await TestDatabase.with(migrations: JobQueue.migrations) { database in
            let (pool, other) = (database.pool(), database.pool(size: 1))
            let queue = JobQueue(pool: pool)
            _ = try await queue.enqueue([NewJob(kind: "k", uniqueKey: "u")])
            let job = try #require(try await queue.claim(.init(worker: "w", kinds: ["k"], limit: 1, lease: .seconds(60))).jobs.first)
            let (inserted, release) = (AsyncStream.makeStream(of: Void.self), DispatchSemaphore(value: 0))
            defer { release.signal() }
            let enqueueing = Task {
                try await other.transaction { session in
                    try session.run("INSERT INTO sluice.jobs (kind, unique_key) VALUES ('k', 'u')")
                    inserted.continuation.yield()
                    release.wait()
                }
            }
            for await _ in inserted.stream { break }
            let puttingBack = Task {
                switch way {
                case .snooze: try await queue.snooze(job.lease, for: .seconds(1))
                case .fail: #expect(try await queue.fail(job.lease, error: "no") != nil)
                case .handBack: #expect(try await queue.handBack([job.lease]) == 1)
                }
            }
            try await eventually("it waits for the other's transaction") {
                try await pool.query(
                    "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND wait_event = 'transactionid'"
                ).count == 1
            }
            release.signal()
            try await enqueueing.value
            try await puttingBack.value
            let waiting = try await pool.query("SELECT id, unique_key FROM sluice.jobs WHERE state = 'available' ORDER BY id")
            #expect(try waiting.map { try $0.decodeIfPresent("unique_key", as: String.self) } == [nil, "u"])
        }
    }

    @Test("a job that is cancelled while a worker puts it back ends, whatever way it goes back", arguments: Way.allCases)
    func cancelledMeanwhile(way: Way) async throws {
        try await TestDatabase.with(migrations: JobQueue.migrations) { database in
            let (job, isCancelled) = try await whilePutBack(way, in: database) { queue, job in try await queue.cancel(job.id) }
            #expect(isCancelled)
            let states = try await database.pool().query("SELECT state FROM sluice.finished_jobs WHERE id = \(job.id)")
            #expect(try states.map { try $0.decode("state", as: String.self) } == ["cancelled"])
        }
    }

    enum Asker: CaseIterable {
        case statement, function
    }

    @Test(
        "who asks for a job that has not begun gets one, also while one that has begun goes back to wait under its key",
        arguments: Way.allCases, Asker.allCases)
    func askedMeanwhile(way: Way, asker: Asker) async throws {
        try await TestDatabase.with(migrations: JobQueue.migrations) { database in
            let (job, asked) = try await whilePutBack(way, in: database) { _, _ in
                try await database.pool(size: 1).transaction { session -> Int64? in
                    switch asker {
                    case .statement:
                        try JobQueue.enqueueOrBringForward([NewJob(kind: "k", uniqueKey: "u")], joiningBegun: false, in: session)[0]
                    case .function:
                        try session.query("SELECT sluice.ask_for_unbegun_job('k', NULL, NULL, '{}', 50, 'u', NULL) AS id")[0].decode("id")
                    }
                }
            }
            #expect(asked != nil && asked != job.id)
            let keys = try await database.pool().query("SELECT unique_key FROM sluice.jobs WHERE state = 'available' ORDER BY id")
            #expect(try keys.map { try $0.decodeIfPresent("unique_key", as: String.self) } == [nil, "u"])
        }
    }

    /// Claims a job that has begun, and puts it back; meanwhile something else is done that has to wait for that.
    private func whilePutBack<Value: Sendable>(
        _ way: Way, in database: TestDatabase, _ body: @escaping @Sendable (JobQueue, Job) async throws -> Value
    ) async throws -> (job: Job, value: Value) {
        let (pool, other) = (database.pool(), database.pool(size: 1))
        let queue = JobQueue(pool: pool)
        _ = try await queue.enqueue([NewJob(kind: "k", uniqueKey: "u")])
        let job = try #require(try await queue.claim(.init(worker: "w", kinds: ["k"], limit: 1, lease: .seconds(60))).jobs.first)
        try await pool.run("UPDATE sluice.jobs SET progress = '{}'")
        // Whatever puts the job back stops before its end, with the row changed and locked.
        try await pool.run(
            "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NULL; END'")
        try await pool.run(
            """
            CREATE CONSTRAINT TRIGGER slow AFTER UPDATE ON sluice.jobs DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW WHEN (OLD.state = 'running' AND NEW.state = 'available') EXECUTE FUNCTION slow()
            """)
        let (locked, release) = (AsyncStream.makeStream(of: Void.self), DispatchSemaphore(value: 0))
        defer { release.signal() }
        let holding = Task {
            try await other.transaction { session in
                try session.run("SELECT pg_advisory_xact_lock(1)")
                locked.continuation.yield()
                release.wait()
            }
        }
        for await _ in locked.stream { break }
        let puttingBack = Task {
            switch way {
            case .snooze: try await queue.snooze(job.lease, for: .seconds(60))
            case .fail: #expect(try await queue.fail(job.lease, error: "no") != nil)
            case .handBack: #expect(try await queue.handBack([job.lease]) == 1)
            }
        }
        let waits: PostgresQuery = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        try await eventually("it is put back, and not committed") { try await pool.query(waits).count == 1 }
        let doing = Task { try await body(queue, job) }
        try await eventually("the other waits for that") { try await pool.query(waits).count == 2 }
        release.signal()
        try await holding.value
        try await puttingBack.value
        return (job, try await doing.value)
    }
}
