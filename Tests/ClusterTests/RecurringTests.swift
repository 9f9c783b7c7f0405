import Eventually
import Foundation
import JobQueue
import Postgres
import TestDatabase
import Testing

@Suite("Recurring jobs run once per due time, whoever dies")
struct RecurringTests {
    @Test("two schedulers, the leader killed again and again: every slot of a schedule of one second becomes one job")
    func kills() async throws {
        try await ClusterWorld.with { world in
            try await world.queue.setSchedule(
                Schedule(name: "tick", timing: .every(.seconds(1)), missed: .each, job: NewJob(kind: "probe")))
            _ = try world.startProbe()
            var schedulers = [try world.start("sluice", ["scheduler"]), try world.start("sluice", ["scheduler"])]
            for _ in 0..<3 {
                try await eventually("one leads") { try await leader(world) != nil }
                let slots = try await world.number("SELECT count(*) FROM sluice.schedule_runs WHERE name = 'tick'")
                try await world.reaches(slots + 2, "SELECT count(*) FROM sluice.schedule_runs WHERE name = 'tick'")
                let pid = try #require(try await leader(world))
                let victim = try #require(schedulers.first { $0.pid == pid })
                victim.send(SIGKILL)
                _ = try await victim.exitStatus()
                schedulers.removeAll { $0.pid == pid }
                schedulers.append(try world.start("sluice", ["scheduler"]))
            }
            let slots = try await world.number("SELECT count(*) FROM sluice.schedule_runs WHERE name = 'tick'")
            try await world.reaches(slots + 3, "SELECT count(*) FROM sluice.finished_jobs WHERE kind = 'probe' AND state = 'completed'")
            for scheduler in schedulers { scheduler.send(SIGTERM) }
            for scheduler in schedulers { #expect(try await scheduler.exitStatus(within: .seconds(25)) == 0) }
            let row = try await world.pool.query(
                """
                SELECT count(*) AS jobs, count(DISTINCT args->>'scheduled_for') AS slots,
                       extract(epoch FROM max((args->>'scheduled_for')::timestamptz) - min((args->>'scheduled_for')::timestamptz))::bigint + 1 AS expected
                FROM sluice.all_jobs WHERE kind = 'probe'
                """)[0]
            let jobs: Int = try row.decode("jobs")
            #expect(try jobs == row.decode("slots", as: Int.self))
            #expect(try jobs == row.decode("expected", as: Int.self))
        }
    }

    @Test("the cluster sweeps up by schedule: a worker runs it, and old jobs are gone")
    func housekeeping() async throws {
        try await ClusterWorld.with { world in
            _ = try world.start("sluice", ["scheduler"])
            _ = try world.start("sluice", ["worker"])
            try await world.reaches(2, "SELECT count(*) FROM sluice.schedules")
            try await world.pool.run(
                """
                INSERT INTO sluice.finished_jobs (id, kind, state, priority, run_at, attempt, args, created_at, finished_at, plane)
                SELECT 1000000 + n, 'old', 'completed', 100, now(), 1, '{}', now(), now() - interval '8 days', 5 FROM generate_series(1, 12000) AS n
                """)
            try await world.pool.run(
                "UPDATE sluice.history_planes SET opened_at = now() - interval '9 days', closed_at = now() - interval '8 days' WHERE plane = 5"
            )
            try await world.pool.run("UPDATE sluice.schedules SET next_at = sluice.clock()")
            try await world.reaches(2, "SELECT count(*) FROM sluice.finished_jobs WHERE kind = 'housekeeping' AND state = 'completed'")
            #expect(try await world.number("SELECT count(*) FROM sluice.finished_jobs WHERE kind = 'old'") == 0)
            #expect(
                try await world.text("SELECT outcome FROM sluice.finished_jobs WHERE args->>'task' = 'prune'")
                    == "emptied 1 planes of finished jobs, removed 0 fired slots, 0 events, 0 answers, 0 descriptions")
        }
    }

    private func leader(_ world: ClusterWorld) async throws -> Int32? {
        try await world.text("SELECT pid FROM sluice.live_workers WHERE leads").flatMap(Int32.init)
    }
}
