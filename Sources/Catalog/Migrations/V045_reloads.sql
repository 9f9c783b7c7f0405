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
    PERFORM sluice.release_begun_job('load:' || of_mapping);
    why = CASE WHEN mapping.watermark IS NULL THEN 'initial' ELSE 'reload' END;
    job = sluice.ask_for_load(of_mapping, mapping.connection_id, why, asked_by);
    PERFORM sluice.restate_job(job, jsonb_strip_nulls(jsonb_build_object('reason', why, 'requestedBy', asked_by)));
    RETURN job;
END $$;
