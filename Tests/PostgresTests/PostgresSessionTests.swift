import Eventually
import Foundation
import Postgres
import TestDatabase
import Testing

@Suite("A session")
struct PostgresSessionTests {
    @Test("reports the server's refusal with SQLSTATE, table, column and constraint")
    func serverErrors() async throws {
        try await TestDatabase.with { database in
            let pool = database.pool(size: 1)
            try await pool.run("CREATE TABLE orders (id int CONSTRAINT orders_once PRIMARY KEY, note text NOT NULL)")
            try await pool.run("INSERT INTO orders VALUES (1, 'x')")
            let duplicate = await #expect(throws: PostgresError.self) { try await pool.run("INSERT INTO orders VALUES (1, 'y')") }
            #expect(duplicate?.sqlState == PostgresError.uniqueViolation)
            #expect(duplicate?.constraint == "orders_once")
            #expect(duplicate?.table == "orders")
            #expect(duplicate?.detail == "Key (id)=(1) already exists.")
            #expect(duplicate?.isRetryable == false)
            let null = await #expect(throws: PostgresError.self) { try await pool.run("INSERT INTO orders VALUES (2, NULL)") }
            #expect(null?.column == "note")
            let unknown = await #expect(throws: PostgresError.self) { try await pool.query("SELECT * FROM nowhere") }
            #expect(unknown?.sqlState == PostgresError.undefinedTable)
            let raised = await #expect(throws: PostgresError.self) {
                try await pool.run("DO $$ BEGIN RAISE EXCEPTION 'no' USING HINT = 'ask first', ERRCODE = 'P0042'; END $$")
            }
            #expect(raised?.sqlState == "P0042")
            #expect(raised?.hint == "ask first")
            #expect(try await pool.query("SELECT 1").count == 1)
        }
    }

    @Test("a refusal of 10 MB, as a user's trigger may raise, is cut to what people read")
    func longServerErrors() async throws {
        try await TestDatabase.with { database in
            let pool = database.pool(size: 1)
            let raised = await #expect(throws: PostgresError.self) {
                try await pool.run(
                    """
                    DO $$ DECLARE long text := repeat('Grüße 東京 ', 1000000); BEGIN
                    RAISE EXCEPTION '%', long USING DETAIL = long, HINT = long, CONSTRAINT = long, ERRCODE = 'P0042'; END $$
                    """)
            }
            let error = try #require(raised)
            #expect(error.sqlState == "P0042" && error.message.hasPrefix("Grüße 東京") && error.message.hasSuffix("…"))
            let texts = [error.message, error.detail, error.hint, error.context, error.constraint, "\(error)"].compactMap(\.self)
            #expect(texts.count == 6)
            for text in texts { #expect(text.unicodeScalars.count <= 2000) }
            #expect(try await pool.query("SELECT 1").count == 1)
        }
    }

    @Test("keeps what a transaction did when it returns, and nothing when it throws")
    func transactions() async throws {
        struct Planned: Error {}
        try await TestDatabase.with { database in
            let pool = database.pool(size: 1)
            try await pool.run("CREATE TABLE numbers (n int)")
            try await pool.transaction { session in _ = try session.run("INSERT INTO numbers VALUES (1)") }
            await #expect(throws: Planned.self) {
                try await pool.transaction { session in
                    try session.run("INSERT INTO numbers VALUES (2)")
                    throw Planned()
                }
            }
            await #expect(throws: PostgresError.self) {
                try await pool.transaction { session in
                    try session.run("INSERT INTO numbers VALUES (3)")
                    try session.run("INSERT INTO numbers VALUES ('x'::int)")
                }
            }
            #expect(try await pool.query("SELECT n FROM numbers").map { try $0.decode("n", as: Int.self) } == [1])
        }
    }

    @Test("rolls back a transaction that the work left open")
    func forgottenTransaction() async throws {
        try await TestDatabase.with { database in
            let pool = database.pool(size: 1)
            try await pool.run("CREATE TABLE numbers (n int)")
            let pid = try await pool.withSession { session in
                try session.run("BEGIN")
                try session.run("INSERT INTO numbers VALUES (1)")
                return session.backendPID
            }
            let after = try await pool.withSession { session in
                #expect(!session.isInTransaction)
                return (session.backendPID, try session.query("SELECT * FROM numbers").count)
            }
            #expect(after == (pid, 0))
        }
    }

    @Test("commits nothing of a failed transaction even when the work swallows the error")
    func failedTransactionIsNotCommitted() async throws {
        try await TestDatabase.with { database in
            let pool = database.pool(size: 1)
            try await pool.run("CREATE TABLE numbers (n int)")
            await #expect(throws: PostgresError.self, "COMMIT of a failed transaction rolls back: the caller must hear of it") {
                try await pool.transaction { session in
                    try session.run("INSERT INTO numbers VALUES (1)")
                    _ = try? session.run("SELECT 1 / 0")
                }
            }
            #expect(try await pool.query("SELECT * FROM numbers").isEmpty)
        }
    }

    @Test("runs a script of several statements as one")
    func scripts() async throws {
        try await TestDatabase.with { database in
            let pool = database.pool(size: 1)
            try await pool.withSession { try $0.script("CREATE TABLE a (n int); INSERT INTO a VALUES (1), (2);") }
            #expect(try await pool.query("SELECT * FROM a").count == 2)
            await #expect(throws: PostgresError.self) {
                try await pool.withSession { try $0.script("INSERT INTO a VALUES (3); SELECT nonsense; INSERT INTO a VALUES (4)") }
            }
            #expect(try await pool.query("SELECT * FROM a").count == 2)
        }
    }

    @Test("cancels a statement on the server when its time is over, and goes on")
    func timeouts() async throws {
        try await TestDatabase.with { database in
            let pool = database.pool(size: 1)
            let pid = try await pool.withSession { $0.backendPID }
            let error = await #expect(throws: PostgresError.self) {
                try await pool.query("SELECT pg_sleep(60)", timeout: .milliseconds(50))
            }
            #expect(error?.code == .timedOut)
            #expect(error?.isRetryable == true)
            #expect(try await pool.query("SELECT 1").count == 1)
            #expect(try await pool.withSession { $0.backendPID } == pid)
            #expect(try await database.pool().running("SELECT pg_sleep") == 0)
        }
    }

    @Test("stops a statement on the server when its task is cancelled, and goes on")
    func cancellation() async throws {
        try await TestDatabase.with { database in
            let (pool, observer) = (database.pool(size: 1), database.pool(size: 1))
            for _ in 0..<5 {
                let task = Task { try await pool.query("SELECT pg_sleep(60)", timeout: .seconds(120)) }
                try await eventually { try await observer.running("SELECT pg_sleep") == 1 }
                task.cancel()
                let error = await #expect(throws: PostgresError.self) { try await task.value }
                #expect(error?.code == .cancelled)
                #expect(error?.isRetryable == false)
                #expect(try await pool.query("SELECT 1").count == 1)
                #expect(try await observer.running("SELECT pg_sleep") == 0)
            }
        }
    }

    @Test("rolls back the transaction of a cancelled task")
    func cancelledTransaction() async throws {
        try await TestDatabase.with { database in
            let (pool, observer) = (database.pool(size: 1), database.pool(size: 1))
            try await pool.run("CREATE TABLE numbers (n int)")
            let task = Task {
                try await pool.transaction { session in
                    try session.run("INSERT INTO numbers VALUES (1)")
                    try session.run("SELECT pg_sleep(60)")
                }
            }
            try await eventually { try await observer.running("SELECT pg_sleep") == 1 }
            task.cancel()
            await #expect(throws: PostgresError.self) { try await task.value }
            #expect(try await pool.query("SELECT * FROM numbers").isEmpty)
        }
    }

    @Test("of a task that is cancelled already does nothing")
    func cancelledBefore() async throws {
        try await TestDatabase.with { database in
            let pool = database.pool(size: 1)
            try await pool.run("CREATE TABLE numbers (n int)")
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                try await pool.run("INSERT INTO numbers VALUES (1)")
            }
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(try await pool.query("SELECT * FROM numbers").isEmpty)
        }
    }

    @Test("carries a large parameter and a large answer")
    func largeValues() async throws {
        try await TestDatabase.with { database in
            let text = String(repeating: "0123456789abcdef", count: 1 << 19)
            let row = try await database.pool().query("SELECT \(text)::text || 'x' AS text")[0]
            #expect(try row.decode("text", as: String.self) == text + "x")
        }
    }
}
