"""What capture costs a bulk UPDATE: with Sluice's triggers, with none, and with plain ones that do what Heroku Connect's are known to do."""

from checks.cluster import SCHEMA
from checks.database import Database

TABLE = f"{SCHEMA}.account"
KINDS = ("sluice", "heroku", "none")

# Written from what is known of Heroku Connect's (version 4): a row of the log for each row changed, the whole old row and what has changed as hstore
# text, IGNORE where nothing has; and _hc_lastop PENDING whatever was changed. The log's own trigger, a notification for each row, is the same.
HEROKU = f"""
    CREATE FUNCTION {SCHEMA}.bench_logger() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        entry {SCHEMA}._trigger_log;
        excluded text[] = ARRAY['_hc_lastop', '_hc_err'];
    BEGIN
        entry = ROW(
            nextval('{SCHEMA}._trigger_log_id_seq'), txid_current(), clock_timestamp(), NULL, NULL, NULL, 'NEW', TG_OP, TG_TABLE_NAME, NULL, NULL,
            NULL, NULL, NULL, NULL);
        IF TG_OP = 'INSERT' THEN
            entry.record_id = NEW.id;
            entry."values" = hstore(NEW.*) - excluded;
        ELSIF TG_OP = 'UPDATE' THEN
            entry.record_id = NEW.id;
            IF OLD.sfid IS NOT NULL THEN entry.sfid = OLD.sfid; END IF;
            entry.old = hstore(OLD.*) - excluded;
            entry."values" = (hstore(NEW.*) - hstore(OLD.*)) - excluded;
            IF entry."values" = '' THEN entry.state = 'IGNORE'; END IF;
        ELSE
            entry.record_id = OLD.id;
            entry.old = hstore(OLD.*) - excluded;
            IF OLD.sfid IS NULL THEN entry.state = 'IGNORE'; ELSE entry.sfid = OLD.sfid; END IF;
        END IF;
        INSERT INTO {SCHEMA}._trigger_log VALUES (entry.*);
        RETURN NULL;
    END $$;
    CREATE FUNCTION {SCHEMA}.bench_status() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF public.get_xmlbinary() = 'base64' THEN
            NEW._hc_lastop = 'PENDING';
            NEW._hc_err = NULL;
            RETURN NEW;
        END IF;
        IF TG_OP = 'UPDATE' AND NEW._hc_lastop IS NOT NULL AND OLD._hc_lastop IS DISTINCT FROM NEW._hc_lastop THEN
            RETURN NEW;
        END IF;
        NEW._hc_lastop = 'SYNCED';
        NEW._hc_err = NULL;
        RETURN NEW;
    END $$;
    CREATE TRIGGER bench_logtrigger AFTER INSERT OR DELETE OR UPDATE ON {TABLE}
    FOR EACH ROW WHEN (public.get_xmlbinary() = 'base64') EXECUTE FUNCTION {SCHEMA}.bench_logger();
    CREATE TRIGGER bench_status_trigger BEFORE INSERT OR UPDATE ON {TABLE} FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.bench_status();
"""
OURS = ("hc_account_logtrigger", "hc_account_status_trigger")
THEIRS = ("bench_logtrigger", "bench_status_trigger")


class Capture:
    """A mapped table that nobody reads from or writes to Salesforce meanwhile."""

    def __init__(self, database: Database) -> None:
        self.database = database
        database.rows(HEROKU)

    def best(self, rounds: int) -> dict[str, float]:
        """Milliseconds by kind of triggers, the best of several rounds in turns."""
        times: dict[str, list[float]] = {kind: [] for kind in KINDS}
        for number in range(rounds):
            # Not always in the same order: who comes after whom must not count.
            for kind in KINDS[number % len(KINDS):] + KINDS[:number % len(KINDS)]:
                times[kind].append(self.update(kind, number))
        return {kind: min(taken) for kind, taken in times.items()}

    def update(self, kind: str, number: int) -> float:
        """One UPDATE of every row up to the end of its commit, each time from the same state of table and log."""
        enabled = {"sluice": OURS, "heroku": THEIRS}.get(kind, ())
        states = "; ".join(
            f"ALTER TABLE {TABLE} {'ENABLE' if trigger in enabled else 'DISABLE'} TRIGGER {trigger}" for trigger in (*OURS, *THEIRS))
        self.database.rows(f"{states}; TRUNCATE {SCHEMA}._trigger_log; VACUUM (FULL, ANALYZE) {TABLE}; CHECKPOINT")
        began, ended = (float(row[0]) for row in self.database.rows(f"""
            SELECT extract(epoch FROM clock_timestamp());
            UPDATE {TABLE} SET phone = '{kind} {number} ' || id, annualrevenue = id + {number};
            SELECT extract(epoch FROM clock_timestamp())"""))
        return (ended - began) * 1000
