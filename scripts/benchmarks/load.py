"""scripts/bench load: from the import of a mapping to DATA_SYNCED, by 1 and by 2 workers, beside curl into psql."""

import argparse
import sys
from pathlib import Path

from checks.cluster import ROOT
from checks.database import Database
from checks.processes import end_on_signals

from .curl_copy import Copy, curl_copy
from .load_cluster import LOGS, OBJECT, Load, LoadCluster, Org
from .machine import describe
from .results import Results, say
from .statements import Statements

SMALL_ROWS = 50_000


class LoadBench:
    """One run: figures of every part, the best of several rounds, since whatever else the machine does only ever slows it down."""

    def __init__(self, server: Database, configuration: str, arguments: argparse.Namespace) -> None:
        self.server = server
        self.configuration = configuration
        self.arguments = arguments
        self.binaries: Path = ROOT / ".build" / configuration
        self.statements = Statements(server) if arguments.profile else None
        self.measurements = 0

    def run(self, results: Results) -> None:
        rows = self.arguments.rows
        org = Org(self.binaries, rows, self.arguments.page_rows)
        try:
            rounds = [self.round(org) for _ in range(self.arguments.rounds)]
        finally:
            org.stop()
        one, two = (max((taken[part] for taken in rounds), key=lambda load: load.rate) for part in (0, 1))
        copies = {pipes: max((taken[2][pipes] for taken in rounds), key=lambda copy: copy.rate) for pipes in (1, 2)}
        # The better of the two ways to use curl is the limit.
        limit = max(copy.rate for copy in copies.values())
        share = one.bytes / one.rows / 1e6
        say(f"{rows:,} rows of 26 columns, {one.bytes / 1e6:,.0f} MB of CSV in pages of {self.arguments.page_rows:,} rows; best of {len(rounds)}:")
        for name, load in (("load_1_worker", one), ("load_2_workers", two)):
            results.add(name, load.rate, "rows/s", {"curl_copy": limit})
            results.add(f"{name}_mb", load.megabytes, "MB/s", {"curl_copy": limit * share})
        for pipes, copy in copies.items():
            results.add(f"curl_copy_{pipes}", copy.rate, "rows/s")
        if self.arguments.small:
            small_org = Org(self.binaries, SMALL_ROWS, self.arguments.page_rows)
            try:
                small = self.measure(small_org, 1)[0]
            finally:
                small_org.stop()
            results.add("worker_peak_mb", one.peak_mb, "MB", {f"load_of_{SMALL_ROWS}_rows": small.peak_mb})

    def round(self, org: Org) -> tuple[Load, Load, dict[int, Copy]]:
        one, copies = self.measure(org, 1, with_copies=True)
        two, _ = self.measure(org, 2)
        return one, two, copies

    def measure(self, org: Org, workers: int, with_copies: bool = False) -> tuple[Load, dict[int, Copy]]:
        """One load on a new database; then, with the cluster idle beside it, the copies."""
        self.measurements += 1
        cluster = LoadCluster(self.server, f"bench_load_{self.measurements}", self.configuration, org)
        try:
            cluster.start(workers)
            if self.statements:
                self.statements.reset()
            load = cluster.load()
            cpu = ", ".join(f"{name} {seconds:.1f}" for name, seconds in load.cpu.items())
            say(f"  {load.rows:,} rows by {workers} worker{'s' * (workers > 1)}: {load.seconds:.2f} s, {load.rate:,.0f} rows/s, "
                f"{load.megabytes:.1f} MB/s, worker peak {load.peak_mb:.1f} MB; CPU seconds: {cpu}")
            if self.statements:
                self.statements.show(cluster.database)
            copies = {pipes: curl_copy(cluster.database, org, cluster.fields(OBJECT), pipes) for pipes in (1, 2)} if with_copies else {}
            for pipes, copy in copies.items():
                say(f"  {copy.rows:,} rows by {pipes} x curl | psql: {copy.seconds:.2f} s, {copy.rate:,.0f} rows/s")
            return load, copies
        finally:
            cluster.end()


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench load", description=__doc__)
    parser.add_argument("--rows", type=int, default=500_000, help="Accounts in the org (default: 500,000)")
    parser.add_argument("--page-rows", type=int, default=50_000, help="rows of a bulk result page (default: 50,000)")
    parser.add_argument("--rounds", type=int, default=2, help="measurements of each kind, of which the best counts (default: 2)")
    parser.add_argument("--no-small", dest="small", action="store_false", help=f"leave out the load of {SMALL_ROWS:,} rows that peak memory is held against")
    parser.add_argument("--profile", action="store_true", help="show which statements take the server's time, by pg_stat_statements")
    parser.add_argument("--peers", action="store_true", help="say what is known of ingestr and tap-salesforce")
    parser.add_argument("--json", metavar="FILE", help="append one JSON object a figure")
    return parser.parse_args(arguments)


def main(url: str, configuration: str, arguments: list[str]) -> int:
    end_on_signals()
    options = parse(arguments)
    LOGS.mkdir(parents=True, exist_ok=True)
    server = Database(url)
    say(f"load: {describe(server, ROOT)}")
    if options.peers:
        say("  ingestr and tap-salesforce are not measured yet")
    LoadBench(server, configuration, options).run(Results("load", options.json))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
    except KeyboardInterrupt:
        sys.exit(130)
