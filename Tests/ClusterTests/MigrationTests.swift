import Foundation
import Testing

@Suite("Migrations and the processes that need them")
struct MigrationTests {
    @Test("of two processes that migrate at the same time, one applies each migration and both end well")
    func twoAtOnce() async throws {
        try await ClusterWorld.with(migrated: false) { world in
            let processes = try (0..<3).map { _ in try world.start("sluice", ["migrate"]) }
            for process in processes { #expect(try await process.exitStatus() == 0, "\(process.errors)") }
            let applied = processes.filter { !$0.errors.contains("applied=[]") && $0.errors.contains("applied=") }
            #expect(applied.count == 1, "\(processes.map(\.errors))")
            #expect(try await world.number("SELECT count(*) FROM sluice.jobs") == 0)
        }
    }

    @Test("processes that start before the migration wait, say so, and then work; ended while they wait, they end well")
    func startedBefore() async throws {
        try await ClusterWorld.with(migrated: false) { world in
            let roles = ["worker", "scheduler"]
            let processes = try roles.map { try world.start("sluice", [$0]) }
            let impatient = try world.start("sluice", ["worker"])
            for process in processes + [impatient] { try await process.says("run 'sluice migrate'") }
            try await world.terminateBackends()
            impatient.send(SIGTERM)
            #expect(try await impatient.exitStatus(within: .seconds(25)) == 0)
            let migration = try world.start("sluice", ["migrate"])
            #expect(try await migration.exitStatus() == 0)
            for role in roles { try await world.reaches(1, "SELECT count(*) FROM sluice.live_workers WHERE role = '\(role)'") }
            #expect(processes.map(\.isRunning) == [true, true])
        }
    }
}
