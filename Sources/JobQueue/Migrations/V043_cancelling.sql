-- Cancels a job: one that waits at once, one that runs as soon as its worker hears of it. False: it has ended, or there is none.
-- The row is locked before its state is looked at: one that a worker puts back meanwhile is neither taken for one that runs nor for one that
-- has ended.
CREATE OR REPLACE FUNCTION sluice.cancel_job(job bigint) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    found_state text;
BEGIN
    SELECT j.state INTO found_state FROM sluice.jobs j WHERE j.id = job FOR UPDATE;
    IF NOT FOUND THEN RETURN false; END IF;
    IF found_state = 'running' THEN
        UPDATE sluice.jobs j SET cancel_requested = true WHERE j.id = job;
        PERFORM pg_notify('sluice_jobs', 'cancel');
        RETURN true;
    END IF;
    WITH ended AS (
        DELETE FROM sluice.jobs j WHERE j.id = job RETURNING j.*
    )
    INSERT INTO sluice.finished_jobs
        (id, kind, connection_id, mapping_id, state, priority, run_at, attempt, worker, exclusive_key, args, progress, last_error, created_at,
         started_at, plane)
    SELECT id, kind, connection_id, mapping_id, 'cancelled', priority, run_at, attempt, worker, exclusive_key, args, progress, last_error, created_at,
           started_at, (SELECT p.plane FROM sluice.history_planes p WHERE p.opened_at IS NOT NULL AND p.closed_at IS NULL)
    FROM ended;
    RETURN true;
END $$;
