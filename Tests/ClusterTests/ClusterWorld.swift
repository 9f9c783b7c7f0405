import Catalog
import Eventually
import Foundation
import JobQueue
import Postgres
import Synchronization
import TestDatabase

/// A database and the processes on it; none of them outlives the test.
final class ClusterWorld: Sendable {
    let database: TestDatabase
    let pool: PostgresPool
    let queue: JobQueue
    private let processes = Mutex<[ProcessUnderTest]>([])

    private init(_ database: TestDatabase) {
        self.database = database
        pool = database.pool(size: 2)
        queue = JobQueue(pool: pool)
    }

    /// Runs a test in a world of its own.
    ///
    /// - Parameter migrated: whether the database has the control tables and `probe_runs` already.
    static func with(migrated: Bool = true, _ body: (ClusterWorld) async throws -> Void) async throws {
        try await TestDatabase.with(migrations: migrated ? JobQueue.migrations + CatalogStore.migrations : []) { database in
            let world = ClusterWorld(database)
            do {
                if migrated {
                    let status = try await world.start("queue-probe", ["prepare"]).exitStatus()
                    guard status == 0 else { throw ProcessError(description: "queue-probe prepare ended with \(status)") }
                }
                try await body(world)
            } catch {
                let said = world.processes.withLock { $0.map { "\($0.pid): \($0.errors.suffix(1500))" } }
                await world.destroy()
                throw ProcessError(description: "\(error)\nwhat the processes said:\n\(said.joined(separator: "\n"))")
            }
            await world.destroy()
        }
    }

    private func destroy() async {
        for process in processes.withLock({ $0 }) { await process.destroy() }
    }

    /// The variables of a process on this database.
    var environment: [String: String] {
        [
            "DATABASE_URL": database.url, "SLUICE_SECRET_KEY": Data(repeating: 7, count: 32).base64EncodedString(),
            "LOG_LEVEL": "info",
        ]
    }

    /// The database's address by way of a proxy.
    func url(through proxy: CutOffProxy) throws -> String {
        guard var address = URLComponents(string: database.url) else { throw ProcessError(description: "no URL of the database") }
        address.host = "127.0.0.1"
        address.port = Int(proxy.port)
        guard let url = address.string else { throw ProcessError(description: "no URL of the proxy") }
        return url
    }

    func proxy() throws -> CutOffProxy { try CutOffProxy(targetPort: database.configuration.port) }

    /// Starts a process of this world.
    ///
    /// - Parameter changes: variables to set, or with nil to leave out.
    @discardableResult
    func start(_ executable: String, _ arguments: [String], _ changes: [String: String?] = [:]) throws -> ProcessUnderTest {
        var environment = environment
        for (name, value) in changes { environment[name] = value }
        let process = try ProcessUnderTest(executable, arguments, environment: environment)
        processes.withLock { $0.append(process) }
        return process
    }

    /// Runs a command to its end.
    ///
    /// - Returns: what it printed, without white space around it.
    @discardableResult
    func run(_ arguments: [String], _ changes: [String: String?] = [:], expecting status: Int32 = 0) async throws -> String {
        let process = try start("sluice", arguments, changes)
        let found = try await process.exitStatus()
        guard found == status else {
            throw ProcessError(description: "sluice \(arguments.prefix(2)) ended with \(found), not \(status): \(process.errors)")
        }
        return process.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Starts a worker that runs jobs of the kind `probe`, with leases short enough for a test.
    func startProbe(_ arguments: String...) throws -> ProcessUnderTest {
        try start("queue-probe", ["worker", "--lease-seconds", "3", "--poll-seconds", "1"] + arguments)
    }

    func enqueueProbes(_ count: Int, milliseconds: Int) async throws {
        let args = ["ms": milliseconds]
        _ = try await queue.enqueue(try (0..<count).map { _ in try NewJob(kind: "probe", args: args) })
    }

    func number(_ sql: String) async throws -> Int {
        try await pool.query(PostgresQuery(sql: "SELECT (\(sql))::bigint AS n"))[0].decode("n")
    }

    func text(_ sql: String) async throws -> String? {
        try await pool.query(PostgresQuery(sql: "SELECT (\(sql))::text AS t"))[0].decodeIfPresent("t")
    }

    /// Waits until a query counts at least `count`.
    func reaches(_ count: Int, _ sql: String, within timeout: Duration = .seconds(60)) async throws {
        try await eventually(timeout: timeout, "\(count) = \(sql)") { try await number(sql) >= count }
    }

    /// Ends every session on the database but those of this world's own pool.
    func terminateBackends() async throws {
        try await pool.run(
            """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND application_name <> \(database.configuration.applicationName)
            """)
    }
}
