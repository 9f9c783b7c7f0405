import Catalog
import Eventually
import Foundation
import Postgres
import TestDatabase
import Testing

@Suite("sluice doctor", .timeLimit(.minutes(20)))
struct DoctorTests {
    /// Runs it, with what it prints among what it says on stderr.
    private func doctor(
        _ world: ClusterWorld, _ arguments: [String] = ["--json"], _ changes: [String: String?] = [:]
    ) async throws -> (status: Int32, said: String, named: Set<String>) {
        let process = try world.start(
            "/bin/sh", ["-c", "exec \"$SLUICE_BIN_DIR/sluice\" doctor \"$@\" 1>&2 2>/dev/null", "sh"] + arguments, changes)
        let status = try await process.exitStatus()
        let document = (try? JSONValue(parsing: process.errors)) ?? .null
        let found = (document["findings"]?.elements ?? []).filter { ["error", "warning"].contains($0["verdict"]?.string) }
        return (
            status, process.errors,
            Set(found.compactMap { finding in finding["rule_id"]?.string.map { "\(finding["verdict"]?.string ?? "") \($0)" } })
        )
    }

    /// A scheduler that leads and a worker, which say which version they are.
    private func startProcesses(_ world: ClusterWorld, workerVersion: String = "r1") async throws {
        try world.start("sluice", ["scheduler"], ["SLUICE_VERSION": "r1"])
        try world.start("sluice", ["worker"], ["SLUICE_VERSION": workerVersion])
        try await world.reaches(2, "SELECT count(*) FROM sluice.live_workers")
        try await world.reaches(1, "SELECT count(*) FROM sluice.live_workers WHERE leads")
    }

    @Test("an installation that works: status 0, in words and as JSON")
    func healthy() async throws {
        try await ClusterWorld.with { world in
            #expect(try await doctor(world).status == 0)
            try await startProcesses(world)
            let found = try await doctor(world)
            #expect(found.status == 0 && found.named == [], "\(found.said)")
            #expect(try await doctor(world, []).said.hasPrefix("all is well"))
            #expect(try await doctor(world, ["--verbose"]).said.contains("ok    Migrations: "))
        }
    }

    @Test("what cannot be used at all: no variable, no key that fits, no database, no migrations")
    func unusable() async throws {
        try await ClusterWorld.with { world in
            let missing = try await doctor(world, ["--json"], ["SLUICE_SECRET_KEY": nil as String?])
            #expect(missing.status == 2 && missing.named == ["error CONFIGURATION_MUST_BE_SOUND"], "\(missing.said)")
            #expect(missing.said.contains("SLUICE_SECRET_KEY"))
            // The first to look plants what later keys are held against.
            #expect(try await doctor(world).status == 0)
            let wrong = try await doctor(world, ["--json"], ["SLUICE_SECRET_KEY": Data(repeating: 8, count: 32).base64EncodedString()])
            #expect(wrong.status == 2 && wrong.named == ["error SECRET_KEY_MUST_FIT"], "\(wrong.said)")
            let gone = try await doctor(world, ["--json"], ["DATABASE_URL": "postgres://nobody@127.0.0.1:1/none"])
            #expect(gone.status == 2 && gone.named == ["error CONTROL_DATABASE_MUST_ANSWER"], "\(gone.said)")
            try await world.pool.run("DELETE FROM sluice.migrations WHERE number = 19")
            let pending = try await doctor(world)
            #expect(pending.status == 2 && pending.named == ["error MIGRATIONS_MUST_BE_APPLIED"], "\(pending.said)")
            #expect(pending.said.contains("sluice migrate"))
        }
    }

    @Test("a role that may not sweep the queue: status 1, until the table is its own")
    func unswept() async throws {
        try await ClusterWorld.with { world in
            // The first to look plants what later keys are held against.
            #expect(try await doctor(world).status == 0)
            let role = "doctor_\(UUID().uuidString.prefix(8).lowercased())"
            try await world.pool.run("CREATE ROLE \(identifier: role) LOGIN")
            try await world.pool.run("GRANT USAGE ON SCHEMA sluice TO \(identifier: role)")
            try await world.pool.run("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA sluice TO \(identifier: role)")
            try await world.pool.run("GRANT ALL ON ALL SEQUENCES IN SCHEMA sluice TO \(identifier: role)")
            let address = world.database.url.replacing(/\/\/[^@]*@/, with: "//\(role)@")
            let found = try await doctor(world, ["--json"], ["DATABASE_URL": address])
            #expect(found.status == 1 && found.named == ["warning QUEUE_SHOULD_BE_SWEPT"], "\(found.said)")
            #expect(found.said.contains("ALTER TABLE sluice.jobs OWNER TO \(role)"))
            try await world.pool.run("ALTER TABLE sluice.jobs OWNER TO \(identifier: role)")
            #expect(try await doctor(world, ["--json"], ["DATABASE_URL": address]).named == [])
            try await world.pool.run("REASSIGN OWNED BY \(identifier: role) TO CURRENT_USER")
            try await world.pool.run("DROP OWNED BY \(identifier: role)")
            try await world.pool.run("DROP ROLE \(identifier: role)")
        }
    }

    @Test("two processes of different versions: status 1")
    func versions() async throws {
        try await ClusterWorld.with { world in
            try await startProcesses(world, workerVersion: "r2")
            let found = try await doctor(world)
            #expect(found.status == 1 && found.named == ["warning PROCESSES_SHOULD_BE_ONE_VERSION"], "\(found.said)")
            #expect(found.said.contains("r1 (1 scheduler), r2 (1 worker)"))
        }
    }

    @Test("a connection without a login, one whose variable is not set, and one that is not there")
    func connections() async throws {
        try await ClusterWorld.with { world in
            try await world.run(["connection", "create", "--app", "shop", "--db-key", "SHOP_URL", "--name", "shop"])
            let found = try await doctor(world)
            #expect(found.status == 2)
            #expect(found.named.isSuperset(of: ["error CONNECTION_MUST_WORK", "error TARGET_DATABASE_MUST_ANSWER"]), "\(found.said)")
            let reached = try await doctor(world, ["--json", "--connection", "shop"], ["SHOP_URL": world.database.url])
            #expect(reached.named == ["error CONNECTION_MUST_WORK"], "\(reached.said)")
            #expect(try await doctor(world, ["--connection", "nonsense"]).status != 0)
        }
    }
}
