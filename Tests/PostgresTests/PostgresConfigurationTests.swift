import Logging
import Postgres
import TestDatabase
import Testing

@Suite("A connection string")
struct PostgresConfigurationTests {
    @Test("is read as a URL and as key and value")
    func isRead() throws {
        let url = try PostgresConfiguration(url: "postgres://ann:secret@db.example:6432/sales?sslmode=require")
        #expect(url.displayName == "db.example:6432/sales")
        let pairs = try PostgresConfiguration(url: "host=db.example user=ann password=secret")
        #expect(pairs.displayName == "db.example:5432/ann")
    }

    @Test(
        "that cannot be read is refused without repeating its password",
        arguments: [
            "", "postgres://ann:secret@db:port/x", "mysql secret", "postgres://ann:pass@secret@db/x", "postgres://ann:12/secret@db/x",
            "postgresql://ann:secret%zz@db/x", "postgres://ann@secret:secret@db:5432/x", "host=db password=two secret words",
        ])
    func isRefused(url: String) {
        let error = #expect(throws: PostgresError.self) { try PostgresConfiguration(url: url) }
        #expect(error?.code == .configuration)
        #expect(error?.isRetryable == false)
        #expect(error.map { "\($0)".contains("secret") } == false)
    }

    @Test("to nowhere fails as a connection that may come back, naming the server but not the password")
    func unreachable() async throws {
        let configuration = try PostgresConfiguration(url: "postgres://ann:secret@127.0.0.1:1/sales")
        let pool = PostgresPool(configuration: configuration, size: 1, logger: TestDatabase.quietLogger)
        let error = await #expect(throws: PostgresError.self) { try await pool.query("SELECT 1") }
        #expect(error?.code == .connectionFailed)
        #expect(error?.isRetryable == true)
        #expect(error?.message.contains("127.0.0.1:1/sales") == true)
        #expect(error.map { "\($0)".contains("secret") } == false)
        await pool.close()
    }

    @Test("carries the application's name and the session's settings to the server")
    func settings() async throws {
        try await TestDatabase.with { database in
            let configuration = try PostgresConfiguration(
                url: database.url, applicationName: "sluice worker.1",
                sessionSettings: [("search_path", "pg_catalog"), ("work_mem", "7MB")])
            let pool = PostgresPool(configuration: configuration, size: 1, logger: TestDatabase.quietLogger)
            let row = try await pool.query(
                "SELECT current_setting('application_name') AS name, current_setting('search_path') AS path, current_setting('work_mem') AS memory"
            )[0]
            #expect(try row.decode("name", as: String.self) == "sluice worker.1")
            #expect(try row.decode("path", as: String.self) == "pg_catalog")
            #expect(try row.decode("memory", as: String.self) == "7MB")
            await pool.close()
        }
    }
}
