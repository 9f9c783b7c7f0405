-- What people and other modules ask of the queue, as functions: the API, the commands and somebody in psql ask by the same ones.

-- Enqueues a job. One that waits already under its unique key is brought forward instead, whatever it waits for, and is the answer.
CREATE FUNCTION sluice.ask_for_job(
    job_kind text, of_connection uuid, of_mapping uuid, arguments jsonb, job_priority integer, key text, key_of_running text
) RETURNS bigint LANGUAGE sql AS $$
    WITH asked AS (
        INSERT INTO sluice.jobs AS j (kind, connection_id, mapping_id, args, priority, unique_key, exclusive_key)
        VALUES (job_kind, of_connection, of_mapping, arguments, job_priority, key, key_of_running)
        ON CONFLICT (unique_key) WHERE state = 'available' AND unique_key IS NOT NULL DO UPDATE SET run_at = least(j.run_at, sluice.clock())
        RETURNING j.id
    )
    SELECT asked.id FROM asked, pg_notify('sluice_jobs', '')
$$;

-- Gives a job that failed or was cancelled its attempts anew: it leaves the history and waits again, from the progress it had saved.
-- False: there is no such job.
CREATE FUNCTION sluice.retry_job(job bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    WITH again AS (
        DELETE FROM sluice.finished_jobs f WHERE f.id = job AND f.state IN ('failed', 'cancelled') RETURNING f.*
    )
    INSERT INTO sluice.jobs (id, kind, connection_id, mapping_id, priority, args, progress, last_error, exclusive_key, created_at)
    OVERRIDING SYSTEM VALUE
    SELECT id, kind, connection_id, mapping_id, priority, args, progress, last_error, exclusive_key, created_at FROM again;
    IF NOT FOUND THEN RETURN false; END IF;
    PERFORM pg_notify('sluice_jobs', '');
    RETURN true;
END $$;

-- Cancels a job: one that waits at once, one that runs as soon as its worker hears of it. False: it has ended, or there is none.
CREATE FUNCTION sluice.cancel_job(job bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    WITH ended AS (
        DELETE FROM sluice.jobs j WHERE j.id = job AND j.state = 'available' RETURNING j.*
    )
    INSERT INTO sluice.finished_jobs
        (id, kind, connection_id, mapping_id, state, priority, run_at, attempt, worker, exclusive_key, args, progress, last_error, created_at,
         started_at, plane)
    SELECT id, kind, connection_id, mapping_id, 'cancelled', priority, run_at, attempt, worker, exclusive_key, args, progress, last_error, created_at,
           started_at, (SELECT p.plane FROM sluice.history_planes p WHERE p.opened_at IS NOT NULL AND p.closed_at IS NULL)
    FROM ended;
    IF FOUND THEN RETURN true; END IF;
    UPDATE sluice.jobs j SET cancel_requested = true WHERE j.id = job AND j.state = 'running';
    IF NOT FOUND THEN RETURN false; END IF;
    PERFORM pg_notify('sluice_jobs', 'cancel');
    RETURN true;
END $$;

-- Cancels the jobs of these kinds that wait or run for a mapping. Returns how many.
CREATE FUNCTION sluice.cancel_jobs_of_mapping(of_mapping uuid, kinds text[]) RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FILTER (WHERE sluice.cancel_job(j.id))
    FROM (SELECT id FROM sluice.jobs WHERE mapping_id = of_mapping AND kind = ANY (kinds) ORDER BY id) AS j
$$;

-- Cancels whatever waits or runs for a connection, but for one job. Returns how many.
CREATE FUNCTION sluice.cancel_jobs_of_connection(of_connection uuid, besides bigint) RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FILTER (WHERE sluice.cancel_job(j.id))
    FROM (SELECT id FROM sluice.jobs WHERE lane = of_connection AND id <> besides ORDER BY id) AS j
$$;

-- Whether a job waits under this unique key.
CREATE FUNCTION sluice.waits_under(key text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM sluice.jobs j WHERE j.unique_key = key AND j.state = 'available')
$$;

-- Whether a job of this kind waits or runs for a mapping.
CREATE FUNCTION sluice.has_live_job(job_kind text, of_mapping uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM sluice.jobs j WHERE j.mapping_id = of_mapping AND j.kind = job_kind)
$$;

-- Makes what failed and waits for another attempt due at once: of a connection, or with a mapping of that alone. Returns how many.
CREATE FUNCTION sluice.bring_retries_forward(of_connection uuid, of_mapping uuid) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    brought bigint;
BEGIN
    IF of_mapping IS NULL THEN
        UPDATE sluice.jobs SET run_at = sluice.clock()
        WHERE lane = of_connection AND state = 'available' AND run_at > sluice.clock() AND attempt > 0;
    ELSE
        UPDATE sluice.jobs SET run_at = sluice.clock()
        WHERE mapping_id = of_mapping AND state = 'available' AND run_at > sluice.clock() AND attempt > 0;
    END IF;
    GET DIAGNOSTICS brought = ROW_COUNT;
    IF brought > 0 THEN PERFORM pg_notify('sluice_jobs', ''); END IF;
    RETURN brought;
END $$;
