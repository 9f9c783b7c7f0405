-- Enqueues a job, or brings the one forward that waits under its key and has not begun. One that was put back in the same instant, and has begun, gives the
-- key up: it is locked by then, so the next turn finds the key free.
CREATE FUNCTION sluice.ask_for_unbegun_job(
    job_kind text, of_connection uuid, of_mapping uuid, arguments jsonb, job_priority integer, key text, key_of_running text
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    job bigint;
BEGIN
    LOOP
        PERFORM sluice.release_begun_job(key);
        job = sluice.ask_for_job(job_kind, of_connection, of_mapping, arguments, job_priority, key, key_of_running);
        EXIT WHEN NOT EXISTS (SELECT FROM sluice.jobs j WHERE j.id = job AND j.state = 'available' AND j.progress IS NOT NULL);
    END LOOP;
    RETURN job;
END $$;
