import Foundation
public import Logging
public import Postgres
import Synchronization
import TestGate

/// A database of its own for one test, on the server that `scripts/test` starts. It is dropped when the test ends, however it ends.
///
///     try await TestDatabase.with(migrations: JobQueue.migrations) { database in
///         let queue = JobQueue(pool: database.pool())
///         …
///     }
public final class TestDatabase: Sendable {
    /// The database's name.
    public let name: String
    /// A `postgres://` URL of the database, for a process under test.
    public let url: String
    /// How to connect to it.
    public let configuration: PostgresConfiguration
    private let pools = Mutex<[PostgresPool]>([])

    init(server: TestServer, name: String) throws {
        self.name = name
        url = try server.url(database: name)
        configuration = try PostgresConfiguration(url: url, applicationName: "sluice tests")
    }

    /// A pool on the database; it is closed with it.
    public func pool(size: Int = 4, acquireTimeout: Duration = .seconds(30), logger: Logger = TestDatabase.quietLogger) -> PostgresPool {
        let pool = PostgresPool(configuration: configuration, size: size, acquireTimeout: acquireTimeout, logger: logger)
        pools.withLock { $0.append(pool) }
        return pool
    }

    /// A logger that says nothing, for parts whose warnings are the very point of a test.
    public static var quietLogger: Logger { Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() } }

    /// Runs a test with a new database and drops it afterwards.
    ///
    /// - Parameters:
    ///   - migrations: are applied first, through `PostgresMigrator`.
    ///   - schema: is where the migrator keeps its record.
    /// - Throws: what `body` threw, or `TestServerError` when there is no server.
    public static func with<Value>(
        migrations: [PostgresMigration] = [],
        schema: String = "sluice",
        isolation: isolated (any Actor)? = #isolation,
        _ body: (TestDatabase) async throws -> Value
    ) async throws -> Value {
        try await TestGate.pass { try await withDatabase(migrations: migrations, schema: schema, body) }
    }

    private static func withDatabase<Value>(
        migrations: [PostgresMigration], schema: String, isolation: isolated (any Actor)? = #isolation,
        _ body: (TestDatabase) async throws -> Value
    ) async throws -> Value {
        let server = try TestServer.shared.get()
        let template = migrations.isEmpty ? "template0" : try await server.templates.name(schema: schema, migrations: migrations)
        let name = "sluice_test_\(UUID().uuidString.prefix(13).lowercased().replacing("-", with: "_"))"
        try await server.createDatabase(name, template: template)
        let database = try TestDatabase(server: server, name: name)
        do {
            let value = try await body(database)
            await database.close()
            try await server.dropDatabase(name)
            return value
        } catch {
            await database.close()
            try? await server.dropDatabase(name)
            throw error
        }
    }

    private func close() async {
        for pool in pools.withLock({ $0 }) { await pool.close() }
    }
}
