import Catalog
import Foundation
import JobQueue
import Testing

@Suite("sluice connection limit")
struct ConnectionLimitCommandTests {
    @Test("sets, shows and lifts what a connection may use of the cluster")
    func limits() async throws {
        try await ClusterWorld.with { world in
            let create = ["connection", "create", "--app", "app", "--name", "limited", "--db-key", "DATABASE_URL"]
            #expect(try await world.start("sluice", create).exitStatus() == 0)
            let connection = try await CatalogStore(pool: world.pool).connection(named: "limited")
            func run(_ arguments: String...) async throws -> Int32 {
                try await world.start("sluice", ["connection", "limit", "limited"] + arguments).exitStatus()
            }
            #expect(try await run("--max-running", "2", "--per-minute", "60", "--burst", "5") == 0)
            #expect(try await world.queue.limits() == [connection.id: ConnectionLimit(maxRunning: 2, perMinute: 60, burst: 5)])
            #expect(try await run() == 0)
            #expect(try await run("--none") == 0)
            #expect(try await world.queue.limits().isEmpty)
        }
    }

    @Test(
        "refuses what is no limit, and names it",
        arguments: [
            (["nobody", "--max-running", "2"], ["nobody"]), (["limited", "--max-running", "0"], ["--max-running", "above 0"]),
            (["limited", "--burst", "3"], ["--per-minute"]), (["limited", "--none", "--per-minute", "3"], ["--none", "--per-minute"]),
        ])
    func refusals(_ arguments: [String], _ named: [String]) async throws {
        try await ClusterWorld.with { world in
            let command = try world.start("sluice", ["connection", "limit"] + arguments)
            #expect(try await command.exitStatus() != 0)
            #expect(named.allSatisfy(command.errors.contains), "\(command.errors)")
        }
    }
}
