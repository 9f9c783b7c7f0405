import Eventually
import Foundation
import Postgres
import TestDatabase
import Testing

@Suite("Probes of a process")
struct ProbeTests {
    private struct Probes {
        let process: ProcessUnderTest
        let alive: HealthCheck
        let ready: HealthCheck

        init(_ world: ClusterWorld, _ arguments: [String], _ changes: [String: String?] = [:]) throws {
            let port = Int(try CutOffProxy.freePort())
            process = try world.start("sluice", arguments + ["--metrics-port", "\(port)", "--metrics-host", "127.0.0.1"], changes)
            alive = HealthCheck(port: port)
            ready = HealthCheck(port: port, path: "/readyz")
        }

        /// Waits until it is alive, and not ready for this reason.
        func tells(_ code: String) async throws {
            try await eventually("\(code) is told") {
                guard await ready.status() == 503 else { return false }
                return await ready.body().contains("\"code\":\"\(code)\"")
            }
            #expect(await alive.status() == 200)
        }

        func isReady() async throws {
            try await eventually("it is ready") { await ready.status() == 200 }
            #expect(await alive.status() == 200)
        }
    }

    private static let processes = [["worker"], ["scheduler"], ["api", "--port", "0", "--host", "127.0.0.1"]]

    @Test("answer from the first moment on: not ready before the migrations, ready after them", arguments: processes)
    func migrations(_ arguments: [String]) async throws {
        try await ClusterWorld.with(migrated: false) { world in
            let probes = try Probes(world, arguments)
            try await probes.tells("migrations")
            try await probes.tells("starting")
            try await world.run(["migrate"])
            try await probes.isReady()
            probes.process.send(SIGTERM)
            #expect(try await probes.process.exitStatus() == 0)
        }
    }

    @Test("tell an outage of the database, before the start and after it, and its end", arguments: processes)
    func outage(_ arguments: [String]) async throws {
        try await ClusterWorld.with { world in
            let proxy = try world.proxy()
            let probes = try Probes(world, arguments, ["DATABASE_URL": try world.url(through: proxy)])
            try await probes.tells("database")
            try proxy.open()
            try await probes.isReady()
            proxy.close()
            try await probes.tells("database")
            try proxy.open()
            try await probes.isReady()
        }
    }

    @Test("of a scheduler tell that nobody leads; one that stands by is ready")
    func leader() async throws {
        try await ClusterWorld.with { world in
            let holder = world.database.pool(size: 1)
            _ = try await holder.query("SELECT pg_advisory_lock(hashtextextended('sluice.scheduler', 0))")
            // A session that holds the lead and is heard of, but is no scheduler: a standby does not end it.
            let held = Task {
                while !Task.isCancelled {
                    _ = try await holder.query("SELECT 1")
                    try await Task.sleep(for: .seconds(1))
                }
            }
            let first = try Probes(world, ["scheduler"])
            try await first.tells("leader")
            held.cancel()
            await holder.close()
            try await first.isReady()
            let second = try Probes(world, ["scheduler"])
            try await second.isReady()
            #expect(try await world.number("SELECT count(*) FROM sluice.live_workers WHERE leads") == 1)
            // Other roles do their work while the lead changes hands.
            first.process.send(SIGKILL)
            second.process.send(SIGKILL)
            let worker = try Probes(world, ["worker"])
            try await worker.isReady()
        }
    }

    @Test("stay alive and not ready while what is under way ends")
    func drain() async throws {
        try await ClusterWorld.with { world in
            let port = Int(try CutOffProxy.freePort())
            let probes = try Probes(world, ["api", "--port", "\(port)", "--host", "127.0.0.1"])
            try await probes.isReady()
            let health = HealthCheck(port: port)
            try await eventually("it listens") { await health.status() == 200 }
            let crowd = AnonymousClientTests.Crowd()
            try crowd.join(port, sending: "POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: 4000\r\n\r\ntoken=")
            // The server has read the head once it has answered somebody who came after it.
            try await eventually { await HealthCheck(port: port).status() == 200 }
            probes.process.send(SIGTERM)
            try await probes.tells("drain")
            crowd.leave()
            #expect(try await probes.process.exitStatus() == 0)
        }
    }
}
