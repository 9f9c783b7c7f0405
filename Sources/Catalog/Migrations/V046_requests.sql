-- Polls a mapping now: by a job that has not begun. A bulk poll that waits for Salesforce has its question behind it; the new one waits for its end.
CREATE OR REPLACE FUNCTION sluice.poll_mapping(of_mapping uuid, asked_by text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    mapping sluice.mappings;
    limits sluice.poll_limits;
    asked sluice.poll_requests;
    needs_load boolean;
    now timestamptz = sluice.clock();
    today date = (now AT TIME ZONE 'UTC')::date;
    wait integer;
BEGIN
    SELECT * INTO mapping FROM sluice.mappings WHERE id = of_mapping;
    IF NOT FOUND THEN RAISE EXCEPTION 'there is no mapping %', of_mapping USING ERRCODE = 'SL404'; END IF;
    PERFORM sluice.require_syncing(mapping.connection_id);
    needs_load = mapping.watermark IS NULL OR EXISTS (
        SELECT FROM sluice.mapping_troubles t
        WHERE t.mapping_id = of_mapping AND t.state IS NOT NULL AND (t.source = 'load' OR t.needs_load)
    );
    -- One that has begun is not what was asked for.
    IF NOT needs_load THEN PERFORM sluice.release_begun_job('poll:' || of_mapping); END IF;
    IF NOT sluice.waits_under(CASE WHEN needs_load THEN 'load:' ELSE 'poll:' END || of_mapping) THEN
        SELECT * INTO limits FROM sluice.poll_limits;
        INSERT INTO sluice.poll_requests AS p (mapping_id, day, requests, last_at)
        SELECT of_mapping, today, 1, now WHERE limits.per_day > 0
        ON CONFLICT (mapping_id) DO UPDATE SET day = today, requests = CASE WHEN p.day = today THEN p.requests + 1 ELSE 1 END, last_at = now
        WHERE p.last_at <= now - limits.pause AND (p.day < today OR p.requests < limits.per_day);
        IF NOT FOUND THEN
            SELECT * INTO asked FROM sluice.poll_requests WHERE mapping_id = of_mapping;
            wait = greatest(1, ceil(extract(epoch FROM CASE
                WHEN asked.day < today THEN asked.last_at + limits.pause - now
                WHEN asked.requests < limits.per_day THEN asked.last_at + limits.pause - now
                ELSE ((today + 1)::timestamp AT TIME ZONE 'UTC') - now END)));
            RAISE EXCEPTION 'a poll of % can be asked for once in % seconds and % times a day: try again in % seconds (% left today)',
                mapping.object_name, extract(epoch FROM limits.pause)::integer, limits.per_day, wait,
                CASE WHEN asked.day < today THEN limits.per_day ELSE greatest(0, limits.per_day - coalesce(asked.requests, 0)) END
                USING ERRCODE = 'SL429', DETAIL = wait;
        END IF;
    END IF;
    PERFORM sluice.bring_retries_forward(NULL, of_mapping);
    PERFORM sluice.retry_parked_writes(mapping.connection_id, of_mapping);
    IF needs_load THEN
        RETURN sluice.ask_for_load(of_mapping, mapping.connection_id, CASE WHEN mapping.watermark IS NULL THEN 'initial' ELSE 'reload' END, asked_by);
    END IF;
    RETURN sluice.ask_for_unbegun_job('poll', mapping.connection_id, of_mapping, jsonb_strip_nulls(jsonb_build_object('requestedBy', asked_by)), 40,
        'poll:' || of_mapping, 'read:' || of_mapping);
END $$;

-- Loads a mapping's table anew: by a job that has not begun. One that fills columns, and waits, becomes the reload.
CREATE OR REPLACE FUNCTION sluice.reload_mapping(of_mapping uuid, asked_by text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    mapping sluice.mappings;
    why text;
    job bigint;
BEGIN
    SELECT * INTO mapping FROM sluice.mappings WHERE id = of_mapping;
    IF NOT FOUND THEN RAISE EXCEPTION 'there is no mapping %', of_mapping USING ERRCODE = 'SL404'; END IF;
    PERFORM sluice.require_syncing(mapping.connection_id);
    PERFORM sluice.bring_retries_forward(NULL, of_mapping);
    PERFORM sluice.retry_parked_writes(mapping.connection_id, of_mapping);
    why = CASE WHEN mapping.watermark IS NULL THEN 'initial' ELSE 'reload' END;
    job = sluice.ask_for_unbegun_job('load', mapping.connection_id, of_mapping,
        jsonb_strip_nulls(jsonb_build_object('reason', why, 'requestedBy', asked_by)), 50, 'load:' || of_mapping, 'read:' || of_mapping);
    PERFORM sluice.restate_job(job, jsonb_strip_nulls(jsonb_build_object('reason', why, 'requestedBy', asked_by)));
    RETURN job;
END $$;
