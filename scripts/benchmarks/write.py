"""scripts/bench write: how fast changes in Postgres reach the org, beside the same log emptied by SQL alone and a bare client of the org."""

import argparse
import json
import statistics
import sys
import threading
import time
import urllib.request
from typing import Any

from checks.cluster import ROOT, SCHEMA
from checks.database import Database
from checks.processes import end_on_signals

from .load_cluster import LOGS, LoadCluster, Org
from .machine import describe, peak_megabytes
from .results import Results, say

COLLECTIONS = "/services/data/v60.0/composite/sobjects"
BATCH = 200
FIELDS = {
    "Account": ["Name", "Phone", "Site", "AnnualRevenue", "External_Id__c"],
    "Campaign": ["Name", "Status"],
    "Contact": ["LastName", "FirstName", "Email", "Phone"],
    "Lead": ["LastName", "Company", "Phone"],
    "Product2": ["Name", "ProductCode"],
}
# Of objects without parents among them: deleting an account would delete what is under it.
INSERTS = {
    "Campaign": "(name, status) VALUES ('made ' || n, 'Planned')",
    "Contact": "(lastname, email) VALUES ('made ' || n, n || '@example.com')",
    "Lead": "(lastname, company) VALUES ('made ' || n, 'company')",
    "Product2": "(name, productcode) VALUES ('made ' || n, n)",
}
UPDATES = {"Campaign": "name = 'changed ' || n", "Contact": "phone = '2'", "Lead": "phone = '2'", "Product2": "productcode = 'changed'"}


class WriteCluster(LoadCluster):
    """A cluster whose scheduler can be stopped, so that a log fills while nobody empties it."""

    def __init__(self, server: Database, name: str, configuration: str, org: Org, objects: list[str], calls: int = 4) -> None:
        super().__init__(server, name, configuration, org)
        self.mappings = [mapping(name) for name in objects]
        self.environment["SLUICE_WRITE_CALLS"] = str(calls)

    def load_all(self) -> None:
        document = {"version": 1, "mappings": self.mappings}
        self.api.expect({200, 201, 202, 204}, "POST", f"/api/v3/connections/{self.connection_id}/actions/import", document)
        self.wait_until_synced(600)

    def write(self, sql: str) -> float:
        """Seconds from the commit of changes until none waits."""
        self.database.rows("VACUUM ANALYZE; CHECKPOINT")
        self.database.rows(f"BEGIN; {sql}; COMMIT")
        started = time.monotonic()
        self.database.rows(f"""
            SET client_min_messages = warning; SET statement_timeout = '10min';
            DO $$ BEGIN
                WHILE EXISTS (SELECT FROM {SCHEMA}._trigger_log WHERE state = 'NEW' OR state = 'PENDING') LOOP
                    COMMIT; PERFORM pg_sleep(0.02);
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

    def worker_peak(self) -> float:
        return max(peak_megabytes(process.pid) for name, process in self.formation.processes.items() if name.startswith("worker"))


def mapping(name: str) -> dict[str, Any]:
    fields = ["Id", "SystemModstamp", "IsDeleted", *FIELDS[name]]
    config: dict[str, Any] = {"access": "read_write", "sf_polling_seconds": 3600, "fields": {field: {} for field in fields}}
    if "External_Id__c" in fields:
        config["upsert_field"] = "External_Id__c"
    return {"object_name": name, "config": config}


def interleaved(rounds: int) -> str:
    """An insert, an update and a deletion in each of four tables, one after another."""
    statements = "".join(f"""
        INSERT INTO {SCHEMA}.{name.lower()} {INSERTS[name]};
        UPDATE {SCHEMA}.{name.lower()} SET {UPDATES[name]} WHERE id = 2 * n;
        DELETE FROM {SCHEMA}.{name.lower()} WHERE id = 2 * n - 1;""" for name in INSERTS)
    return f"DO $$ BEGIN FOR n IN 1..{rounds} LOOP {statements} END LOOP; END $$"


def bare_collections(org: Org, ids: list[str], threads: int) -> float:
    """Records a second of a client that only updates, so many calls at a time."""
    parts = [ids[place:place + BATCH] for place in range(0, len(ids), BATCH)]
    lock = threading.Lock()

    def work() -> None:
        while True:
            with lock:
                if not parts:
                    return
                part = parts.pop()
            records = [{"attributes": {"type": "Account"}, "id": one, "Phone": "3"} for one in part]
            request = urllib.request.Request(
                org.url + COLLECTIONS, method="PATCH", data=json.dumps({"allOrNone": False, "records": records}).encode(),
                headers={"Authorization": f"Bearer {org.client.token}", "Content-Type": "application/json"})
            with urllib.request.urlopen(request, timeout=60) as answer:
                assert all(result["success"] for result in json.load(answer))

    started = time.monotonic()
    running = [threading.Thread(target=work) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    return len(ids) / (time.monotonic() - started)


class WriteBench:
    """One run of all parts."""

    def __init__(self, server: Database, configuration: str, arguments: argparse.Namespace) -> None:
        self.server = server
        self.configuration = configuration
        self.arguments = arguments
        self.binaries = ROOT / ".build" / configuration

    def run(self, results: Results) -> None:
        for part in self.arguments.parts:
            getattr(self, part)(results)

    def cluster(self, name: str, org: Org, objects: list[str], calls: int = 4) -> WriteCluster:
        cluster = WriteCluster(self.server, f"bench_write_{name}", self.configuration, org, objects, calls)
        cluster.start(2)
        cluster.load_all()
        return cluster

    def org(self, rows: dict[str, int]) -> Org:
        return Org(self.binaries, rows, 50_000)

    def update(self, results: Results) -> None:
        count = self.arguments.changes
        org = self.org({"Account": count})
        cluster = self.cluster("update", org, ["Account"])
        try:
            sql = f"UPDATE {SCHEMA}.account SET phone = 'new ' || id, annualrevenue = id"
            written = count / cluster.write(sql)
            peak = cluster.worker_peak()
            self.check(cluster)
            drained = count / cluster.drain(sql.replace("new", "newer").replace("= id", "= id + 1"))
            results.add("update_100000", written, "rows/s", {"sql_drain": drained})
            results.add("worker_peak_mb", peak, "MB", {"wanted": 100})
        finally:
            cluster.end()
            org.stop()

    def interleaved(self, results: Results) -> None:
        rounds = self.arguments.changes // 12
        org = self.org({name: 2 * rounds for name in INSERTS})
        cluster = self.cluster("interleaved", org, list(INSERTS))
        try:
            written = rounds * 12 / cluster.write(interleaved(rounds))
            self.check(cluster)
        finally:
            cluster.end()
        cluster = self.cluster("drain", org, list(INSERTS))
        try:
            drained = rounds * 12 / cluster.drain(interleaved(rounds))
            results.add("interleaved_100000", written, "rows/s", {"sql_drain": drained})
        finally:
            cluster.end()
            org.stop()

    def slow(self, results: Results) -> None:
        count = self.arguments.changes // 5
        org = self.org({"Account": count})
        cluster = self.cluster("slow", org, ["Account"], calls=8)
        try:
            ids = [row[0] for row in cluster.database.rows(f"SELECT sfid FROM {SCHEMA}.account ORDER BY id")]
            org.client.expect({200, 201, 204}, "POST", "/sandbox/trouble", {
                "kind": "latency", "median_ms": 250, "count": -1, "path_prefix": COLLECTIONS})
            bare = bare_collections(org, ids, 8)
            written = count / cluster.write(f"UPDATE {SCHEMA}.account SET phone = 'slow ' || id")
            self.check(cluster)
            results.add("update_slow_org", written, "rows/s", {"bare_collections": bare})
        finally:
            cluster.end()
            org.stop()

    def latency(self, results: Results) -> None:
        org = self.org({"Account": 1000})
        cluster = self.cluster("latency", org, ["Account"])
        try:
            times = []
            for number in range(1, 101):
                txid = cluster.database.value(f"BEGIN; UPDATE {SCHEMA}.account SET phone = 'l{number}' WHERE id = {number}; SELECT txid_current(); COMMIT")
                milliseconds = cluster.database.value(f"""
                    WITH verdict AS MATERIALIZED (SELECT state FROM sluice.await_write({txid}, '10 seconds'))
                    SELECT extract(epoch FROM clock_timestamp() - created_at) * 1000 FROM {SCHEMA}._trigger_log
                    WHERE txid = {txid} AND (SELECT bool_and(state = 'SUCCESS') FROM verdict)""")
                times.append(float(milliseconds))
                time.sleep(0.25)
            results.add("postgres_to_org_p50_ms", statistics.median(times), "ms")
            results.add("postgres_to_org_p99_ms", sorted(times)[int(len(times) * 0.99) - 1], "ms", {"wanted": 250})
        finally:
            cluster.end()
            org.stop()

    def check(self, cluster: WriteCluster) -> None:
        states = cluster.database.rows(f"SELECT state, count(*) FROM {SCHEMA}._trigger_log GROUP BY 1 ORDER BY 1")
        if {state for state, _ in states} != {"SUCCESS"}:
            raise SystemExit(f"bench: not every change was written: {states}")


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench write", description=__doc__)
    parser.add_argument("--changes", type=int, default=100_000, help="changes of each part (default: 100,000)")
    parser.add_argument("--parts", nargs="*", default=["update", "interleaved", "slow", "latency"], choices=["update", "interleaved", "slow", "latency"])
    parser.add_argument("--profile", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--json", metavar="FILE", help="append one JSON object a figure")
    return parser.parse_args(arguments)


def main(url: str, configuration: str, arguments: list[str]) -> int:
    end_on_signals()
    options = parse(arguments)
    LOGS.mkdir(parents=True, exist_ok=True)
    server = Database(url)
    say(f"write: {describe(server, ROOT)}")
    WriteBench(server, configuration, options).run(Results("write", options.json))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
    except KeyboardInterrupt:
        sys.exit(130)
