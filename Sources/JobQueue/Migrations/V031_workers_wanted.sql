-- How many workers the queue has work for, as one number: for KEDA, for Heroku's autoscalers, and for anybody with psql.
--   slots     jobs that a worker runs at a time; NULL: what the live workers run on average, and 4 where none lives.
--   patience  what has been ready for less than this is about to be taken by those that live, and wants nobody more.
--   ahead     what comes due within this keeps one worker.
-- Counted are jobs that could run side by side: of one exclusive key one, of a connection with a limit no more than that, and of kinds that
-- no live worker knows none. A worker that runs a job is wanted until the job has ended, so that whoever takes idle workers away first
-- interrupts nothing. It reads the first jobs of each connection and priority and no more, however many wait.
CREATE FUNCTION sluice.workers_wanted(slots integer DEFAULT NULL, patience interval DEFAULT '2 seconds', ahead interval DEFAULT '30 seconds')
RETURNS integer
LANGUAGE sql STABLE AS $$
WITH RECURSIVE clock AS MATERIALIZED (
    SELECT sluice.clock() AS now
), alive AS MATERIALIZED (
    SELECT count(*) AS workers, round(avg(w.concurrency)) AS each, array_agg(DISTINCT k.kind) AS kinds
    FROM clock, sluice.workers w LEFT JOIN LATERAL unnest(w.kinds) AS k(kind) ON true
    WHERE w.role = 'worker' AND w.heartbeat_at > clock.now - interval '30 seconds'
), running AS MATERIALIZED (
    SELECT j.lane, j.exclusive_key, j.worker FROM sluice.jobs j WHERE j.state = 'running'
), heads(lane, priority, run_at) AS (
    -- The first waiting job of each connection and priority, found in the claim's index by as many steps as there are of those.
    (SELECT j.lane, j.priority, j.run_at FROM sluice.jobs j WHERE j.state = 'available' ORDER BY j.lane, j.priority, j.run_at LIMIT 1)
    UNION ALL
    SELECT next.* FROM heads CROSS JOIN LATERAL (
        SELECT j.lane, j.priority, j.run_at FROM sluice.jobs j
        WHERE j.state = 'available' AND (j.lane, j.priority) > (heads.lane, heads.priority) ORDER BY j.lane, j.priority, j.run_at LIMIT 1
    ) AS next
), ready AS MATERIALIZED (
    SELECT first.id, first.lane, first.exclusive_key
    FROM clock, alive, heads CROSS JOIN LATERAL (
        SELECT j.id, j.lane, j.exclusive_key, j.kind FROM sluice.jobs j
        WHERE j.state = 'available' AND j.lane = heads.lane AND j.priority = heads.priority
          AND j.run_at <= clock.now - CASE WHEN alive.workers > 0 THEN patience ELSE interval '0' END
        ORDER BY j.run_at, j.id LIMIT 256
    ) AS first
    WHERE heads.run_at <= clock.now AND (alive.workers = 0 OR first.kind = ANY (alive.kinds))
    LIMIT 8192
), side_by_side AS (
    SELECT r.lane, count(DISTINCT coalesce(r.exclusive_key, r.id::text)) AS jobs
    FROM ready r
    WHERE r.exclusive_key IS NULL OR NOT EXISTS (SELECT FROM running WHERE running.exclusive_key = r.exclusive_key)
    GROUP BY r.lane
), startable AS (
    -- least and greatest leave NULL out.
    SELECT coalesce(sum(CASE WHEN l.max_running IS NULL THEN s.jobs
                             ELSE least(s.jobs, greatest(0, l.max_running - (SELECT count(*) FROM running WHERE running.lane = s.lane))) END), 0) AS jobs
    FROM side_by_side s LEFT JOIN sluice.connection_limits l ON l.connection_id = s.lane
), busy AS (
    SELECT count(*) AS jobs, count(DISTINCT worker) AS workers FROM running
)
SELECT greatest(
    busy.workers,
    ceil((busy.jobs + startable.jobs) / greatest(coalesce(slots, alive.each, 4), 1)),
    CASE WHEN startable.jobs > 0 OR EXISTS (
        SELECT FROM heads, clock WHERE heads.run_at <= clock.now + ahead
    ) THEN 1 ELSE 0 END
)::integer
FROM busy, startable, alive
$$;
