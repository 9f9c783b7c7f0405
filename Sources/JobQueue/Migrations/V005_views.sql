-- What people and metrics ask of the queue, cheap however long it is. Columns are only ever added at the end: pages and scripts read these.

-- Up to some fifty thousand waiting jobs it counts; beyond that, in a table of more than 32 MB, it looks at 1,000 of the table's pages and says
-- so in `estimated`: counts are then within a few percent, and a kind of which few jobs wait may be missing. Running jobs are always
-- counted, and the first job of each connection and priority is always looked at, so that what waits longest is not missed.
CREATE OR REPLACE VIEW sluice.queue_depth AS
WITH RECURSIVE size AS MATERIALIZED (
    SELECT pages > 4000 AND live > 50000 AS is_large, least(100, 100.0 * 1000 / greatest(pages, 1)) AS percent
    FROM (
        -- The server forgets its count of live rows when it crashes; what the last VACUUM found is kept.
        SELECT pg_relation_size(oid) / current_setting('block_size')::bigint AS pages,
               coalesce(nullif(pg_stat_get_live_tuples(oid), 0), reltuples::bigint) AS live
        FROM pg_class WHERE oid = 'sluice.jobs'::regclass
    ) AS jobs
), heads(lane, priority, kind, connection_id, run_at) AS (
    -- The first waiting job of each connection and priority, found in the claim's index by as many steps as there are of those.
    (SELECT lane, priority, kind, connection_id, run_at FROM sluice.jobs
     WHERE state = 'available' AND (SELECT is_large FROM size) ORDER BY lane, priority, run_at LIMIT 1)
    UNION ALL
    SELECT next.* FROM heads CROSS JOIN LATERAL (
        SELECT j.lane, j.priority, j.kind, j.connection_id, j.run_at FROM sluice.jobs j
        WHERE j.state = 'available' AND (j.lane, j.priority) > (heads.lane, heads.priority) ORDER BY j.lane, j.priority, j.run_at LIMIT 1
    ) AS next
), seen AS (
    SELECT kind, connection_id, true AS is_running, run_at, 1::double precision AS jobs FROM sluice.jobs WHERE state = 'running'
    UNION ALL
    SELECT kind, connection_id, false, run_at, 1 FROM sluice.jobs WHERE state = 'available' AND NOT (SELECT is_large FROM size)
    UNION ALL
    SELECT kind, connection_id, false, run_at, (SELECT 100 / percent FROM size)
    FROM sluice.jobs TABLESAMPLE SYSTEM ((SELECT percent FROM size)) WHERE state = 'available' AND (SELECT is_large FROM size)
    UNION ALL
    SELECT kind, connection_id, false, run_at, 0 FROM heads
)
SELECT kind, connection_id,
       coalesce(round(greatest(sum(jobs) FILTER (WHERE NOT is_running AND run_at <= now), 1)), 0)::bigint AS ready,
       coalesce(round(greatest(sum(jobs) FILTER (WHERE NOT is_running AND run_at > now), 1)), 0)::bigint AS scheduled,
       count(*) FILTER (WHERE is_running) AS running,
       now - min(run_at) FILTER (WHERE NOT is_running AND run_at <= now) AS oldest_ready,
       size.is_large AS estimated
FROM seen, size, (SELECT sluice.clock() AS now OFFSET 0) AS clock
GROUP BY kind, connection_id, now, size.is_large;

CREATE OR REPLACE VIEW sluice.running_jobs AS
SELECT id, kind, connection_id, mapping_id, worker, attempt, sluice.clock() - started_at AS running_for,
       lease_expires_at - sluice.clock() AS lease_left, progress, exclusive_key, deadline_at - sluice.clock() AS time_left, cancel_requested
FROM sluice.jobs
WHERE state = 'running';

CREATE OR REPLACE VIEW sluice.live_workers AS
SELECT w.name, w.role, w.host, w.pid, w.concurrency, w.leads, sluice.clock() - w.started_at AS up_for,
       sluice.clock() - w.heartbeat_at AS last_seen, coalesce(held.jobs, 0) AS running, w.kinds
FROM sluice.workers w
LEFT JOIN (SELECT worker, count(*) AS jobs FROM sluice.jobs WHERE state = 'running' GROUP BY worker) AS held ON held.worker = w.name
WHERE w.heartbeat_at > sluice.clock() - interval '30 seconds';

-- How long jobs of each kind waited and ran, of the 10,000 that ended and were enqueued last.
CREATE VIEW sluice.recent_times AS
SELECT kind, count(*) AS jobs, count(*) FILTER (WHERE state = 'failed') AS failed,
       percentile_disc(0.5) WITHIN GROUP (ORDER BY started_at - run_at) AS waited_p50,
       percentile_disc(0.99) WITHIN GROUP (ORDER BY started_at - run_at) AS waited_p99,
       percentile_disc(0.5) WITHIN GROUP (ORDER BY finished_at - started_at) AS ran_p50,
       percentile_disc(0.99) WITHIN GROUP (ORDER BY finished_at - started_at) AS ran_p99,
       max(finished_at - started_at) AS ran_longest, min(finished_at) AS since
FROM (SELECT kind, state, run_at, started_at, finished_at FROM sluice.finished_jobs ORDER BY id DESC LIMIT 10000) AS latest
GROUP BY kind;
