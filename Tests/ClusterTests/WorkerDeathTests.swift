import Eventually
import Foundation
import Postgres
import TestDatabase
import Testing

@Suite("Workers end, die and freeze, and every job runs to its end once")
struct WorkerDeathTests {
    static let completed = "SELECT count(*) FROM sluice.finished_jobs WHERE state = 'completed'"
    static let running = "SELECT count(*) FROM sluice.jobs WHERE state = 'running'"

    @Test("SIGTERM: jobs that end soon end; the process exits with 0 and is announced no more")
    func endsWithShortJobs() async throws {
        try await ClusterWorld.with { world in
            let worker = try world.startProbe()
            try await world.enqueueProbes(4, milliseconds: 1000)
            // Not only claimed: what a worker has not begun when it is told to stop, it hands back.
            try await world.reaches(4, "SELECT count(*) FROM probe_runs")
            worker.send(SIGTERM)
            #expect(try await worker.exitStatus(within: .seconds(25)) == 0)
            #expect(try await world.number(Self.completed) == 4)
            #expect(try await world.number("SELECT count(*) FROM sluice.workers") == 0)
        }
    }

    @Test("SIGTERM: jobs that do not end are handed back, their attempt not counted, and another worker ends them")
    func handsBackLongJobs() async throws {
        try await ClusterWorld.with { world in
            let worker = try world.startProbe("--stop-grace-seconds", "1")
            try await world.enqueueProbes(3, milliseconds: 120_000)
            try await world.reaches(3, Self.running)
            worker.send(SIGTERM)
            #expect(try await worker.exitStatus(within: .seconds(25)) == 0)
            #expect(
                try await world.number("SELECT count(*) FROM sluice.jobs WHERE state = 'available' AND attempt = 0 AND crashes = 0") == 3)
            try await world.pool.run("UPDATE sluice.jobs SET args = '{}'")
            _ = try world.startProbe()
            try await world.reaches(3, Self.completed)
            #expect(try await world.number("SELECT count(*) FROM sluice.finished_jobs WHERE attempt = 1") == 3)
        }
    }

    @Test("SIGTERM while Postgres is away: the process still exits within 25 s, and another ends its jobs")
    func endsDuringOutage() async throws {
        try await ClusterWorld.with { world in
            let proxy = try world.proxy()
            try proxy.open()
            let worker = try world.start(
                "queue-probe", ["worker", "--lease-seconds", "3", "--stop-grace-seconds", "1"],
                ["DATABASE_URL": try world.url(through: proxy)])
            try await world.enqueueProbes(2, milliseconds: 120_000)
            try await world.reaches(2, Self.running)
            proxy.close()
            worker.send(SIGTERM)
            #expect(try await worker.exitStatus(within: .seconds(25)) == 0)
            try await world.pool.run("UPDATE sluice.jobs SET args = '{}'")
            _ = try world.startProbe()
            try await world.reaches(2, Self.completed)
        }
    }

    @Test("SIGKILL: the jobs of a dead worker run on another once their leases have lapsed, and each is completed once")
    func killed() async throws {
        try await ClusterWorld.with { world in
            let victim = try world.startProbe()
            try await world.enqueueProbes(8, milliseconds: 3000)
            try await world.reaches(4, Self.running)
            let other = try world.startProbe()
            try await world.reaches(8, Self.running)
            victim.send(SIGKILL)
            #expect(try await victim.exitStatus() == -SIGKILL)
            try await world.reaches(8, Self.completed)
            #expect(try await world.number("SELECT count(*) FROM sluice.jobs") == 0)
            #expect(try await world.number("SELECT count(*) FROM sluice.finished_jobs WHERE worker LIKE '%.\(other.pid).%'") == 8)
            // Twelve starts: four of the dead worker left no end.
            #expect(try await world.number("SELECT count(*) FROM probe_runs WHERE ended_at IS NULL") == 4)
            #expect(try await world.number("SELECT count(DISTINCT job_id) FROM probe_runs WHERE ended_at IS NOT NULL") == 8)
        }
    }

    @Test("SIGSTOP beyond the lease: another worker ends the job, and the frozen one, thawed, changes nothing")
    func frozen() async throws {
        try await ClusterWorld.with { world in
            let frozen = try world.startProbe()
            try await world.enqueueProbes(3, milliseconds: 1500)
            try await world.reaches(3, "SELECT count(*) FROM probe_runs")
            frozen.send(SIGSTOP)
            let other = try world.startProbe()
            try await world.reaches(3, Self.completed)
            frozen.send(SIGCONT)
            // It has noticed when it says so; its handlers were past their waiting the moment it woke.
            try await eventually("the thawed worker notices") { frozen.errors.contains("lease") }
            try await world.enqueueProbes(20, milliseconds: 100)
            try await world.reaches(23, Self.completed)
            #expect(frozen.isRunning)
            #expect(
                try await world.number("SELECT count(*) FROM sluice.finished_jobs WHERE attempt = 2 AND worker LIKE '%.\(other.pid).%'")
                    == 3)
            // The end of a run is noted under its lease: the frozen worker's runs have none.
            #expect(try await world.number("SELECT count(*) FROM probe_runs WHERE ended_at IS NULL") == 3)
            #expect(
                try await world.number("SELECT count(*) FROM probe_runs WHERE worker LIKE '%.\(frozen.pid).%' AND ended_at IS NOT NULL") > 0
            )
        }
    }

    @Test("a job that kills every worker that runs it ends as failed, and the others' jobs run")
    func crashing() async throws {
        try await ClusterWorld.with { world in
            let enqueueing = try world.start("queue-probe", ["enqueue", "--crash"])
            #expect(try await enqueueing.exitStatus() == 0)
            for attempt in 1...5 {
                let worker = try world.startProbe("--lease-seconds", "1")
                try await world.reaches(attempt, "SELECT count(*) FROM probe_runs")
                #expect(try await worker.exitStatus() == -SIGKILL)
            }
            _ = try world.startProbe("--lease-seconds", "1")
            try await world.reaches(1, "SELECT count(*) FROM sluice.failed_jobs")
            try await world.enqueueProbes(1, milliseconds: 0)
            try await world.reaches(1, Self.completed)
        }
    }

    @Test("a job of a kind that no worker knows waits for one that does; arguments that cannot be read fail the job, not the worker")
    func badJobs() async throws {
        try await ClusterWorld.with { world in
            let worker = try world.startProbe()
            try await world.pool.run(
                "INSERT INTO sluice.jobs (kind, args) VALUES ('of the future', '{}'), ('probe', '{\"ms\": \"soon\"}'), ('probe', '[]')")
            try await world.reaches(2, "SELECT count(*) FROM sluice.failed_jobs WHERE last_error LIKE '%arguments%'")
            #expect(
                try await world.number(
                    "SELECT count(*) FROM sluice.jobs WHERE kind = 'of the future' AND state = 'available' AND attempt = 0") == 1)
            #expect(worker.isRunning)
        }
    }
}
