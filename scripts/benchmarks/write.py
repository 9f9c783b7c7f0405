"""scripts/bench write: how fast changes in Postgres reach the org, beside the same log emptied by SQL alone and a bare client of the org."""

import argparse
import time
from collections.abc import Iterator
from contextlib import contextmanager

from checks.cluster import SCHEMA

from .bare_collections import bare_collections
from .capture import Capture
from .entry import Run, add_parts, main, whole_number
from .load_cluster import Org
from .results import percentile, say
from .write_cluster import FIELDS, WriteCluster

# What the issue asks for: ratios, milliseconds, and megabytes of a worker.
DRAIN_SHARE, SLOW_SHARE = 0.6, 0.8
P99_MS = 250.0
PEAK_MB = 100.0
INSERTS = {
    "Account": "(name, phone) VALUES ('made ' || n, '1')",
    "Contact": "(lastname, email) VALUES ('made ' || n, n || '@example.com')",
    "Lead": "(lastname, company) VALUES ('made ' || n, 'company')",
    "Opportunity": "(name, stagename, closedate) VALUES ('made ' || n, 'Prospecting', '2026-01-01')",
}
UPDATES = {"Account": "phone = '2'", "Contact": "phone = '2'", "Lead": "phone = '2'", "Opportunity": "name = 'changed ' || n"}


def interleaved(rounds: int) -> str:
    """An insert, an update and a deletion in each of four tables, one after another."""
    statements = "".join(f"""
        INSERT INTO {SCHEMA}.{name.lower()} {INSERTS[name]};
        UPDATE {SCHEMA}.{name.lower()} SET {UPDATES[name]} WHERE id = 2 * n;
        DELETE FROM {SCHEMA}.{name.lower()} WHERE id = 2 * n - 1;""" for name in FIELDS)
    return f"DO $$ BEGIN FOR n IN 1..{rounds} LOOP {statements} END LOOP; END $$"


class WriteBench:
    """One run of all parts."""

    def __init__(self, run: Run) -> None:
        self.bench = run
        self.options = run.options
        self.results = run.results

    def run(self) -> None:
        for part in self.options.parts:
            getattr(self, part)()

    @contextmanager
    def cluster(self, name: str, org: Org, objects: list[str], calls: int = 4) -> Iterator[WriteCluster]:
        cluster = WriteCluster(self.bench.server, f"bench_write_{name}", self.bench.configuration, org, objects, calls)
        try:
            cluster.start(2)
            cluster.import_mappings(600)
            yield cluster
        finally:
            cluster.end()

    def org(self, rows: dict[str, int]) -> Org:
        return Org(self.bench.binaries, rows, 50_000)

    def update(self) -> None:
        changes = self.options.changes
        with self.org({"Account": changes}) as org, self.cluster("update", org, ["Account"]) as cluster:
            sql = f"UPDATE {SCHEMA}.account SET phone = 'new ' || id, annualrevenue = id"
            written = changes / cluster.write(sql, changes)
            peak = cluster.worker_peak()
            cluster.check()
            drained = changes / cluster.drain(sql.replace("new", "newer").replace("= id", "= id + 1"))
            self.results.add(f"update_{changes}", written, "rows/s", {"sql_drain": drained}, bars={"sql_drain": DRAIN_SHARE})
            self.results.add("worker_peak_mb", peak, "MB", bar=PEAK_MB)

    def interleaved(self) -> None:
        rounds = max(1, self.options.changes // 12)
        changes = rounds * 12
        with self.org({name: 2 * rounds for name in FIELDS}) as org:
            # A deleted Account would take Contacts and Opportunities along, whose own changes were refused then.
            org.client.expect({200}, "POST", "/sandbox/schema", [
                {"change": "change_field", "object": child, "field": "AccountId", "set": {"whenParentIsDeleted": "keep"}}
                for child in ("Contact", "Opportunity")])
            with self.cluster("interleaved", org, list(FIELDS)) as cluster:
                written = changes / cluster.write(interleaved(rounds), changes)
                cluster.check()
            with self.cluster("drain", org, list(FIELDS)) as cluster:
                drained = changes / cluster.drain(interleaved(rounds))
        self.results.add(
            f"interleaved_{self.options.changes}", written, "rows/s", {"sql_drain": drained}, bars={"sql_drain": DRAIN_SHARE})

    def slow(self) -> None:
        changes = max(1, self.options.changes // 5)
        with self.org({"Account": changes}) as org, self.cluster("slow", org, ["Account"], calls=8) as cluster:
            # Collections calls of both: a bulk job makes few calls, which a slow org hardly holds up.
            cluster.set_bulk_writes(False)
            ids = [row[0] for row in cluster.database.rows(f"SELECT sfid FROM {SCHEMA}.account ORDER BY id")]
            org.client.expect({200, 201, 204}, "POST", "/sandbox/trouble", {
                "kind": "latency", "median_ms": 250, "count": -1, "path_prefix": "…/composite/sobjects"})
            bare = bare_collections(org, ids, 8)
            written = changes / cluster.write(f"UPDATE {SCHEMA}.account SET phone = 'slow ' || id", changes)
            cluster.check()
            self.results.add("update_slow_org", written, "rows/s", {"bare_collections": bare}, bars={"bare_collections": SLOW_SHARE})

    def latency(self) -> None:
        with self.org({"Account": 1000}) as org, self.cluster("latency", org, ["Account"]) as cluster:
            times = []
            for number in range(1, 101):
                txid = cluster.database.value(f"BEGIN; UPDATE {SCHEMA}.account SET phone = 'l{number}' WHERE id = {number}; SELECT txid_current(); COMMIT")
                milliseconds = cluster.database.value(f"""
                    WITH verdict AS MATERIALIZED (SELECT state FROM sluice.await_write({txid}, '10 seconds'))
                    SELECT extract(epoch FROM clock_timestamp() - created_at) * 1000 FROM {SCHEMA}._trigger_log
                    WHERE txid = {txid} AND (SELECT bool_and(state = 'SUCCESS') FROM verdict)""")
                times.append(float(milliseconds))
                time.sleep(0.25)
            self.results.add("postgres_to_org_p50_ms", percentile(times, 0.5), "ms")
            self.results.add("postgres_to_org_p99_ms", percentile(times, 0.99), "ms", bar=P99_MS)

    def ingest(self) -> None:
        """Rows that are new in Postgres, as a migration brings them: through Bulk 2.0 where the connection may."""
        rows = self.options.ingest_rows
        with self.org({"Account": 0}) as org, self.cluster("ingest", org, ["Account"]) as cluster:
            cluster.set_bulk_writes(True)
            seconds = cluster.write(
                f"INSERT INTO {SCHEMA}.account (name, phone, site, annualrevenue) "
                f"SELECT 'made ' || n, '+1 555 ' || n, 'site ' || n % 100, n FROM generate_series(1, {rows}) AS n", rows)
            cluster.check()
            say(f"  {rows:,} rows inserted in {seconds:.1f} s; the org's requests: {org.client.stats()['requests']}")
            self.results.add(f"ingest_{rows}", rows / seconds, "rows/s")
            self.results.add("ingest_worker_peak_mb", cluster.worker_peak(), "MB", bar=PEAK_MB)

    def capture(self) -> None:
        """A bulk UPDATE while nobody empties the log."""
        changes = self.options.changes
        with self.org({"Account": changes}) as org, self.cluster("capture", org, ["Account"]) as cluster:
            cluster.formation.stop()
            times = Capture(cluster.database).best(self.options.rounds)
            self.results.add(
                f"capture_{changes}_ms", times["sluice"], "ms", {"heroku_triggers": times["heroku"], "no_triggers": times["none"]},
                bars={"heroku_triggers": 1.0})


PARTS = ["update", "interleaved", "slow", "ingest", "capture", "latency"]


def add_options(parser: argparse.ArgumentParser) -> None:
    add_parts(parser, PARTS)
    parser.add_argument("--changes", type=whole_number, default=100_000, help="changes of each part (default: 100,000)")
    parser.add_argument("--ingest-rows", type=whole_number, default=1_000_000, help="rows inserted at once (default: 1,000,000)")
    parser.add_argument("--rounds", type=whole_number, default=3, help="measurements of what capture costs, of which the best counts (default: 3)")


if __name__ == "__main__":
    main("write", __doc__, add_options, lambda run: WriteBench(run).run())
