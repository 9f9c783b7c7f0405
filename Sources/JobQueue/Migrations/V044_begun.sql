-- A job that has begun, and waits between its steps, answers no request of which it may have a part behind it: another may wait under its key from now on.
CREATE FUNCTION sluice.release_begun_job(key text) RETURNS void LANGUAGE sql AS $$
    UPDATE sluice.jobs SET unique_key = NULL WHERE unique_key = key AND state = 'available' AND progress IS NOT NULL
$$;

-- Gives a job that has not begun other arguments.
CREATE FUNCTION sluice.restate_job(job bigint, arguments jsonb) RETURNS void LANGUAGE sql AS $$
    UPDATE sluice.jobs j SET args = arguments WHERE j.id = job AND j.state = 'available' AND j.progress IS NULL
$$;
