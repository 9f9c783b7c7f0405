import Dispatch
import Eventually
import Postgres
import TestDatabase
import Testing

@Suite("A pool")
struct PostgresPoolTests {
    @Test("opens no more connections than its size, however many ask")
    func size() async throws {
        try await TestDatabase.with { database in
            let pool = database.pool(size: 3)
            let barrier = try SessionBarrier(database)
            try await barrier.close()
            let pids = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<60 {
                    group.addTask {
                        try await pool.withSession { session in
                            try session.run(SessionBarrier.pass)
                            return session.backendPID
                        }
                    }
                }
                try await barrier.open(whenWaiting: 3)
                return try await group.reduce(into: Set<Int>()) { $0.insert($1) }
            }
            await barrier.end()
            #expect((1...3).contains(pids.count))
            // Autovacuum may be looking at the database as well.
            let open: PostgresQuery =
                "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'"
            try await eventually("the barrier's own session is gone") { try await pool.query(open).count <= 3 }
        }
    }

    @Test("uses one connection again for work that comes one after another")
    func reuse() async throws {
        try await TestDatabase.with { database in
            let pool = database.pool(size: 4)
            var pids: Set<Int> = []
            for _ in 0..<10 { pids.insert(try await pool.withSession { $0.backendPID }) }
            #expect(pids.count == 1)
        }
    }

    @Test("lets a caller wait, and serves it when a connection comes back")
    func waiting() async throws {
        try await TestDatabase.with { database in
            let (pool, observer) = (database.pool(size: 1), database.pool(size: 1))
            try await observer.run("CREATE TABLE gate (n int)")
            let release = DispatchSemaphore(value: 0)
            defer { release.signal() }
            let first = Task {
                try await pool.transaction { session in
                    try session.run("LOCK TABLE gate IN SHARE MODE")
                    release.wait()
                }
            }
            try await eventually {
                try await !observer.query("SELECT 1 FROM pg_locks WHERE relation = 'gate'::regclass AND granted").isEmpty
            }
            let second = Task { try await pool.query("SELECT 1").count }
            release.signal()
            #expect(try await second.value == 1)
            try await first.value
        }
    }

    @Test("tells a caller for whom none becomes free, and goes on serving", arguments: [Duration.milliseconds(30), .zero])
    func exhaustion(acquireTimeout: Duration) async throws {
        try await TestDatabase.with { database in
            let (pool, observer) = (database.pool(size: 1, acquireTimeout: acquireTimeout), database.pool(size: 1))
            let holder = Task { try await pool.query("SELECT pg_sleep(60)", timeout: .seconds(120)) }
            try await eventually { try await observer.running("SELECT pg_sleep") == 1 }
            for _ in 0..<20 {
                let error = await #expect(throws: PostgresError.self) { try await pool.query("SELECT 1") }
                #expect(error?.code == .poolExhausted)
                #expect(error?.isRetryable == true)
            }
            holder.cancel()
            _ = try? await holder.value
            #expect(try await pool.query("SELECT 1").count == 1)
        }
    }

    @Test("forgets a waiting caller whose task is cancelled")
    func cancelledWaiter() async throws {
        try await TestDatabase.with { database in
            let (pool, observer) = (database.pool(size: 1), database.pool(size: 1))
            let holder = Task { try await pool.query("SELECT pg_sleep(60)", timeout: .seconds(120)) }
            try await eventually { try await observer.running("SELECT pg_sleep") == 1 }
            let waiter = Task { try await pool.query("SELECT 1") }
            waiter.cancel()
            await #expect(throws: CancellationError.self) { try await waiter.value }
            holder.cancel()
            _ = try? await holder.value
            #expect(try await pool.query("SELECT 1").count == 1)
        }
    }

    @Test("works on at once after the server ended every connection while idle")
    func idleConnectionsLost() async throws {
        try await TestDatabase.with { database in
            let pool = database.pool(size: 3)
            let observer = try PostgresConnection(configuration: database.configuration)
            for _ in 0..<5 {
                let barrier = try SessionBarrier(database)
                try await barrier.close()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<3 { group.addTask { try await pool.run(SessionBarrier.pass) } }
                    try await barrier.open(whenWaiting: 3)
                    try await group.waitForAll()
                }
                await barrier.end()
                _ = try await observer.withSession { session in
                    try session.run(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
                }
                try await eventually {
                    try await observer.withSession { session in
                        try session.query("SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
                            .isEmpty
                    }
                }
                for _ in 0..<3 { #expect(try await pool.query("SELECT 1").count == 1) }
            }
            await observer.close()
        }
    }

    @Test("reports a connection lost at work as one that may be tried again, and recovers")
    func busyConnectionsLost() async throws {
        try await TestDatabase.with { database in
            let (pool, observer) = (database.pool(size: 2), database.pool(size: 1))
            let victims = (0..<2).map { _ in Task { try await pool.query("SELECT pg_sleep(60)", timeout: .seconds(120)) } }
            let sleepers: PostgresQuery = "FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND datname = current_database()"
            try await eventually { try await observer.query("SELECT 1 \(fragment: sleepers)").count == 2 }
            try await observer.run("SELECT pg_terminate_backend(pid) \(fragment: sleepers)")
            for victim in victims {
                let error = await #expect(throws: PostgresError.self) { try await victim.value }
                #expect(error?.isRetryable == true, "\(error.map(String.init(describing:)) ?? "")")
            }
            for _ in 0..<4 { #expect(try await pool.query("SELECT 1").count == 1) }
        }
    }

    @Test("refuses work once closed")
    func closing() async throws {
        try await TestDatabase.with { database in
            let pool = database.pool(size: 1)
            _ = try await pool.query("SELECT 1")
            await pool.close()
            let error = await #expect(throws: PostgresError.self) { try await pool.query("SELECT 1") }
            #expect(error?.code == .closed)
            let observer = database.pool(size: 1)
            try await eventually {
                try await observer.query("SELECT 1 FROM pg_stat_activity WHERE datname = current_database()").count == 1
            }
        }
    }

    @Test("waits for a server that is not there yet, or gives up when told so")
    func waitUntilReachable() async throws {
        let missing = PostgresPool(
            configuration: try PostgresConfiguration(url: "postgres://nobody@127.0.0.1:1/none"), size: 1, logger: TestDatabase.quietLogger)
        let error = await #expect(throws: PostgresError.self) { try await missing.waitUntilReachable { $0.code == .connectionFailed } }
        #expect(error?.code == .connectionFailed)
        let waiting = Task { try await missing.waitUntilReachable() }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        await missing.close()
        try await TestDatabase.with { database in try await database.pool().waitUntilReachable() }
    }
}
