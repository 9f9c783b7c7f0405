-- What waits, and what for. Read it with a LIMIT or for one lane, which is a connection's id: each row costs a few look-ups, and there may be
-- millions.
CREATE VIEW sluice.waiting_jobs AS
SELECT j.id, j.kind, j.connection_id, j.mapping_id, j.priority, j.attempt, j.run_at, greatest(clock.now - j.run_at, interval '0') AS waited,
       CASE
           WHEN j.run_at > clock.now AND j.attempt > 0 THEN 'its next attempt'
           WHEN j.run_at > clock.now THEN 'its time'
           WHEN j.kind <> ALL (known.kinds) THEN 'a worker that knows its kind'
           WHEN holder.id IS NOT NULL THEN 'the job that holds its exclusive key'
           WHEN running.jobs >= l.max_running THEN 'the jobs that its connection may run at a time'
           WHEN l.spent_until > clock.now + (l.burst - 1) * interval '1 minute' / l.per_minute THEN 'the jobs that its connection may start in a minute'
           ELSE 'a free slot'
       END AS waits_for,
       holder.id AS held_by, holder.worker AS held_on, j.exclusive_key, j.last_error, j.lane
FROM sluice.jobs j
CROSS JOIN (SELECT sluice.clock() AS now OFFSET 0) AS clock
CROSS JOIN (
    SELECT coalesce(array_agg(DISTINCT kind), '{}') AS kinds FROM sluice.live_workers w CROSS JOIN LATERAL unnest(w.kinds) AS kind WHERE w.role = 'worker'
) AS known
LEFT JOIN (SELECT id, worker, exclusive_key FROM sluice.jobs WHERE state = 'running' AND exclusive_key IS NOT NULL) AS holder
       ON holder.exclusive_key = j.exclusive_key
LEFT JOIN sluice.connection_limits l ON l.connection_id = j.connection_id
LEFT JOIN (SELECT lane, count(*) AS jobs FROM sluice.jobs WHERE state = 'running' GROUP BY lane) AS running ON running.lane = j.lane
WHERE j.state = 'available';
