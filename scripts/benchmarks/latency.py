"""scripts/bench latency: from a change in the org, by REST, until anybody sees it in Postgres, with accelerated polling."""

import argparse
import copy
import subprocess
import time

from checks.cluster import SCHEMA, CommandFailed
from checks.waiting import wait_for

from .entry import Run, main, whole_number
from .load_cluster import OBJECT, LoadCluster, Org
from .results import percentile

# What the issue asks for.
P99_MS = 500.0

# Each look is a transaction of its own, as an application's would be.
WATCH = """
DO $$
DECLARE until timestamptz := clock_timestamp() + interval '60 s';
BEGIN
    WHILE NOT EXISTS (SELECT FROM {schema}.{table} WHERE sfid = '{sfid}' AND phone = '{phone}') LOOP
        COMMIT;
        IF clock_timestamp() > until THEN RAISE 'not there after 60 s'; END IF;
        PERFORM pg_sleep(0.002);
    END LOOP;
END $$;
SELECT extract(epoch FROM clock_timestamp());
"""


class LatencyBench:
    """An org, a cluster whose mapping is accelerated and polled once an hour, and somebody who changes records one by one."""

    def __init__(self, run: Run) -> None:
        self.bench = run
        self.options = run.options

    def run(self) -> None:
        if self.options.changes > self.options.rows:
            raise CommandFailed(f"--changes {self.options.changes}: expected at most as many as --rows {self.options.rows}")
        with Org(self.bench.binaries, self.options.rows, 50_000) as org:
            cluster = LoadCluster(self.bench.server, "bench_latency", self.bench.configuration, org)
            try:
                self.measure(cluster, org)
            finally:
                cluster.end()

    def measure(self, cluster: LoadCluster, org: Org) -> None:
        cluster.mappings = copy.deepcopy(cluster.mappings)
        for mapping in cluster.mappings:
            mapping["config"] |= {"sf_notify_enabled": True, "sf_polling_seconds": 3600}
        cluster.start(self.options.workers)
        cluster.load()
        wait_for("change events are read", 60, lambda: cluster.database.value("SELECT state FROM sluice.accelerated_mappings") == "live")
        table = OBJECT.lower()
        records = [row[0] for row in cluster.database.rows(f"SELECT sfid FROM {SCHEMA}.{table} ORDER BY sfid LIMIT {self.options.changes}")]
        times = [self.change(cluster, org, sfid, f"+{number}", table) for number, sfid in enumerate(records)]
        self.bench.results.add("org_to_postgres_p50_ms", percentile(times, 0.5), "ms")
        self.bench.results.add("org_to_postgres_p99_ms", percentile(times, 0.99), "ms", bar=P99_MS)

    def change(self, cluster: LoadCluster, org: Org, sfid: str, phone: str, table: str) -> float:
        """Milliseconds from just before the call that changes a record until the row is seen."""
        watch = subprocess.Popen(
            ["psql", "--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--set=ON_ERROR_STOP=1", cluster.database.url],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert watch.stdin is not None and watch.stdout is not None
        watch.stdin.write(WATCH.format(schema=SCHEMA, table=table, sfid=sfid, phone=phone))
        watch.stdin.close()
        # It looks by then.
        time.sleep(0.1)
        began = time.time()
        org.client.expect({204}, "PATCH", f"/services/data/v60.0/sobjects/{OBJECT}/{sfid}", {"Phone": phone})
        seen = float(watch.stdout.read())
        watch.wait()
        return (seen - began) * 1000


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rows", type=whole_number, default=20_000, help="Accounts in the org (default: 20,000)")
    parser.add_argument("--changes", type=whole_number, default=300, help="records that are changed, one after another (default: 300)")
    parser.add_argument("--workers", type=whole_number, default=1, help="workers (default: 1)")


if __name__ == "__main__":
    main("latency", __doc__, add_options, lambda run: LatencyBench(run).run())
