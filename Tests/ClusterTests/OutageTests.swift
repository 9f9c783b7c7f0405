import Eventually
import Foundation
import TestDatabase
import Testing

@Suite("Processes outlive the absence of Postgres")
struct OutageTests {
    @Test(
        "one that starts while Postgres cannot be reached says so, goes on trying, and works once it is there",
        arguments: ["migrate", "worker", "scheduler"])
    func unreachableAtStart(_ command: String) async throws {
        try await ClusterWorld.with(migrated: command != "migrate") { world in
            let proxy = try world.proxy()
            let process = try world.start("sluice", [command], ["DATABASE_URL": try world.url(through: proxy)])
            try await process.says("Postgres cannot be reached, trying again")
            #expect(process.isRunning)
            try proxy.open()
            if command == "migrate" {
                #expect(try await process.exitStatus() == 0)
                #expect(try await world.number("SELECT count(*) FROM sluice.jobs") == 0)
            } else {
                try await world.reaches(1, "SELECT count(*) FROM sluice.live_workers WHERE role = '\(command)'")
            }
        }
    }

    @Test("a worker whose connections are cut, ended by the server, and refused for a while goes on with its jobs")
    func workerDuringOutage() async throws {
        try await ClusterWorld.with { world in
            let proxy = try world.proxy()
            try proxy.open()
            let worker = try world.start(
                "queue-probe", ["worker", "--lease-seconds", "3", "--poll-seconds", "1"], ["DATABASE_URL": try world.url(through: proxy)])
            try await world.enqueueProbes(200, milliseconds: 20)
            try await world.reaches(20, "SELECT count(*) FROM sluice.finished_jobs")
            proxy.cut()
            try await world.reaches(60, "SELECT count(*) FROM sluice.finished_jobs")
            try await world.terminateBackends()
            try await world.reaches(100, "SELECT count(*) FROM sluice.finished_jobs")
            proxy.close()
            try await worker.says("The queue cannot be reached, trying again")
            try proxy.open()
            try await world.reaches(200, "SELECT count(*) FROM sluice.finished_jobs WHERE state = 'completed'")
            #expect(worker.isRunning)
            #expect(try await world.number("SELECT count(*) FROM sluice.jobs") == 0)
        }
    }

    @Test("worker and scheduler announce themselves again and again after every session was ended")
    func sluiceProcessesDuringOutage() async throws {
        try await ClusterWorld.with { world in
            let proxy = try world.proxy()
            try proxy.open()
            let variables: [String: String?] = ["DATABASE_URL": try world.url(through: proxy)]
            let processes = [try world.start("sluice", ["worker"], variables), try world.start("sluice", ["scheduler"], variables)]
            try await world.reaches(2, "SELECT count(*) FROM sluice.live_workers")
            for _ in 0..<3 {
                try await world.terminateBackends()
                let cut = try #require(try await world.text("SELECT sluice.clock()"))
                try await world.reaches(2, "SELECT count(*) FROM sluice.workers WHERE heartbeat_at > '\(cut)'")
            }
            proxy.close()
            try await processes[1].says("The scheduler cannot work, trying again")
            try proxy.open()
            let opened = try #require(try await world.text("SELECT sluice.clock()"))
            try await world.reaches(2, "SELECT count(*) FROM sluice.workers WHERE heartbeat_at > '\(opened)'")
            try await world.reaches(1, "SELECT count(*) FROM sluice.live_workers WHERE leads")
            for process in processes {
                #expect(process.isRunning)
                process.send(SIGTERM)
                #expect(try await process.exitStatus(within: .seconds(25)) == 0)
            }
        }
    }

    @Test(
        "the API waits for Postgres at its start, says with a body that it is not ready while Postgres is away, and that it is afterwards")
    func apiDuringOutage() async throws {
        try await ClusterWorld.with { world in
            let proxy = try world.proxy()
            let port = Int(try CutOffProxy.freePort())
            let api = try world.start(
                "sluice", ["api", "--port", "\(port)", "--host", "127.0.0.1"], ["DATABASE_URL": try world.url(through: proxy)])
            let health = HealthCheck(port: port, path: "/readyz")
            try await api.says("Postgres cannot be reached, trying again")
            try proxy.open()
            try await eventually("the API is healthy") { await health.status() == 200 }
            proxy.close()
            try await eventually("the API says 503") { await health.status() == 503 }
            #expect(await health.body().contains(#""code":"database""#))
            try proxy.open()
            try await eventually("the API is healthy again") { await health.status() == 200 }
            proxy.cut()
            try await eventually("the API is healthy after a cut") { await health.status() == 200 }
            #expect(api.isRunning)
            api.send(SIGTERM)
            #expect(try await api.exitStatus(within: .seconds(25)) == 0)
        }
    }
}
