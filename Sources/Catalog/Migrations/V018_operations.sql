-- What operators see and do, and whom a connection tells of what happens: the journal's types, requests as functions, outlets.

-- The journal. It is read by connection or by mapping, the newest first, page by page; errors and warnings are few among many.
ALTER TABLE sluice.events ADD COLUMN type text NOT NULL DEFAULT 'system'
    CHECK (type IN ('read', 'write', 'configuration', 'connection', 'system'));
DROP INDEX sluice.events_connection;
DROP INDEX sluice.events_mapping;
CREATE INDEX events_connection ON sluice.events (connection_id, id);
CREATE INDEX events_mapping ON sluice.events (mapping_id, id) WHERE mapping_id IS NOT NULL;
CREATE INDEX events_trouble ON sluice.events (connection_id, id) WHERE level IN ('warning', 'error');

-- Minutes become hours when they are a day old: a month of a busy connection stays small.
ALTER TABLE sluice.activity ADD COLUMN is_hour boolean NOT NULL DEFAULT false;
CREATE INDEX activity_minutes ON sluice.activity (bucket) WHERE NOT is_hour;
CREATE INDEX activity_hours ON sluice.activity (bucket) WHERE is_hour;

CREATE INDEX audit_trail_connection_id ON sluice.audit_trail (connection_id, id);

-- Where a connection tells what happens to it: an address of HTTPS, a mailbox, or a log drain.
CREATE TABLE sluice.outlets (
    id              uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    connection_id   uuid        NOT NULL REFERENCES sluice.connections ON DELETE CASCADE,
    kind            text        NOT NULL CHECK (kind IN ('webhook', 'email', 'drain')),
    -- For people: without what is secret in it.
    target          text        NOT NULL,
    -- Sealed: the whole address, and the key that webhooks are signed with.
    address_sealed  text        NOT NULL,
    secret_sealed   text,
    -- Stands in each line of a drain, as Heroku's drain tokens do.
    drain_token     text,
    -- What it is told of; of a drain, the least severe level.
    event_types     text[]      NOT NULL DEFAULT '{}',
    level           text        NOT NULL DEFAULT 'info' CHECK (level IN ('debug', 'info', 'warning', 'error')),
    is_enabled      boolean     NOT NULL DEFAULT true,
    created_at      timestamptz NOT NULL DEFAULT sluice.clock(),
    created_by      text        NOT NULL,
    delivered       bigint      NOT NULL DEFAULT 0,
    delivered_at    timestamptz,
    -- Deliveries that failed since the last that worked.
    failures        integer     NOT NULL DEFAULT 0,
    failing_since   timestamptz,
    last_error      text,
    next_attempt_at timestamptz,
    -- What was given up because it could not be delivered for days.
    dropped         bigint      NOT NULL DEFAULT 0
);
CREATE INDEX outlets_connection ON sluice.outlets (connection_id);

-- What outlets are told, written in the transaction in which it happened, so that nothing is missed whoever dies.
CREATE TABLE sluice.deliveries (
    id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    outlet_id    uuid        NOT NULL REFERENCES sluice.outlets ON DELETE CASCADE,
    event_type   text        NOT NULL,
    payload      jsonb       NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT sluice.clock(),
    attempts     integer     NOT NULL DEFAULT 0,
    last_error   text,
    delivered_at timestamptz
);
CREATE INDEX deliveries_outlet ON sluice.deliveries (outlet_id, id);
CREATE INDEX deliveries_waiting ON sluice.deliveries (outlet_id, id) WHERE delivered_at IS NULL;

CREATE FUNCTION sluice.tell_outlets(of_connection uuid, type text, what jsonb) RETURNS void LANGUAGE sql AS $$
    INSERT INTO sluice.deliveries (outlet_id, event_type, payload)
    SELECT o.id, type, what FROM sluice.outlets o
    WHERE o.connection_id = of_connection AND o.kind IN ('webhook', 'email') AND o.is_enabled AND type = ANY (o.event_types)
$$;

-- A journal's lines wake who follows it, once a transaction, and wait for the drains in the words of that moment.
CREATE FUNCTION sluice.event_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('sluice_events', '');
    INSERT INTO sluice.deliveries (outlet_id, event_type, payload)
    SELECT o.id, 'log', jsonb_build_object(
        'id', e.id, 'at', e.at, 'level', e.level, 'type', e.type, 'message', e.message, 'job_id', e.job_id, 'connection_id', c.id,
        'mapping_id', e.mapping_id, 'object_name', m.object_name, 'state', coalesce(m.state, c.state))
    FROM written e
    JOIN sluice.outlets o ON o.connection_id = e.connection_id AND o.kind = 'drain' AND o.is_enabled
     AND array_position(ARRAY['debug', 'info', 'warning', 'error'], e.level) >= array_position(ARRAY['debug', 'info', 'warning', 'error'], o.level)
    JOIN sluice.connections c ON c.id = e.connection_id
    LEFT JOIN sluice.mappings m ON m.id = e.mapping_id
    ORDER BY e.id;
    RETURN NULL;
END $$;
CREATE TRIGGER event_written AFTER INSERT ON sluice.events REFERENCING NEW TABLE AS written
FOR EACH STATEMENT EXECUTE FUNCTION sluice.event_written();

CREATE FUNCTION sluice.notification_raised() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM sluice.tell_outlets(NEW.connection_id, 'notification', jsonb_build_object(
        'notification', jsonb_build_object('id', NEW.id::text, 'event_type', NEW.event_type, 'message', NEW.message, 'created_at', NEW.created_at)));
    RETURN NULL;
END $$;
CREATE TRIGGER notification_raised AFTER INSERT ON sluice.notifications FOR EACH ROW EXECUTE FUNCTION sluice.notification_raised();

CREATE FUNCTION sluice.connection_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM sluice.tell_outlets(NEW.id, 'connection.state', jsonb_build_object(
        'state', NEW.state, 'previous_state', OLD.state, 'state_description', NEW.state_description));
    RETURN NULL;
END $$;
-- Idle and at work come and go; they are the same to whoever is told.
CREATE TRIGGER connection_moved AFTER UPDATE OF state ON sluice.connections FOR EACH ROW
WHEN (OLD.state IS DISTINCT FROM NEW.state
      AND NOT (OLD.state IN ('IDLE', 'POLLING_DB_CHANGES', 'BUSY') AND NEW.state IN ('IDLE', 'POLLING_DB_CHANGES', 'BUSY')))
EXECUTE FUNCTION sluice.connection_moved();

-- States of mappings in which somebody must act, and of connections in which mappings are kept in step (Catalog's MappingState and ConnectionState;
-- a test holds them to each other).
CREATE FUNCTION sluice.mapping_error_states() RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ARRAY['BULK_LOAD_ERROR', 'SYSTEM_ERROR', 'DB_UNAVAILABLE', 'BAD_CONFIG', 'SYNC_REMOVED', 'INACTIVE_ORG', 'UNAUTHORIZED'];
CREATE FUNCTION sluice.syncing_states() RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ARRAY['IDLE', 'POLLING_DB_CHANGES', 'RECOVERY', 'IMPORT_CONFIGURATION', 'BUSY'];

-- What a mapping's state comes to: in trouble, being loaded, or in step.
CREATE FUNCTION sluice.mapping_health(state text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN state = ANY (sluice.mapping_error_states()) THEN 'error'
    WHEN state IN ('INITIAL', 'RESYNC', 'RELOAD_TABLE', 'SCHEMA_CHANGED', 'WAIT_BULK_LOAD', 'LOADING_BULK_JOB', 'RECOVERY') THEN 'loading'
    WHEN state = 'ABORTED' THEN 'aborted'
    ELSE 'ok'
END;

CREATE FUNCTION sluice.mapping_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF sluice.mapping_health(OLD.state) <> sluice.mapping_health(NEW.state) THEN
        PERFORM sluice.tell_outlets(NEW.connection_id, 'mapping.state', jsonb_build_object(
            'mapping_id', NEW.id, 'object_name', NEW.object_name, 'state', NEW.state, 'previous_state', OLD.state,
            'state_description', NEW.state_description));
    END IF;
    IF NEW.errored_writes > OLD.errored_writes THEN
        PERFORM sluice.tell_outlets(NEW.connection_id, 'write.failed', jsonb_build_object(
            'mapping_id', NEW.id, 'object_name', NEW.object_name, 'failed', NEW.errored_writes - OLD.errored_writes, 'errored_writes', NEW.errored_writes));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER mapping_moved AFTER UPDATE OF state, errored_writes ON sluice.mappings FOR EACH ROW
WHEN (OLD.state IS DISTINCT FROM NEW.state OR NEW.errored_writes > OLD.errored_writes) EXECUTE FUNCTION sluice.mapping_moved();

-- What short jobs found out for somebody who waits for it.
CREATE TABLE sluice.answers (
    job_id   bigint      PRIMARY KEY,
    made_at  timestamptz NOT NULL DEFAULT sluice.clock(),
    document json        NOT NULL
);
CREATE INDEX answers_made ON sluice.answers (made_at);

-- What the last comparison of a whole mapping with its object found.
CREATE TABLE sluice.verifications (
    mapping_id   uuid        PRIMARY KEY REFERENCES sluice.mappings ON DELETE CASCADE,
    job_id       bigint      NOT NULL,
    requested_by text        NOT NULL,
    repairs      boolean     NOT NULL,
    started_at   timestamptz NOT NULL DEFAULT sluice.clock(),
    -- NULL while it goes on.
    finished_at  timestamptz,
    report       jsonb       NOT NULL DEFAULT '{}'
);

-- The objects of a connection's org, as its global describe last listed them.
CREATE TABLE sluice.org_objects (
    connection_id uuid        PRIMARY KEY REFERENCES sluice.connections ON DELETE CASCADE,
    api_version   text        NOT NULL,
    read_at       timestamptz NOT NULL DEFAULT sluice.clock(),
    objects       json        NOT NULL
);

-- How often a poll of a mapping may be asked for: Heroku Connect's limits, which an operator may change.
CREATE TABLE sluice.poll_limits (
    only_row boolean  PRIMARY KEY DEFAULT true CHECK (only_row),
    pause    interval NOT NULL DEFAULT '1 minute',
    per_day  integer  NOT NULL DEFAULT 100 CHECK (per_day >= 0)
);
INSERT INTO sluice.poll_limits DEFAULT VALUES;

-- When somebody last asked for a poll, and how often on that day.
CREATE TABLE sluice.poll_requests (
    mapping_id uuid        PRIMARY KEY REFERENCES sluice.mappings ON DELETE CASCADE,
    day        date        NOT NULL,
    requests   integer     NOT NULL,
    last_at    timestamptz NOT NULL
);

-- Requests. Those that take ids are the rules; the API and the commands call them, and so do those that take names, which are for people in psql.
-- A refusal has the SQLSTATE SL404 (there is no such thing), SL409 (its state does not allow it) or SL429 (too often; DETAIL says when again).

-- Has parked changes tried at once: those of one mapping, or of all of a connection's.
CREATE FUNCTION sluice.retry_parked_writes(of_connection uuid, of_mapping uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE sluice.mappings SET next_write_at = sluice.clock()
    WHERE connection_id = of_connection AND next_write_at IS NOT NULL AND (of_mapping IS NULL OR id = of_mapping);
    IF FOUND THEN UPDATE sluice.connections SET next_write_poll_at = sluice.clock() WHERE id = of_connection; END IF;
END $$;

CREATE FUNCTION sluice.ask_for_load(of_mapping uuid, of_connection uuid, why text, asked_by text) RETURNS bigint LANGUAGE sql AS $$
    SELECT sluice.ask_for_job('load', of_connection, of_mapping, jsonb_strip_nulls(jsonb_build_object('reason', why, 'requestedBy', asked_by)), 50,
        'load:' || of_mapping, 'read:' || of_mapping)
$$;

-- Stops a connection's sync until somebody resumes it (Heroku Connect: only from IDLE). False: its state does not allow it.
CREATE FUNCTION sluice.pause_connection(of_connection uuid) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    UPDATE sluice.connections SET state = 'PAUSED', state_description = NULL WHERE id = of_connection AND state = 'IDLE';
    RETURN FOUND;
END $$;

-- Goes on from one of these states, and tries everything again that failed or that nobody works on: what waits for another attempt, mappings in a
-- state of error, and mappings without a load that need one.
CREATE FUNCTION sluice.awaken_connection(of_connection uuid, from_states text[]) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    unloaded record;
BEGIN
    -- Before the connection's row is locked, as everybody who locks both does it.
    UPDATE sluice.salesforce_sessions SET refused_at = NULL, refusal_code = NULL, refusal_message = NULL
    WHERE connection_id = of_connection AND refused_at IS NOT NULL;
    UPDATE sluice.connections SET state = 'IDLE', state_description = NULL, next_write_poll_at = sluice.clock()
    WHERE id = of_connection AND credentials_sealed IS NOT NULL AND state = ANY (from_states);
    IF NOT FOUND THEN RETURN false; END IF;
    PERFORM sluice.bring_retries_forward(of_connection, NULL);
    PERFORM sluice.retry_parked_writes(of_connection, NULL);
    FOR unloaded IN
        WITH healed AS (
            UPDATE sluice.mappings
            SET next_poll_at = CASE WHEN watermark IS NOT NULL AND (next_poll_at IS NOT NULL OR state = ANY (sluice.mapping_error_states()))
                    THEN sluice.clock() ELSE next_poll_at END,
                state_description = (
                    SELECT left(string_agg(t.description, '; ' ORDER BY t.source), 2000) FROM sluice.mapping_troubles t WHERE t.mapping_id = mappings.id),
                state = CASE WHEN watermark IS NULL THEN 'INITIAL' WHEN state = ANY (sluice.mapping_error_states()) THEN 'RECOVERY' ELSE state END
            WHERE connection_id = of_connection AND NOT sluice.has_live_job('load', id)
            RETURNING id, watermark
        )
        SELECT id, watermark IS NULL AS is_first FROM healed
        WHERE watermark IS NULL OR EXISTS (
            SELECT FROM sluice.mapping_troubles t
            WHERE t.mapping_id = healed.id AND t.state IS NOT NULL AND (t.source = 'load' OR t.needs_load)
        )
    LOOP
        PERFORM sluice.ask_for_load(unloaded.id, of_connection, CASE WHEN unloaded.is_first THEN 'initial' ELSE 'reload' END, NULL);
    END LOOP;
    RETURN true;
END $$;

-- Goes on after a pause or an unexpected error, from the last successful poll.
CREATE FUNCTION sluice.resume_connection(of_connection uuid) RETURNS boolean LANGUAGE sql AS $$
    SELECT sluice.awaken_connection(of_connection, ARRAY['PAUSED', 'SYSTEM_ERROR', 'DB_UNAVAILABLE', 'TOO_MANY_ROWS', 'SYSTEM_ON_ICE'])
$$;

-- Recovers a connection from any error.
CREATE FUNCTION sluice.restart_connection(of_connection uuid) RETURNS boolean LANGUAGE sql AS $$
    SELECT sluice.awaken_connection(of_connection, ARRAY['IDLE', 'POLLING_DB_CHANGES', 'BUSY', 'PAUSED', 'RECOVERY', 'SYSTEM_ERROR', 'DB_UNAVAILABLE',
        'TOO_MANY_ROWS', 'UNAUTHORIZED', 'HEROKU_UNAUTH', 'INACTIVE_ORG', 'SYSTEM_ON_ICE'])
$$;

CREATE FUNCTION sluice.require_syncing(of_connection uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    found text = (SELECT state FROM sluice.connections WHERE id = of_connection);
BEGIN
    IF found = ANY (sluice.syncing_states()) THEN RETURN; END IF;
    RAISE EXCEPTION 'the connection is %: nothing is read or written until it is resumed', found USING ERRCODE = 'SL409';
END $$;

-- Reads what changed at Salesforce, or for a mapping that only a load can help, everything. What waits already is brought forward, and asking for it
-- is not counted.
CREATE FUNCTION sluice.poll_mapping(of_mapping uuid, asked_by text) RETURNS bigint LANGUAGE plpgsql AS $$
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
    RETURN sluice.ask_for_job('poll', mapping.connection_id, of_mapping, jsonb_strip_nulls(jsonb_build_object('requestedBy', asked_by)), 40,
        'poll:' || of_mapping, 'read:' || of_mapping);
END $$;

-- Loads a mapping's table anew.
CREATE FUNCTION sluice.reload_mapping(of_mapping uuid, asked_by text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    mapping sluice.mappings;
BEGIN
    SELECT * INTO mapping FROM sluice.mappings WHERE id = of_mapping;
    IF NOT FOUND THEN RAISE EXCEPTION 'there is no mapping %', of_mapping USING ERRCODE = 'SL404'; END IF;
    PERFORM sluice.require_syncing(mapping.connection_id);
    PERFORM sluice.bring_retries_forward(NULL, of_mapping);
    PERFORM sluice.retry_parked_writes(mapping.connection_id, of_mapping);
    RETURN sluice.ask_for_load(of_mapping, mapping.connection_id, CASE WHEN mapping.watermark IS NULL THEN 'initial' ELSE 'reload' END, asked_by);
END $$;

-- Ends what reads a mapping just now. One that was loaded before is polled again in its time; one that never was waits for a reload. Returns how
-- many jobs were ended.
CREATE FUNCTION sluice.abort_mapping(of_mapping uuid, asked_by text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    mapping sluice.mappings;
    ended bigint;
BEGIN
    SELECT * INTO mapping FROM sluice.mappings WHERE id = of_mapping;
    IF NOT FOUND THEN RAISE EXCEPTION 'there is no mapping %', of_mapping USING ERRCODE = 'SL404'; END IF;
    ended = sluice.cancel_jobs_of_mapping(of_mapping, ARRAY['load', 'load_page', 'poll']);
    IF ended = 0 THEN
        RAISE EXCEPTION 'nothing is under way for % that could be aborted', mapping.object_name USING ERRCODE = 'SL409';
    END IF;
    UPDATE sluice.mappings SET state = 'ABORTED', state_description = 'aborted by ' || asked_by, updated_at = sluice.clock() WHERE id = of_mapping;
    RETURN ended;
END $$;

-- Has failed changes of a connection, or of one of its mappings, tried again, given up, read again or overwritten, as the arguments say (ResolveArgs).
CREATE FUNCTION sluice.ask_for_resolution(of_connection uuid, of_mapping uuid, arguments jsonb) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    PERFORM sluice.require_syncing(of_connection);
    RETURN sluice.ask_for_job('resolve', of_connection, of_mapping, arguments, 15, NULL,
        CASE WHEN of_mapping IS NOT NULL AND arguments->>'action' NOT IN ('retry', 'ignore') THEN 'read:' || of_mapping ELSE 'resolve:' || of_connection END);
END $$;

-- For people in psql: by name, and with the same rules.

CREATE FUNCTION sluice.find_connection(reference text) RETURNS sluice.connections LANGUAGE plpgsql STABLE AS $$
DECLARE
    found sluice.connections;
    names text;
BEGIN
    SELECT string_agg(name, ', ' ORDER BY name) INTO names FROM sluice.connections
    WHERE reference IS NULL OR id::text = lower(reference) OR resource_name = reference OR name = reference OR app_name = reference;
    BEGIN
        SELECT * INTO STRICT found FROM sluice.connections
        WHERE reference IS NULL OR id::text = lower(reference) OR resource_name = reference OR name = reference OR app_name = reference;
    EXCEPTION
        WHEN no_data_found THEN RAISE EXCEPTION 'there is no connection %', coalesce(reference, '') USING ERRCODE = 'SL404';
        WHEN too_many_rows THEN
            RAISE EXCEPTION 'several connections are meant (%): name one by its id, resource name or name', names USING ERRCODE = 'SL409';
    END;
    RETURN found;
END $$;

CREATE FUNCTION sluice.find_mapping(object text, reference text) RETURNS sluice.mappings LANGUAGE plpgsql STABLE AS $$
DECLARE
    found sluice.mappings;
    names text;
BEGIN
    SELECT string_agg(c.name, ', ' ORDER BY c.name) INTO names
    FROM sluice.mappings m JOIN sluice.connections c ON c.id = m.connection_id
    WHERE (lower(m.object_name) = lower(object) OR m.id::text = lower(object))
      AND (reference IS NULL OR c.id::text = lower(reference) OR c.resource_name = reference OR c.name = reference OR c.app_name = reference);
    BEGIN
        SELECT m.* INTO STRICT found FROM sluice.mappings m JOIN sluice.connections c ON c.id = m.connection_id
        WHERE (lower(m.object_name) = lower(object) OR m.id::text = lower(object))
          AND (reference IS NULL OR c.id::text = lower(reference) OR c.resource_name = reference OR c.name = reference OR c.app_name = reference);
    EXCEPTION
        WHEN no_data_found THEN RAISE EXCEPTION 'there is no mapping of %', object USING ERRCODE = 'SL404';
        WHEN too_many_rows THEN
            RAISE EXCEPTION '% is mapped by several connections (%): name one of them', object, names USING ERRCODE = 'SL409';
    END;
    RETURN found;
END $$;

CREATE FUNCTION sluice.note_request(of_connection uuid, action text, details jsonb) RETURNS void LANGUAGE sql AS $$
    INSERT INTO sluice.audit_trail (connection_id, actor, action, details) VALUES (of_connection, 'psql:' || session_user, action, details)
$$;

CREATE FUNCTION sluice.poll(object text, connection text DEFAULT NULL) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    mapping sluice.mappings = sluice.find_mapping(object, connection);
    job bigint = sluice.poll_mapping(mapping.id, 'psql:' || session_user);
BEGIN
    PERFORM sluice.note_request(mapping.connection_id, 'mapping.poll', jsonb_build_object('object_name', mapping.object_name, 'job', job));
    RETURN job;
END $$;

CREATE FUNCTION sluice.reload(object text, connection text DEFAULT NULL) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    mapping sluice.mappings = sluice.find_mapping(object, connection);
    job bigint = sluice.reload_mapping(mapping.id, 'psql:' || session_user);
BEGIN
    PERFORM sluice.note_request(mapping.connection_id, 'mapping.reload', jsonb_build_object('object_name', mapping.object_name, 'job', job));
    RETURN job;
END $$;

CREATE FUNCTION sluice.abort(object text, connection text DEFAULT NULL) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    mapping sluice.mappings = sluice.find_mapping(object, connection);
    ended bigint = sluice.abort_mapping(mapping.id, 'psql:' || session_user);
BEGIN
    PERFORM sluice.note_request(mapping.connection_id, 'mapping.abort', jsonb_build_object('object_name', mapping.object_name, 'jobs', ended));
    RETURN ended;
END $$;

CREATE FUNCTION sluice.pause(connection text DEFAULT NULL) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    meant sluice.connections = sluice.find_connection(connection);
BEGIN
    IF NOT sluice.pause_connection(meant.id) THEN
        RAISE EXCEPTION 'the connection is % and cannot be paused', meant.state USING ERRCODE = 'SL409';
    END IF;
    PERFORM sluice.note_request(meant.id, 'connection.pause', '{}');
END $$;

CREATE FUNCTION sluice.resume(connection text DEFAULT NULL) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    meant sluice.connections = sluice.find_connection(connection);
BEGIN
    IF NOT sluice.resume_connection(meant.id) THEN
        RAISE EXCEPTION 'the connection is % and cannot be resumed', meant.state USING ERRCODE = 'SL409';
    END IF;
    PERFORM sluice.note_request(meant.id, 'connection.resume', '{}');
END $$;

CREATE FUNCTION sluice.restart(connection text DEFAULT NULL) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    meant sluice.connections = sluice.find_connection(connection);
BEGIN
    IF NOT sluice.restart_connection(meant.id) THEN
        RAISE EXCEPTION 'the connection is % and cannot be restarted', meant.state USING ERRCODE = 'SL409';
    END IF;
    PERFORM sluice.note_request(meant.id, 'connection.restart', '{}');
END $$;

-- Without an object, all failed changes of the connection.
CREATE FUNCTION sluice.resolve(action text, object text, reference text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    mapping sluice.mappings;
    meant sluice.connections;
    job bigint;
BEGIN
    IF object IS NOT NULL THEN mapping = sluice.find_mapping(object, reference); END IF;
    meant = sluice.find_connection(coalesce(mapping.connection_id::text, reference));
    job = sluice.ask_for_resolution(meant.id, mapping.id, jsonb_build_object(
        'action', action, 'selection', jsonb_strip_nulls(jsonb_build_object('table', mapping.table_name)), 'requestedBy', 'psql:' || session_user));
    PERFORM sluice.note_request(meant.id, 'changes.' || action, jsonb_strip_nulls(jsonb_build_object('object_name', mapping.object_name, 'job', job)));
    RETURN job;
END $$;

CREATE FUNCTION sluice.retry(object text DEFAULT NULL, connection text DEFAULT NULL) RETURNS bigint LANGUAGE sql AS $$
    SELECT sluice.resolve('retry', object, connection)
$$;

CREATE FUNCTION sluice.ignore(object text DEFAULT NULL, connection text DEFAULT NULL) RETURNS bigint LANGUAGE sql AS $$
    SELECT sluice.resolve('ignore', object, connection)
$$;
