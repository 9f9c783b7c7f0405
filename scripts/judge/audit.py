"""A record of every committed change of the mapped schema, kept by triggers of the judge's own: none of the product's code is asked.

It tells what transactions did row by row, also of those whose answer was lost; what was rolled back leaves nothing. Tables that are made
later are watched from their beginning, by an event trigger. Needs a superuser, and `track_commit_timestamp=on` for the times of commits.
"""

import json
from collections.abc import Iterable

from .evidence import RowChange, Values

SETUP = """
CREATE SCHEMA IF NOT EXISTS judge;
CREATE TABLE judge.audit (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, txid bigint NOT NULL DEFAULT txid_current(),
    at timestamptz NOT NULL DEFAULT clock_timestamp(), product boolean NOT NULL DEFAULT current_setting('xmlbinary') = 'hex',
    depth integer NOT NULL, application text NOT NULL DEFAULT current_setting('application_name'),
    schema_name text NOT NULL, table_name text NOT NULL, action text NOT NULL, old json, new json
);
GRANT USAGE ON SCHEMA judge TO PUBLIC;

CREATE FUNCTION judge.note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog SET extra_float_digits = 1 SET datestyle = 'ISO, YMD' SET timezone = 'UTC' SET intervalstyle = 'postgres'
AS $$ BEGIN
    INSERT INTO judge.audit (depth, schema_name, table_name, action, old, new) VALUES (
        pg_trigger_depth(), TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP,
        CASE WHEN TG_LEVEL = 'ROW' AND TG_OP <> 'INSERT' THEN to_json(OLD) END, CASE WHEN TG_LEVEL = 'ROW' AND TG_OP <> 'DELETE' THEN to_json(NEW) END);
    RETURN NULL;
END $$;

CREATE FUNCTION judge.watch(watched regclass) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = watched AND tgname = 'zz_judge_rows') THEN
        EXECUTE format('CREATE TRIGGER zz_judge_rows AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION judge.note()', watched);
        EXECUTE format('CREATE TRIGGER zz_judge_truncate AFTER TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION judge.note()', watched);
        EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER zz_judge_rows', watched);
        EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER zz_judge_truncate', watched);
    END IF;
END $$;

CREATE TABLE judge.watched_schemas (name text PRIMARY KEY);

CREATE FUNCTION judge.note_definition() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE command record;
BEGIN
    FOR command IN
        SELECT c.objid, split_part(c.command_tag, ' ', 1) AS action, r.relname, n.nspname
        FROM pg_event_trigger_ddl_commands() c JOIN pg_class r ON r.oid = c.objid JOIN pg_namespace n ON n.oid = r.relnamespace
        JOIN judge.watched_schemas w ON w.name = n.nspname WHERE c.object_type = 'table' AND r.relkind = 'r' AND r.relpersistence = 'p'
    LOOP
        INSERT INTO judge.audit (depth, schema_name, table_name, action) VALUES (0, command.nspname, command.relname, command.action);
        IF command.action = 'CREATE' THEN PERFORM judge.watch(command.objid); END IF;
    END LOOP;
END $$;
CREATE EVENT TRIGGER judge_definitions ON ddl_command_end WHEN TAG IN ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'ALTER TABLE')
    EXECUTE FUNCTION judge.note_definition();

CREATE FUNCTION judge.note_drop() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$ BEGIN
    INSERT INTO judge.audit (depth, schema_name, table_name, action)
    SELECT 0, d.schema_name, d.object_name, 'DROP' FROM pg_event_trigger_dropped_objects() d JOIN judge.watched_schemas w ON w.name = d.schema_name
    WHERE d.object_type = 'table';
END $$;
CREATE EVENT TRIGGER judge_drops ON sql_drop EXECUTE FUNCTION judge.note_drop();
"""

# What to watch, before the product makes its tables there.
WATCH = "INSERT INTO judge.watched_schemas VALUES ('{schema}') ON CONFLICT DO NOTHING;"

# Line by line, one JSON array a change, in order; {after} is the last number that is known.
QUERY = """
SELECT json_build_array(number, txid, extract(epoch FROM at), {committed}, product, depth, table_name, action, old, new, application)
FROM judge.audit WHERE schema_name = '{schema}' AND number > {after} ORDER BY number
"""
COMMIT_TIME = "extract(epoch FROM pg_xact_commit_timestamp((txid % 4294967296)::text::xid))"


def query(schema: str, after: int = 0, commit_times: bool = True) -> str:
    return QUERY.format(schema=schema, after=after, committed=COMMIT_TIME if commit_times else "NULL")


def _values(row: dict | None) -> Values | None:
    if row is None:
        return None
    return {name: "t" if value is True else "f" if value is False else value for name, value in row.items()}


def changes(lines: Iterable[str]) -> list[RowChange]:
    """What `query` answered, line by line. Numbers stay as Postgres wrote them."""
    found = []
    for text in lines:
        number, txid, at, committed, product, depth, table, action, old, new, application = json.loads(text, parse_float=str, parse_int=str)
        found.append(
            RowChange(
                number=int(number), txid=int(txid), at=float(at), committed=None if committed is None else float(committed), product=product,
                depth=int(depth), table=table, action=action, old=_values(old), new=_values(new), application=application))
    return found
