import Foundation
import JobQueue
import Postgres
import TestDatabase
import Testing

@Suite("Recurring jobs, once per due time")
struct ScheduleTests {
    /// A queue whose clock a test moves.
    private struct World: Sendable {
        let database: TestDatabase
        let pool: PostgresPool
        let queue: JobQueue

        /// Fires what is due when the clock stands so much later than it does.
        @discardableResult
        func fire(after offset: String = "0 s") async throws -> Int {
            try await pool.transaction { session in
                try session.run("SELECT set_config('sluice.clock_offset', \(offset), true)")
                return try JobQueue.fireSchedules(in: session)
            }
        }

        func slots() async throws -> [String] {
            try await pool.query("SELECT args->>'scheduled_for' AS slot FROM sluice.all_jobs ORDER BY 1").map { try $0.decode("slot") }
        }

        func number(_ query: PostgresQuery) async throws -> Int { try await pool.query(query)[0].decode("n") }
    }

    private func withWorld(_ body: @Sendable (World) async throws -> Void) async throws {
        try await TestDatabase.with(migrations: JobQueue.migrations) { database in
            let pool = database.pool(size: 8)
            try await body(World(database: database, pool: pool, queue: JobQueue(pool: pool)))
        }
    }

    @Test("a slot becomes one job with the schedule's kind, arguments and keys, and the slot among the arguments")
    func fires() async throws {
        try await withWorld { world in
            let job = try NewJob(kind: "sweep", args: ["depth": 3], priority: 70, maxAttempts: 2, exclusiveKey: "sweep")
            try await world.queue.setSchedule(Schedule(name: "s", timing: .every(.seconds(60)), job: job))
            #expect(try await world.fire() == 0)
            #expect(try await world.fire(after: "61 s") == 1)
            #expect(try await world.fire(after: "62 s") == 0)
            let row = try await world.pool.query(
                """
                SELECT j.kind, j.args->>'depth' AS depth, j.priority, j.max_attempts, j.exclusive_key,
                       j.args->>'scheduled_for' = to_jsonb(s.last_at)#>>'{}' AS is_slot, s.next_at - s.last_at = '60 s' AS keeps_beat
                FROM sluice.jobs j, sluice.schedules s
                """)[0]
            #expect(try row.decode("kind", as: String.self) == "sweep")
            #expect(try row.decode("depth", as: String.self) == "3")
            #expect(try row.decode("priority", as: Int.self) == 70)
            #expect(try row.decode("max_attempts", as: Int.self) == 2)
            #expect(try row.decode("exclusive_key", as: String.self) == "sweep")
            #expect(try row.decode("is_slot", as: Bool.self))
            #expect(try row.decode("keeps_beat", as: Bool.self))
        }
    }

    @Test("missed slots become one job, or one job each, and the beat goes on", arguments: [Schedule.MissedSlots.once, .each])
    func missed(_ missed: Schedule.MissedSlots) async throws {
        try await withWorld { world in
            try await world.queue.setSchedule(
                Schedule(name: "s", timing: .every(.seconds(10)), missed: missed, job: NewJob(kind: "k")))
            #expect(try await world.fire(after: "55 s") == (missed == .once ? 1 : 5))
            #expect(try await world.fire(after: "59 s") == 0)
            #expect(try await world.fire(after: "61 s") == 1)
            #expect(
                try await world.number("SELECT count(DISTINCT args->>'scheduled_for') AS n FROM sluice.jobs") == (missed == .once ? 2 : 6))
        }
    }

    @Test("more missed slots than one look catches up with are caught up with by the next")
    func longOutage() async throws {
        try await withWorld { world in
            try await world.queue.setSchedule(Schedule(name: "s", timing: .every(.seconds(1)), missed: .each, job: NewJob(kind: "k")))
            var fired = 0
            for _ in 0..<4 { fired += try await world.fire(after: "250.5 s") }
            #expect(fired == 250)
        }
    }

    @Test("eight processes that fire at the same time, some of them ended by the server in the middle, fire each slot once")
    func manyAtOnce() async throws {
        try await withWorld { world in
            for number in 0..<20 {
                try await world.queue.setSchedule(
                    Schedule(name: "s\(number)", timing: .every(.seconds(1)), missed: .each, job: NewJob(kind: "k")))
            }
            for second in 1...12 {
                await withTaskGroup(of: Void.self) { group in
                    for process in 0..<8 {
                        group.addTask {
                            // A session that ends between firing and the commit takes what it fired with it.
                            let dies = process % 3 == 0
                            _ = try? await world.pool.transaction { session in
                                try session.run("SELECT set_config('sluice.clock_offset', \("\(second).9 s"), true)")
                                try JobQueue.fireSchedules(in: session)
                                if dies { try session.run("SELECT pg_terminate_backend(pg_backend_pid())") }
                            }
                        }
                    }
                }
            }
            try await world.fire(after: "12.9 s")
            let counted = try await world.pool.query(
                """
                SELECT count(*) AS jobs, count(DISTINCT (args->>'scheduled_for')) AS slots,
                       (SELECT count(*) FROM sluice.schedule_runs) AS runs,
                       (SELECT min(n) FROM (SELECT count(*) AS n FROM sluice.schedule_runs GROUP BY name) AS each) AS fewest
                FROM sluice.jobs
                """)[0]
            #expect(try counted.decode("jobs", as: Int.self) == counted.decode("runs", as: Int.self))
            #expect(try counted.decode("slots", as: Int.self) == counted.decode("jobs", as: Int.self))
            #expect(try counted.decode("fewest", as: Int.self) >= 12)
        }
    }

    @Test("a slot is not fired again when the clock, or the schedule, is set back")
    func setBack() async throws {
        try await withWorld { world in
            try await world.queue.setSchedule(Schedule(name: "s", timing: .every(.seconds(10)), missed: .each, job: NewJob(kind: "k")))
            #expect(try await world.fire(after: "31 s") == 3)
            #expect(try await world.fire(after: "-60 s") == 0)
            try await world.pool.run("UPDATE sluice.schedules SET next_at = next_at - interval '20 s'")
            #expect(try await world.fire(after: "32 s") == 0)
            #expect(try await world.fire(after: "41 s") == 1)
        }
    }

    @Test("with a unique key, a slot that comes while the last one's job waits makes none; a paused schedule makes none at all")
    func uniqueAndPaused() async throws {
        try await withWorld { world in
            try await world.queue.setSchedule(
                Schedule(name: "s", timing: .every(.seconds(10)), missed: .each, job: NewJob(kind: "k", uniqueKey: "s")))
            try await world.fire(after: "31 s")
            #expect(try await world.slots().count == 1)
            try await world.pool.run("DELETE FROM sluice.jobs")
            try await world.pool.run("UPDATE sluice.schedules SET paused = true")
            #expect(try await world.fire(after: "41 s") == 0)
        }
    }

    @Test("setting a schedule again keeps its next slot, unless its times change; removing it ends it")
    func set() async throws {
        try await withWorld { world in
            let next: PostgresQuery = "SELECT extract(epoch FROM next_at - sluice.clock())::bigint AS n FROM sluice.schedules"
            try await world.queue.setSchedule(Schedule(name: "s", timing: .every(.seconds(1000)), job: NewJob(kind: "k")))
            try await world.pool.run("UPDATE sluice.schedules SET next_at = next_at - interval '900 s'")
            try await world.queue.setSchedule(Schedule(name: "s", timing: .every(.seconds(1000)), job: NewJob(kind: "other")))
            #expect(try await world.number(next) <= 100)
            try await world.queue.setSchedule(Schedule(name: "s", timing: .every(.seconds(5000)), job: NewJob(kind: "other")))
            #expect(try await world.number(next) > 4000)
            #expect(try await world.queue.removeSchedule("s"))
            #expect(try await !world.queue.removeSchedule("s"))
        }
    }

    @Test(
        "cron expressions, in their time zone, over the changes of clocks",
        arguments: [
            ("*/15 * * * *", "UTC", "2026-11-24 04:07:33Z", "2026-11-24 04:15:00Z"),
            ("0 9 * * mon-fri", "Europe/Berlin", "2026-11-20 12:00:00Z", "2026-11-23 08:00:00Z"),
            ("0 0 1,15 * *", "UTC", "2026-12-15 00:00:00Z", "2027-01-01 00:00:00Z"),
            // Day and weekday that are both restricted mean either: Friday comes before the 13th.
            ("0 0 13 * 5", "UTC", "2026-11-24 00:00:00Z", "2026-11-27 00:00:00Z"),
            ("0 0 * * 7", "UTC", "2026-11-24 00:00:00Z", "2026-11-29 00:00:00Z"),
            ("0 0 29 feb *", "UTC", "2097-01-01 00:00:00Z", "2104-02-29 00:00:00Z"),
            ("@hourly", "Asia/Kathmandu", "2026-11-24 04:00:00Z", "2026-11-24 04:15:00Z"),
            // 02:30 does not exist on 8 March in New York: as much later as clocks went forward.
            ("30 2 * * *", "America/New_York", "2026-03-07 12:00:00Z", "2026-03-08 07:30:00Z"),
            // 01:30 comes twice on 1 November: once, the first time …
            ("30 1 * * *", "America/New_York", "2026-11-01 04:00:00Z", "2026-11-01 05:30:00Z"),
            ("30 1 * * *", "America/New_York", "2026-11-01 05:30:00Z", "2026-11-02 06:30:00Z"),
            // … unless it is for every hour.
            ("*/30 * * * *", "America/New_York", "2026-11-01 05:30:00Z", "2026-11-01 06:00:00Z"),
            ("*/30 * * * *", "America/New_York", "2026-11-01 06:00:00Z", "2026-11-01 06:30:00Z"),
        ])
    func cron(_ expression: String, _ timeZone: String, _ after: String, _ expected: String) async throws {
        try await withWorld { world in
            let row = try await world.pool.query(
                "SELECT sluice.cron_next(\(expression), \(timeZone), \(after)::timestamptz) = \(expected)::timestamptz AS agrees")[0]
            #expect(try row.decode("agrees", as: Bool.self))
        }
    }

    @Test(
        "what no clock can follow is refused, with the field named",
        arguments: [
            ("0 25 * * *", "UTC", "hour"), ("60 * * * *", "UTC", "minute"), ("0 0 0 * *", "UTC", "day"), ("0 0 * 13 *", "UTC", "month"),
            ("0 0 * * monday", "UTC", "weekday"), ("*/0 * * * *", "UTC", "minute"), ("5-1 * * * *", "UTC", "minute"),
            ("0 0 * *", "UTC", "five fields"), ("", "UTC", "five fields"), ("0 0 31 2 *", "UTC", "no date"),
            ("@never", "UTC", "five fields"), ("0 0 * * *", "Europe/Nowhere", "Europe/Nowhere"),
        ])
    func refused(_ expression: String, _ timeZone: String, _ named: String) async throws {
        try await withWorld { world in
            let error = await #expect(throws: PostgresError.self) {
                try await world.queue.setSchedule(
                    Schedule(name: "s", timing: .cron(expression, timeZone: timeZone), job: NewJob(kind: "k")))
            }
            #expect(error?.sqlState == "22023")
            #expect(error?.message.contains(named) == true, "\(error?.message ?? "")")
        }
    }

    @Test("which slots were fired is forgotten after its time")
    func forgets() async throws {
        try await withWorld { world in
            try await world.queue.setSchedule(Schedule(name: "s", timing: .every(.seconds(10)), missed: .each, job: NewJob(kind: "k")))
            try await world.fire(after: "31 s")
            #expect(try await world.queue.pruneScheduleRuns(olderThan: .seconds(60)) == 0)
            #expect(try await world.queue.pruneScheduleRuns(olderThan: .seconds(-60)) == 3)
        }
    }
}
