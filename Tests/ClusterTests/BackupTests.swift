import Accounts
import Eventually
import Foundation
import Postgres
import TestDatabase
import Testing

@Suite("A database that is restored from a backup")
struct BackupTests {
    /// The world's database and a second one, each with its backup.
    private struct Databases {
        let control: TestDatabase
        let target: TestDatabase
        let server: PostgresPool

        func backUp(_ database: TestDatabase) async throws {
            // A database that is copied has no sessions.
            _ = try await server.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = \(database.name)")
            try await server.run("CREATE DATABASE \(identifier: database.name + "_backup") TEMPLATE \(identifier: database.name)")
        }

        func restore(_ database: TestDatabase) async throws {
            try await server.run("DROP DATABASE \(identifier: database.name) WITH (FORCE)")
            try await server.run("ALTER DATABASE \(identifier: database.name + "_backup") RENAME TO \(identifier: database.name)")
        }
    }

    /// A load, a backup, and then what the backup does not know: a change in the org's table and a new record, both synced.
    ///
    /// - Parameter restore: puts one of the databases back, with the processes stopped.
    private func afterRestoring(
        _ choose: (Databases) -> TestDatabase, _ restored: (ClusterWorld, PostgresPool, SyncedWorld) async throws -> Void
    ) async throws {
        try await TestDatabase.with(migrations: []) { target in
            try await ClusterWorld.with { world in
                var address = try #require(URLComponents(string: world.database.url))
                address.path = "/postgres"
                let server = PostgresPool(
                    configuration: try PostgresConfiguration(url: address.string ?? ""), size: 1, logger: TestDatabase.quietLogger)
                let databases = Databases(control: world.database, target: target, server: server)
                let synced = try await SyncedWorld(world, target: target.url)
                var processes = try synced.start()
                try await world.reaches(1, "SELECT count(*) FROM sluice.mappings WHERE state = 'DATA_SYNCED'")
                try await synced.stop(processes)
                try await databases.backUp(choose(databases))
                processes = try synced.start()
                let rows = target.pool(size: 1)
                try await rows.run("UPDATE salesforce.account SET name = 'changed since' WHERE id = 1")
                try await rows.run("INSERT INTO salesforce.account (name) VALUES ('made since')")
                try await eventually {
                    let made = try await synced.accounts(named: "made since")
                    let changed = try await synced.accounts(named: "changed since")
                    return made == 1 && changed == 1
                }
                try await eventually {
                    try await rows.query("SELECT FROM salesforce._trigger_log WHERE state IN ('NEW', 'PENDING')").isEmpty
                }
                try await synced.stop(processes)
                await rows.close()
                try await databases.restore(choose(databases))
                let again = target.pool(size: 1)
                try await restored(world, again, synced)
                for name in ["made since", "changed since"] {
                    #expect(try await synced.accounts(named: name) == 1, "\(name) in the org")
                    #expect(
                        try await again.query("SELECT FROM salesforce.account WHERE name = \(name)").count == 1, "\(name) in the table")
                }
                #expect(try await again.query("SELECT sfid FROM salesforce.account GROUP BY sfid HAVING count(*) > 1").isEmpty)
                await again.close()
                await server.close()
            }
        }
    }

    @Test("the control database alone: nothing is doubled, and what comes next goes both ways")
    func control() async throws {
        try await afterRestoring {
            $0.control
        } _: { world, rows, synced in
            let processes = try synced.start()
            try await rows.run("INSERT INTO salesforce.account (name) VALUES ('made after')")
            try await eventually { try await synced.accounts(named: "made after") == 1 }
            try await synced.stop(processes)
        }
    }

    @Test("the target alone: set aside what was inserted, reload, and nothing is doubled")
    func target() async throws {
        try await afterRestoring {
            $0.target
        } _: { world, rows, synced in
            try await rows.run(
                "UPDATE salesforce._trigger_log SET state = 'IGNORED' WHERE state IN ('NEW', 'PENDING') AND action = 'INSERT'")
            let processes = try synced.start()
            try await world.run(["job", "enqueue", "reload", "--connection", synced.connection, "--object", "Account"])
            try await eventually {
                try await rows.query("SELECT FROM salesforce.account WHERE name IN ('made since', 'changed since')").count == 2
            }
            try await synced.stop(processes)
        }
    }
}
