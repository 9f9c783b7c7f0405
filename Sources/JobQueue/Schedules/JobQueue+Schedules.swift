public import Postgres

extension JobQueue {
    /// Makes a schedule, or changes the one of its name. Its next slot stays when its times do.
    ///
    /// - Throws: `PostgresError`; with SQL state 22023 when the cron expression or the time zone is not one, which it names.
    public func setSchedule(_ schedule: Schedule) async throws {
        let job = schedule.job
        let cron = schedule.cron
        try await pool.run(
            """
            INSERT INTO sluice.schedules
                (name, kind, connection_id, mapping_id, args, priority, timeout, max_attempts, unique_key, exclusive_key, every, cron, time_zone, missed)
            VALUES
                (\(schedule.name), \(job.kind), \(job.connectionID), \(job.mappingID), \(job.args)::jsonb, \(job.priority), \(job.timeout)::interval,
                 \(job.maxAttempts), \(job.uniqueKey), \(job.exclusiveKey), \(schedule.every)::interval, \(cron.expression), \(cron.timeZone),
                 \(schedule.missed.rawValue))
            ON CONFLICT (name) DO UPDATE
            SET kind = excluded.kind, connection_id = excluded.connection_id, mapping_id = excluded.mapping_id, args = excluded.args,
                priority = excluded.priority, timeout = excluded.timeout, max_attempts = excluded.max_attempts, unique_key = excluded.unique_key,
                exclusive_key = excluded.exclusive_key, every = excluded.every, cron = excluded.cron, time_zone = excluded.time_zone,
                missed = excluded.missed
            """, timeout: .seconds(10))
    }

    /// Ends a schedule; jobs that it made stay.
    ///
    /// - Returns: whether there was one of the name.
    /// - Throws: `PostgresError`.
    @discardableResult
    public func removeSchedule(_ name: String) async throws -> Bool {
        try await pool.run("DELETE FROM sluice.schedules WHERE name = \(name)", timeout: .seconds(10)) == 1
    }

    /// A query for other modules' statements: when the next slot of a schedule that is not paused begins; of what is overdue nothing.
    public static var nextSchedule: PostgresQuery {
        "SELECT min(next_at) FROM sluice.schedules WHERE NOT paused AND next_at > sluice.clock()"
    }

    /// Enqueues the jobs of all slots that are due, and moves their schedules on: both or neither, so that any number of processes may
    /// fire, and die, at any time.
    ///
    /// - Returns: how many slots were fired.
    /// - Throws: `PostgresError`.
    @discardableResult
    public static func fireSchedules(in session: PostgresSession) throws -> Int {
        try session.run(
            .prepared(
                """
                WITH RECURSIVE due AS MATERIALIZED (
                    -- Whoever comes second passes by what the first has in its hands, and then finds it moved on.
                    SELECT * FROM sluice.schedules WHERE NOT paused AND next_at <= sluice.clock()
                    ORDER BY next_at LIMIT 1000 FOR UPDATE SKIP LOCKED
                ), slots AS (
                    SELECT name, next_at AS slot, 1 AS number FROM due
                    UNION ALL
                    -- What one look does not catch up with, the next does.
                    SELECT due.name, next.slot, slots.number + 1
                    FROM slots JOIN due USING (name)
                    CROSS JOIN LATERAL (SELECT sluice.next_slot(due.every, due.cron, due.time_zone, slots.slot, slots.slot) AS slot OFFSET 0) AS next
                    WHERE due.missed = 'each' AND slots.number < 100 AND next.slot <= sluice.clock()
                ), fired AS (
                    INSERT INTO sluice.schedule_runs (name, slot) SELECT name, slot FROM slots
                    ON CONFLICT DO NOTHING
                    RETURNING name, slot
                ), moved AS (
                    UPDATE sluice.schedules s
                    SET last_at = done.slot,
                        next_at = sluice.next_slot(
                            s.every, s.cron, s.time_zone, done.slot, CASE s.missed WHEN 'each' THEN done.slot ELSE sluice.clock() END)
                    FROM (SELECT name, max(slot) AS slot FROM slots GROUP BY name) AS done
                    WHERE s.name = done.name
                ), enqueued AS (
                    INSERT INTO sluice.jobs
                        (kind, connection_id, mapping_id, args, priority, timeout, max_attempts, unique_key, exclusive_key)
                    SELECT kind, connection_id, mapping_id, args || jsonb_build_object('scheduled_for', slot), priority, timeout, max_attempts,
                           unique_key, exclusive_key
                    FROM fired JOIN due USING (name)
                    ORDER BY slot
                    ON CONFLICT (unique_key) WHERE state = 'available' AND unique_key IS NOT NULL DO NOTHING
                    RETURNING id
                ), announced AS (
                    SELECT pg_notify(\(channel), '') FROM (SELECT count(*) AS jobs FROM enqueued) AS e WHERE e.jobs > 0
                )
                SELECT fired.slot FROM fired, (SELECT count(*) FROM announced) AS told
                """), timeout: .seconds(30))
    }

    /// Forgets which slots were fired long ago.
    ///
    /// - Returns: how many were forgotten.
    /// - Throws: `PostgresError`.
    @discardableResult
    public func pruneScheduleRuns(olderThan age: Duration) async throws -> Int {
        try await pool.run(
            """
            DELETE FROM sluice.schedule_runs WHERE (name, slot) IN (
                SELECT name, slot FROM sluice.schedule_runs WHERE slot < sluice.clock() - \(age)::interval ORDER BY slot LIMIT 5000
            )
            """, timeout: .seconds(30))
    }
}
