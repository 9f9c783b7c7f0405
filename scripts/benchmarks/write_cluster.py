"""The cluster of the write benchmark: mappings that are written, a log that is filled at once, and how long it takes until it is empty."""

import time
from typing import Any

from checks.cluster import SCHEMA, CommandFailed
from checks.database import Database

from .load_cluster import LoadCluster, Org
from .machine import peak_megabytes

FIELDS = {
    "Account": ["Name", "Phone", "Site", "AnnualRevenue", "External_Id__c"],
    "Contact": ["LastName", "FirstName", "Email", "Phone"],
    "Lead": ["LastName", "Company", "Phone"],
    "Opportunity": ["Name", "StageName", "CloseDate"],
}
# However slow the machine, a change does not take as long as this.
SECONDS_A_CHANGE = 0.01


class WriteCluster(LoadCluster):
    """A cluster whose processes can be stopped, so that a log fills while nobody empties it."""

    def __init__(self, server: Database, name: str, configuration: str, org: Org, objects: list[str], calls: int = 4) -> None:
        super().__init__(server, name, configuration, org)
        self.mappings = [mapping(name) for name in objects]
        self.environment["SLUICE_WRITE_CALLS"] = str(calls)

    def set_bulk_writes(self, wanted: bool) -> None:
        """Whether long runs go by Bulk 2.0."""
        self.api.expect({200}, "PATCH", f"/api/v3/connections/{self.connection_id}", {"features": {"disable_bulk_writes": not wanted}})

    def write(self, sql: str, changes: int) -> float:
        """Seconds from the commit of changes until none waits."""
        limit = 120 + changes * SECONDS_A_CHANGE
        self.database.rows("VACUUM ANALYZE; CHECKPOINT")
        self.database.rows(f"BEGIN; {sql}; COMMIT")
        started = time.monotonic()
        self.database.rows(f"""
            SET client_min_messages = warning;
            DO $$
            DECLARE until timestamptz := clock_timestamp() + interval '{limit} s';
            BEGIN
                WHILE EXISTS (SELECT FROM {SCHEMA}._trigger_log WHERE state = 'NEW' OR state = 'PENDING') LOOP
                    COMMIT;
                    PERFORM pg_sleep(0.02);
                    IF clock_timestamp() > until THEN RAISE 'not written in {limit} s'; END IF;
                END LOOP;
            END $$""")
        return time.monotonic() - started

    def drain(self, sql: str) -> float:
        """Seconds in which the same changes are settled by SQL alone, in sets of 2,000, with the same columns written."""
        self.formation.stop()
        self.database.rows("VACUUM ANALYZE; CHECKPOINT")
        self.database.rows(f"BEGIN; {sql}; COMMIT")
        tables = "".join(f"""
                    UPDATE {SCHEMA}.{name.lower()} t SET _hc_lastop = 'UPDATED', _hc_err = NULL, sfid = coalesce(t.sfid, lpad(l.id::text, 18, '0'))
                    FROM {SCHEMA}._trigger_log l
                    WHERE l.id = ANY (taken) AND l.table_name = '{name.lower()}' AND l.action <> 'DELETE' AND t.id = l.record_id;"""
                         for name in (mapping["object_name"] for mapping in self.mappings))
        started = time.monotonic()
        self.database.rows(f"""
            SET client_min_messages = warning; SET xmlbinary = 'hex';
            DO $$ DECLARE taken bigint[]; BEGIN
                LOOP
                    taken := ARRAY(SELECT id FROM {SCHEMA}._trigger_log WHERE state = 'NEW' ORDER BY id LIMIT 2000);
                    EXIT WHEN taken = '{{}}';
                    UPDATE {SCHEMA}._trigger_log SET state = 'PENDING', updated_at = now() WHERE id = ANY (taken);
                    COMMIT;
                    {tables}
                    UPDATE {SCHEMA}._trigger_log SET state = 'SUCCESS', processed_at = now(), processed_tx = txid_current(), updated_at = now(),
                        sf_message = NULL, sfid = coalesce(sfid, lpad(id::text, 18, '0')) WHERE id = ANY (taken);
                    COMMIT;
                END LOOP;
            END $$""")
        return time.monotonic() - started

    def check(self) -> None:
        """Nothing of the log may have failed."""
        states = dict(self.database.rows(f"SELECT state, count(*) FROM {SCHEMA}._trigger_log GROUP BY 1 ORDER BY 1"))
        if set(states) != {"SUCCESS"}:
            raise CommandFailed(f"not every change was written: {', '.join(f'{count} {state}' for state, count in states.items()) or 'the log is empty'}")

    def worker_peak(self) -> float:
        """Megabytes of the worker that took most."""
        return max(peak_megabytes(process.pid) for name, process in self.formation.processes.items() if name.startswith("worker"))


def mapping(name: str) -> dict[str, Any]:
    fields = ["Id", "SystemModstamp", "IsDeleted", *FIELDS[name]]
    config: dict[str, Any] = {"access": "read_write", "sf_polling_seconds": 3600, "fields": {field: {} for field in fields}}
    if "External_Id__c" in fields:
        config["upsert_field"] = "External_Id__c"
    return {"object_name": name, "config": config}
