-- Each change of a state is a line of the journal. Idle and at work come and go; of mappings, a poll's own line tells of them.
CREATE OR REPLACE FUNCTION sluice.connection_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM sluice.tell_outlets(NEW.id, 'connection.state', jsonb_build_object(
        'state', NEW.state, 'previous_state', OLD.state, 'state_description', NEW.state_description));
    INSERT INTO sluice.events (level, type, connection_id, message)
    VALUES ('info', 'connection', NEW.id, format('The connection is %s, it was %s', NEW.state, OLD.state));
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION sluice.mapping_moved() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    polled CONSTANT text[] := ARRAY['DATA_SYNCED', 'POLLING_SF_CHANGES', 'POLLING_SF_FOR_DELETES'];
BEGIN
    IF sluice.mapping_health(OLD.state) <> sluice.mapping_health(NEW.state) THEN
        PERFORM sluice.tell_outlets(NEW.connection_id, 'mapping.state', jsonb_build_object(
            'mapping_id', NEW.id, 'object_name', NEW.object_name, 'state', NEW.state, 'previous_state', OLD.state,
            'state_description', NEW.state_description));
    END IF;
    IF OLD.state <> NEW.state AND NOT (OLD.state = ANY (polled) AND NEW.state = ANY (polled)) THEN
        INSERT INTO sluice.events (level, type, connection_id, mapping_id, message)
        VALUES ('info', 'read', NEW.connection_id, NEW.id, format('%s is %s, it was %s', NEW.object_name, NEW.state, OLD.state));
    END IF;
    IF NEW.errored_writes > OLD.errored_writes THEN
        PERFORM sluice.tell_outlets(NEW.connection_id, 'write.failed', jsonb_build_object(
            'mapping_id', NEW.id, 'object_name', NEW.object_name, 'failed', NEW.errored_writes - OLD.errored_writes, 'errored_writes', NEW.errored_writes));
    END IF;
    RETURN NULL;
END $$;
