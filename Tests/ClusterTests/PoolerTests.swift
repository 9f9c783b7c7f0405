import Catalog
import Eventually
import Foundation
import JobQueue
import Logging
import Postgres
import TestDatabase
import Testing

/// A real PgBouncer in front of the tests' server.
private struct Pooler {
    let url: String
    private let process: Process
    private let directory: URL

    /// - Returns: nil where PgBouncer is not installed.
    static var executable: String? {
        ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer"].first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    init(_ executable: String, before database: TestDatabase, mode: String) async throws {
        directory = FileManager.default.temporaryDirectory.appending(component: "pooler-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let port = try CutOffProxy.freePort()
        var address = try #require(URLComponents(string: database.url))
        let server = "host=\(address.host ?? "") port=\(address.port ?? 5432) user=\(address.user ?? "")"
        let settings = """
            [databases]
            * = \(server)
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = \(port)
            unix_socket_dir =
            auth_type = any
            pool_mode = \(mode)
            default_pool_size = 20
            logfile = \(directory.path)/log
            """
        let file = directory.appending(component: "pgbouncer.ini")
        try settings.write(to: file, atomically: true, encoding: .utf8)
        // It refuses to run as root.
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: directory.path)
        process = Process()
        let isRoot = geteuid() == 0
        process.executableURL = URL(filePath: isRoot ? "/usr/bin/setpriv" : executable)
        process.arguments =
            (isRoot ? ["--reuid=nobody", "--regid=nogroup", "--clear-groups", executable] : []) + ["--quiet", file.path]
        process.standardInput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        address.port = Int(port)
        url = try #require(address.string)
        let pool = PostgresPool(configuration: try PostgresConfiguration(url: url), size: 1, logger: TestDatabase.quietLogger)
        try await eventually { (try? await pool.query("SELECT 1")) != nil }
        await pool.close()
    }

    func stop() {
        // The test runner blocks the signals that would end it in order, and a child inherits that.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        try? FileManager.default.removeItem(at: directory)
    }

    static func with(_ world: ClusterWorld, mode: String, _ body: (Pooler) async throws -> Void) async throws {
        let pooler = try await Pooler(try #require(executable), before: world.database, mode: mode)
        defer { pooler.stop() }
        try await body(pooler)
    }
}

@Suite("PgBouncer", .enabled(if: Pooler.executable != nil, "PgBouncer is installed"))
struct PoolerTests {
    @Test("in transaction mode before the control database is recognised and refused in one line; in session mode it is served")
    func control() async throws {
        try await ClusterWorld.with { world in
            try await Pooler.with(world, mode: "transaction") { pooler in
                for command in ["worker", "scheduler", "api"] {
                    let process = try world.start("sluice", [command], ["DATABASE_URL": pooler.url, "PORT": "0"])
                    #expect(try await process.exitStatus() == 78)
                    #expect(process.errors.contains("DATABASE_URL leads to a pooler in transaction mode"), "\(process.errors)")
                    #expect(process.errors.filter(\.isNewline).count == 1, "\(process.errors)")
                }
            }
            try await Pooler.with(world, mode: "session") { pooler in
                _ = try world.start("sluice", ["scheduler"], ["DATABASE_URL": pooler.url])
                try await world.reaches(1, "SELECT count(*) FROM sluice.live_workers WHERE leads")
            }
        }
    }

    @Test("in transaction mode serves a session whose statements find it set as they need, and leaves no setting to others")
    func settings() async throws {
        try await ClusterWorld.with { world in
            try await world.pool.run(
                "ALTER DATABASE \(identifier: world.database.name) SET IntervalStyle TO 'sql_standard'")
            try await Pooler.with(world, mode: "transaction") { pooler in
                let pool = PostgresPool(
                    configuration: try PostgresConfiguration(url: pooler.url), size: 4, logger: TestDatabase.quietLogger)
                let style = PostgresQuery(sql: "SELECT '1 day 2 hours'::interval::text AS text")
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<40 {
                        group.addTask {
                            #expect(try await pool.query(.prepared(style))[0].decode("text", as: String.self) == "1 day 02:00:00")
                            let inside = try await pool.transaction { session in
                                try session.query(style)[0].decode("text", as: String.self)
                            }
                            #expect(inside == "1 day 02:00:00")
                        }
                    }
                    try await group.waitForAll()
                }
                // Somebody else's session of the same pool, which nobody of ours has set.
                let session = try await PostgresPooling.detect(pool)
                #expect(session == .transaction)
                await pool.close()
                let psql = try ProcessUnderTest(
                    "/usr/bin/psql", ["--no-psqlrc", "--tuples-only", "--no-align", "--command", "SHOW IntervalStyle", pooler.url],
                    environment: [:])
                #expect(try await psql.exitStatus() == 0)
                #expect(psql.output.trimmingCharacters(in: .whitespacesAndNewlines) == "sql_standard")
            }
        }
    }

    @Test("in transaction mode before a target is worked with, and the log says that LISTEN is dead")
    func target() async throws {
        try await ClusterWorld.with { world in
            try await Pooler.with(world, mode: "transaction") { pooler in
                let pool = PostgresPool(
                    configuration: try PostgresConfiguration(url: pooler.url), size: 1, logger: TestDatabase.quietLogger)
                #expect(try await PostgresPooling.detect(pool) == .transaction)
                await pool.close()
                let synced = try await SyncedWorld(world, target: pooler.url)
                let processes = try synced.start()
                try await processes[0].says("LISTEN is dead behind a pooler in transaction mode")
                try await world.reaches(1, "SELECT count(*) FROM sluice.mappings WHERE state = 'DATA_SYNCED'", within: .seconds(90))
                #expect(try await world.number("SELECT count(*) FROM salesforce.account WHERE sfid IS NOT NULL") == 20)
                try await world.pool.run("INSERT INTO salesforce.account (name) VALUES ('from Postgres')")
                try await world.run(["job", "enqueue", "write", "--connection", synced.connection])
                try await world.reaches(1, "SELECT count(*) FROM salesforce.account WHERE name = 'from Postgres' AND sfid IS NOT NULL")
            }
        }
    }
}
