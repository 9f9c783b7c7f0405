"""scripts/bench latency: from a change in the org, by REST, until anybody sees it in Postgres, with accelerated polling."""

import argparse
import copy
import subprocess
import sys
import time

from checks.cluster import ROOT, SCHEMA
from checks.database import Database
from checks.processes import end_on_signals
from checks.waiting import wait_for

from .load_cluster import LOGS, OBJECT, LoadCluster, Org
from .machine import describe
from .queue_probe import percentile
from .results import Results, say

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

    def __init__(self, server: Database, configuration: str, options: argparse.Namespace) -> None:
        self.server = server
        self.configuration = configuration
        self.options = options

    def run(self, results: Results) -> None:
        org = Org(ROOT / ".build" / self.configuration, self.options.rows, 50_000)
        try:
            cluster = LoadCluster(self.server, "bench_latency", self.configuration, org)
            try:
                self.measure(cluster, org, results)
            finally:
                cluster.end()
        finally:
            org.stop()

    def measure(self, cluster: LoadCluster, org: Org, results: Results) -> None:
        cluster.mappings = copy.deepcopy(cluster.mappings)
        for mapping in cluster.mappings:
            mapping["config"] |= {"sf_notify_enabled": True, "sf_polling_seconds": 3600}
        cluster.start(self.options.workers)
        cluster.load()
        wait_for("change events are read", 60, lambda: cluster.database.value("SELECT state FROM sluice.accelerated_mappings") == "live")
        table = OBJECT.lower()
        records = [row[0] for row in cluster.database.rows(f"SELECT sfid FROM {SCHEMA}.{table} ORDER BY sfid LIMIT {self.options.changes}")]
        times = [self.change(cluster, org, sfid, f"+{number}", table) for number, sfid in enumerate(records)]
        for share in (50, 99):
            results.add(
                f"org_to_postgres_p{share}_ms", percentile(times, share / 100), "ms", {"the issue's bar": P99_MS} if share == 99 else None)

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


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench latency", description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000, help="Accounts in the org (default: 20,000)")
    parser.add_argument("--changes", type=int, default=300, help="records that are changed, one after another (default: 300)")
    parser.add_argument("--workers", type=int, default=1, help="workers (default: 1)")
    parser.add_argument("--profile", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--json", metavar="FILE", help="append one JSON object a figure")
    return parser.parse_args(arguments)


def main(url: str, configuration: str, arguments: list[str]) -> int:
    end_on_signals()
    options = parse(arguments)
    LOGS.mkdir(parents=True, exist_ok=True)
    server = Database(url)
    say(f"latency: {describe(server, ROOT)}")
    LatencyBench(server, configuration, options).run(Results("latency", options.json))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
    except KeyboardInterrupt:
        sys.exit(130)
