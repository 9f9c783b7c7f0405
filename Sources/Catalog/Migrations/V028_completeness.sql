ALTER TABLE sluice.mappings
    -- Every commit of the org up to this moment had been read when the last poll ended; sluice.complete_until() says what may be relied on.
    ADD COLUMN complete_until timestamptz,
    -- Whether the table is known to have begun whole: by a load of our own. One that was adopted, or that somebody emptied, is loaded first.
    ADD COLUMN is_whole       boolean NOT NULL DEFAULT true;

-- A poll that ends has asked the org after the one before it was answered, and reached back as far as a transaction of Salesforce can last: what was
-- committed until that answer is in the table. The answer to the poll itself is no such moment, since commits may lie between the query and it.
CREATE FUNCTION sluice.note_completeness() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    -- The end of the last poll that reached back that far; where polls tell no such end, each of them does.
    former timestamptz := coalesce((to_jsonb(OLD)->>'complete_watermark')::timestamptz, OLD.watermark);
    latter timestamptz := coalesce((to_jsonb(NEW)->>'complete_watermark')::timestamptz, NEW.watermark);
    is_refused boolean := false;
BEGIN
    -- A load ends, which counts the rows.
    IF OLD.state IN ('WAIT_BULK_LOAD', 'LOADING_BULK_JOB', 'RELOAD_TABLE', 'INITIAL', 'SCHEMA_CHANGED', 'RESYNC')
       AND NEW.db_count_at IS DISTINCT FROM OLD.db_count_at THEN
        NEW.is_whole := true;
        RETURN NEW;
    END IF;
    -- Rows that the database does not take are not in the table.
    IF to_regclass('sluice.refused_rows') IS NOT NULL THEN
        EXECUTE 'SELECT EXISTS (SELECT FROM sluice.refused_rows WHERE mapping_id = $1)' INTO is_refused USING NEW.id;
    END IF;
    IF NEW.is_whole AND NOT is_refused AND latter > former THEN
        NEW.complete_until := greatest(OLD.complete_until, former);
    END IF;
    RETURN NEW;
END;
$$;
CREATE TRIGGER note_completeness BEFORE UPDATE ON sluice.mappings FOR EACH ROW
-- A load may begin in the second in which the poll before it was answered.
WHEN (OLD.watermark IS DISTINCT FROM NEW.watermark OR NOT OLD.is_whole AND OLD.db_count_at IS DISTINCT FROM NEW.db_count_at) EXECUTE FUNCTION sluice.note_completeness();

-- A moment, by the org's clock, up to which every commit of the org is in a mapping's table; NULL while nothing can be said. The connection by its
-- name, resource name or id.
CREATE FUNCTION sluice.complete_until(connection text, object text) RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT min(CASE WHEN m.is_whole AND m.complete_until IS NOT NULL AND m.delete_watermark IS NOT NULL
                        AND m.state NOT IN ('INITIAL', 'SCHEMA_CHANGED', 'RESYNC', 'SYNC_REMOVED')
                    THEN least(m.complete_until, m.delete_watermark) END)
    FROM sluice.mappings m JOIN sluice.connections c ON c.id = m.connection_id
    WHERE lower(m.object_name) = lower($2) AND (c.name = $1 OR c.resource_name = $1 OR c.id::text = lower($1))
$$;
