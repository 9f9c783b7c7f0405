import Eventually
import Postgres
import TestDatabase
import Testing

@Suite("A connection shared by several tasks")
struct PostgresConnectionTests {
    @Test("does not interrupt the work that runs when a task that waits for it is cancelled")
    func cancelledWhileQueued() async throws {
        try await TestDatabase.with { database in
            let observer = database.pool(size: 1)
            let (holder, shared) = (
                try PostgresConnection(configuration: database.configuration), try PostgresConnection(configuration: database.configuration)
            )
            _ = try await holder.withSession { try $0.run("SELECT pg_advisory_lock(1)") }
            let running = Task { try await shared.withSession { try $0.query("SELECT pg_advisory_lock(1)").count } }
            let waiting: PostgresQuery =
                "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            try await eventually { try await observer.query(waiting).count == 1 }
            let queued = (0..<50).map { _ in Task { try await shared.withSession { try $0.run("SELECT 1") } } }
            for task in queued {
                await Task.yield()
                task.cancel()
            }
            _ = try await holder.withSession { try $0.run("SELECT pg_advisory_unlock(1)") }
            #expect(try await running.value == 1)
            for task in queued { await #expect(throws: CancellationError.self) { try await task.value } }
            await shared.close()
            await holder.close()
        }
    }

    @Test("that nobody holds any more leaves the server, also without being closed")
    func forgotten() async throws {
        try await TestDatabase.with { database in
            let observer = database.pool(size: 1)
            let others: PostgresQuery = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            var connection: PostgresConnection? = try PostgresConnection(configuration: database.configuration)
            _ = try await connection?.withSession { try $0.run("SELECT 1") }
            #expect(try await observer.query(others).count == 1)
            connection = nil
            try await eventually { try await observer.query(others).isEmpty }
        }
    }

    @Test("refuses work once closed, and closes after the work already handed in")
    func closing() async throws {
        try await TestDatabase.with { database in
            let connection = try PostgresConnection(configuration: database.configuration)
            #expect(await !connection.isOpen)
            _ = try await connection.withSession { try $0.query("SELECT 1").count }
            #expect(await connection.isOpen)
            await connection.close()
            let error = await #expect(throws: PostgresError.self) { try await connection.withSession { try $0.run("SELECT 1") } }
            #expect(error?.code == .closed)
        }
    }

    @Test("that the server refuses says why with its SQLSTATE, in one line")
    func refused() async throws {
        try await TestDatabase.with { database in
            for (path, sqlState, said) in [
                ("nowhere", PostgresError.undefinedDatabase, "database \"nowhere\" does not exist"),
                ("\(database.name)?user=nobody", "28000", "role \"nobody\" does not exist"),
            ] {
                let url = database.url.replacing(database.name, with: path)
                let connection = try PostgresConnection(configuration: PostgresConfiguration(url: url, applicationName: "test"))
                let error = await #expect(throws: PostgresError.self) { try await connection.withSession { try $0.run("SELECT 1") } }
                #expect(error?.sqlState == sqlState, "\(error?.description ?? "")")
                #expect(error?.message.contains("FATAL:  \(said)") == true, "\(error?.message ?? "")")
                #expect(error?.message.contains("LOCATION") == false)
                await connection.close()
            }
        }
    }
}
