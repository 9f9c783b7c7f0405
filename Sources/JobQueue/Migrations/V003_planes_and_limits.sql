-- A lane's jobs wait by priority and time, so that a claim can begin where the last one ended: what comes new has a later run_at than
-- all that was claimed before, while a key that mixed both would send it back through everything claimed within the range of priorities.
DROP INDEX sluice.jobs_claim;
ALTER TABLE sluice.jobs DROP COLUMN turn;
CREATE INDEX jobs_claim ON sluice.jobs (lane, priority, run_at, id) WHERE state = 'available';

-- What runs is counted by lane, where a connection has a limit.
DROP INDEX sluice.jobs_running;
CREATE INDEX jobs_running ON sluice.jobs (lane) WHERE state = 'running';

-- A token is drawn at random by who claims. Claims do not wait for the disk; a sequence could give a number out twice after a crash.
DROP SEQUENCE sluice.lease_tokens;

-- What a connection may use of the whole cluster. A row is locked by the claim that takes jobs of its lane.
CREATE TABLE sluice.connection_limits (
    connection_id uuid        PRIMARY KEY,
    -- Jobs that run at a time; NULL: no limit of its own.
    max_running   integer     CHECK (max_running > 0),
    -- Jobs that start in a minute, evenly spread but for a burst; NULL: no limit.
    per_minute    integer     CHECK (per_minute > 0),
    -- Jobs that may start at once after a rest.
    burst         integer     NOT NULL DEFAULT 1 CHECK (burst > 0),
    -- Up to when the starts so far have used the rate up (the generic cell rate algorithm's theoretical arrival time).
    spent_until   timestamptz NOT NULL DEFAULT '-infinity',
    -- Tells a claim that another one came between its look and its lock.
    version       bigint      NOT NULL DEFAULT 0
);

-- Jobs that ended lie in planes, used one after the other: the oldest is emptied by TRUNCATE, whatever it holds, and no row is deleted.
CREATE TABLE sluice.history_planes (
    plane     smallint PRIMARY KEY,
    -- NULL: never used, or empty.
    opened_at timestamptz,
    -- NULL while it is the one that is written.
    closed_at timestamptz,
    CHECK (closed_at IS NULL OR opened_at IS NOT NULL)
);
INSERT INTO sluice.history_planes (plane, opened_at) SELECT n, CASE WHEN n = 0 THEN sluice.clock() END FROM generate_series(0, 7) AS n;

DROP VIEW sluice.failed_jobs;
DROP VIEW sluice.all_jobs;
ALTER TABLE sluice.finished_jobs RENAME TO finished_jobs_before;
ALTER INDEX sluice.finished_jobs_finished_at RENAME TO finished_jobs_before_finished_at;
ALTER INDEX sluice.finished_jobs_failed RENAME TO finished_jobs_before_failed;
ALTER INDEX sluice.finished_jobs_mapping RENAME TO finished_jobs_before_mapping;
ALTER INDEX sluice.finished_jobs_connection RENAME TO finished_jobs_before_connection;

CREATE TABLE sluice.finished_jobs (
    id            bigint      NOT NULL,
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
    finished_at   timestamptz NOT NULL DEFAULT sluice.clock(),
    plane         smallint    NOT NULL
) PARTITION BY LIST (plane);
CREATE TABLE sluice.finished_jobs_0 PARTITION OF sluice.finished_jobs FOR VALUES IN (0);
CREATE TABLE sluice.finished_jobs_1 PARTITION OF sluice.finished_jobs FOR VALUES IN (1);
CREATE TABLE sluice.finished_jobs_2 PARTITION OF sluice.finished_jobs FOR VALUES IN (2);
CREATE TABLE sluice.finished_jobs_3 PARTITION OF sluice.finished_jobs FOR VALUES IN (3);
CREATE TABLE sluice.finished_jobs_4 PARTITION OF sluice.finished_jobs FOR VALUES IN (4);
CREATE TABLE sluice.finished_jobs_5 PARTITION OF sluice.finished_jobs FOR VALUES IN (5);
CREATE TABLE sluice.finished_jobs_6 PARTITION OF sluice.finished_jobs FOR VALUES IN (6);
CREATE TABLE sluice.finished_jobs_7 PARTITION OF sluice.finished_jobs FOR VALUES IN (7);

INSERT INTO sluice.finished_jobs
    (id, kind, connection_id, mapping_id, state, priority, run_at, attempt, worker, exclusive_key, args, progress, outcome, last_error,
     created_at, started_at, finished_at, plane)
SELECT id, kind, connection_id, mapping_id, state, priority, run_at, attempt, worker, exclusive_key, args, progress, outcome, last_error,
       created_at, started_at, finished_at, 0
FROM sluice.finished_jobs_before;
DROP TABLE sluice.finished_jobs_before;

CREATE INDEX finished_jobs_id ON sluice.finished_jobs (id);
-- Rows come in the order of this time: a summary of each stretch of the table finds them.
CREATE INDEX finished_jobs_finished_at ON sluice.finished_jobs USING brin (finished_at) WITH (pages_per_range = 32, autosummarize = on);
CREATE INDEX finished_jobs_failed ON sluice.finished_jobs (finished_at) WHERE state = 'failed';
CREATE INDEX finished_jobs_mapping ON sluice.finished_jobs (mapping_id, finished_at) WHERE mapping_id IS NOT NULL;
CREATE INDEX finished_jobs_connection ON sluice.finished_jobs (connection_id, finished_at) WHERE connection_id IS NOT NULL;

CREATE VIEW sluice.all_jobs AS
SELECT id, kind, connection_id, mapping_id, state, priority, run_at, attempt, worker, lease_expires_at, exclusive_key, args, progress,
       NULL::text AS outcome, last_error, created_at, started_at, NULL::timestamptz AS finished_at
FROM sluice.jobs
UNION ALL
SELECT id, kind, connection_id, mapping_id, state, priority, run_at, attempt, worker, NULL, exclusive_key, args, progress,
       outcome, last_error, created_at, started_at, finished_at
FROM sluice.finished_jobs;

CREATE VIEW sluice.failed_jobs AS
SELECT id, kind, connection_id, mapping_id, attempt, worker, last_error, finished_at, args
FROM sluice.finished_jobs
WHERE state = 'failed';
