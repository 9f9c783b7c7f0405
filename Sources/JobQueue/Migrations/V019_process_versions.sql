-- Which build a process runs: two at a time is a roll-out, or a process that somebody forgot. NULL for processes from before this column.
ALTER TABLE sluice.workers ADD COLUMN version text;

-- Columns are only ever added at the end: pages and scripts read these.
CREATE OR REPLACE VIEW sluice.live_workers AS
SELECT w.name, w.role, w.host, w.pid, w.concurrency, w.leads, sluice.clock() - w.started_at AS up_for,
       sluice.clock() - w.heartbeat_at AS last_seen, coalesce(held.jobs, 0) AS running, w.kinds, w.version
FROM sluice.workers w
LEFT JOIN (SELECT worker, count(*) AS jobs FROM sluice.jobs WHERE state = 'running' GROUP BY worker) AS held ON held.worker = w.name
WHERE w.heartbeat_at > sluice.clock() - interval '30 seconds';
