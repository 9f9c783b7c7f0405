-- The queue's clock. Every time in the queue comes from here, never from a client; tests move it with the setting sluice.clock_offset.
CREATE FUNCTION sluice.clock() RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE
RETURN statement_timestamp() + coalesce(nullif(current_setting('sluice.clock_offset', true), ''), '0')::interval;

-- One token a claim. Every statement made under a lease names it, so a worker that lost its lease changes nothing.
CREATE SEQUENCE sluice.lease_tokens AS bigint;

-- Live jobs only: what waits and what runs. A job that ended moves to finished_jobs, so the hot indexes stay small.
CREATE TABLE sluice.jobs (
    id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind             text        NOT NULL,
    connection_id    uuid,
    mapping_id       uuid,
    state            text        NOT NULL DEFAULT 'available' CHECK (state IN ('available', 'running')),
    priority         smallint    NOT NULL DEFAULT 100 CHECK (priority BETWEEN 0 AND 200),
    run_at           timestamptz NOT NULL DEFAULT sluice.clock(),
    attempt          integer     NOT NULL DEFAULT 0,
    max_attempts     integer     NOT NULL DEFAULT 10,
    crashes          integer     NOT NULL DEFAULT 0,
    worker           text,
    lease_token      bigint,
    lease_expires_at timestamptz,
    timeout          interval    NOT NULL DEFAULT '1 hour',
    deadline_at      timestamptz,
    unique_key       text,
    exclusive_key    text,
    cancel_requested boolean     NOT NULL DEFAULT false,
    args             jsonb       NOT NULL DEFAULT '{}',
    progress         jsonb,
    last_error       text,
    created_at       timestamptz NOT NULL DEFAULT sluice.clock(),
    started_at       timestamptz,
    -- When a job's turn comes, in seconds since 1970: a point of priority is worth a second of waiting, so that whatever waits long
    -- enough goes first. date_part of an interval is immutable, which adding an interval to a timestamptz is not.
    turn             double precision NOT NULL GENERATED ALWAYS AS (date_part('epoch', run_at - to_timestamp(0)) + priority) STORED,
    -- Jobs of one connection stand in one lane; those of none share a lane of their own.
    lane             uuid        NOT NULL GENERATED ALWAYS AS (coalesce(connection_id, '00000000-0000-0000-0000-000000000000')) STORED,
    CHECK ((state = 'running') = (lease_token IS NOT NULL AND lease_expires_at IS NOT NULL AND worker IS NOT NULL))
) WITH (
    -- Room for the updates of a claim beside the row; dead rows are swept early because the table turns over all the time.
    fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_cost_delay = 1
);

-- The claim's index: its predicate and its order are the claim's own, lane by lane.
CREATE INDEX jobs_claim ON sluice.jobs (lane, turn, id) WHERE state = 'available';
-- What waits already is not enqueued again.
CREATE UNIQUE INDEX jobs_unique_waiting ON sluice.jobs (unique_key) WHERE state = 'available' AND unique_key IS NOT NULL;
-- Never two running jobs with one exclusive key, whatever two claims believed they saw.
CREATE UNIQUE INDEX jobs_exclusive_running ON sluice.jobs (exclusive_key) WHERE state = 'running' AND exclusive_key IS NOT NULL;
-- Not on the lease's end: renewing must not touch an index.
CREATE INDEX jobs_running ON sluice.jobs (worker) WHERE state = 'running';
CREATE INDEX jobs_mapping ON sluice.jobs (mapping_id) WHERE mapping_id IS NOT NULL;

-- Jobs that ended, for people and for the dashboard; pruned by age.
CREATE TABLE sluice.finished_jobs (
    id            bigint      PRIMARY KEY,
    kind          text        NOT NULL,
    connection_id uuid,
    mapping_id    uuid,
    state         text        NOT NULL CHECK (state IN ('completed', 'cancelled', 'failed')),
    priority      smallint    NOT NULL,
    run_at        timestamptz NOT NULL,
    attempt       integer     NOT NULL,
    worker        text,
    exclusive_key text,
    args          jsonb       NOT NULL,
    progress      jsonb,
    outcome       text,
    last_error    text,
    created_at    timestamptz NOT NULL,
    started_at    timestamptz,
    finished_at   timestamptz NOT NULL DEFAULT sluice.clock()
);
CREATE INDEX finished_jobs_finished_at ON sluice.finished_jobs (finished_at);
CREATE INDEX finished_jobs_failed ON sluice.finished_jobs (finished_at) WHERE state = 'failed';
CREATE INDEX finished_jobs_mapping ON sluice.finished_jobs (mapping_id, finished_at) WHERE mapping_id IS NOT NULL;
CREATE INDEX finished_jobs_connection ON sluice.finished_jobs (connection_id, finished_at) WHERE connection_id IS NOT NULL;

-- One row a live process.
CREATE TABLE sluice.workers (
    name         text        PRIMARY KEY,
    role         text        NOT NULL CHECK (role IN ('worker', 'scheduler', 'api')),
    host         text        NOT NULL,
    pid          integer     NOT NULL,
    concurrency  integer     NOT NULL DEFAULT 0,
    kinds        text[]      NOT NULL DEFAULT '{}',
    leads        boolean     NOT NULL DEFAULT false,
    started_at   timestamptz NOT NULL DEFAULT sluice.clock(),
    heartbeat_at timestamptz NOT NULL DEFAULT sluice.clock()
);

CREATE VIEW sluice.all_jobs AS
SELECT id, kind, connection_id, mapping_id, state, priority, run_at, attempt, worker, lease_expires_at, exclusive_key, args, progress,
       NULL::text AS outcome, last_error, created_at, started_at, NULL::timestamptz AS finished_at
FROM sluice.jobs
UNION ALL
SELECT id, kind, connection_id, mapping_id, state, priority, run_at, attempt, worker, NULL, exclusive_key, args, progress,
       outcome, last_error, created_at, started_at, finished_at
FROM sluice.finished_jobs;

CREATE VIEW sluice.queue_depth AS
SELECT kind, connection_id,
       count(*) FILTER (WHERE state = 'available' AND run_at <= sluice.clock()) AS ready,
       count(*) FILTER (WHERE state = 'available' AND run_at > sluice.clock()) AS scheduled,
       count(*) FILTER (WHERE state = 'running') AS running,
       sluice.clock() - min(run_at) FILTER (WHERE state = 'available' AND run_at <= sluice.clock()) AS oldest_ready
FROM sluice.jobs
GROUP BY kind, connection_id;

CREATE VIEW sluice.running_jobs AS
SELECT id, kind, connection_id, mapping_id, worker, attempt, sluice.clock() - started_at AS running_for,
       lease_expires_at - sluice.clock() AS lease_left, progress
FROM sluice.jobs
WHERE state = 'running';

CREATE VIEW sluice.failed_jobs AS
SELECT id, kind, connection_id, mapping_id, attempt, worker, last_error, finished_at, args
FROM sluice.finished_jobs
WHERE state = 'failed';

CREATE VIEW sluice.live_workers AS
SELECT w.name, w.role, w.host, w.pid, w.concurrency, w.leads, sluice.clock() - w.started_at AS up_for,
       sluice.clock() - w.heartbeat_at AS last_seen, (SELECT count(*) FROM sluice.jobs j WHERE j.state = 'running' AND j.worker = w.name) AS running
FROM sluice.workers w
WHERE w.heartbeat_at > sluice.clock() - interval '30 seconds';
