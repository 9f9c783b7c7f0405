"""scripts/bench load: from the import of a mapping to DATA_SYNCED, by 1 and by 2 workers, beside curl into psql and other people's loaders."""

import argparse

from .curl_copy import Copy, curl_copy
from .entry import Run, main, whole_number
from .load_cluster import OBJECT, Load, LoadCluster, Org
from .load_peers import LoadPeers
from .results import say

# What the issue asks for: ratios, and megabytes of a worker.
BARS = {"curl_copy": 1.0, "ingestr": 5.0, "tap_salesforce": 15.0}
PEAK_MB = 100.0
# Memory counts as the same when a load of other size takes at most so many times as much.
SAME = 1.25


class LoadBench:
    """Figures of every part, the best of several rounds, since whatever else the machine does only ever slows it down."""

    def __init__(self, run: Run) -> None:
        self.bench = run
        self.options = run.options
        self.measurements = 0
        self.fields: list[str] = []

    def run(self) -> None:
        results = self.bench.results
        with self.org(self.options.rows) as org:
            rounds = [self.round(org) for _ in range(self.options.rounds)]
        one, two = (max((taken[part] for taken in rounds), key=lambda load: load.rate) for part in (0, 1))
        copies = {pipes: max((taken[2][pipes] for taken in rounds), key=lambda copy: copy.rate) for pipes in (1, 2)}
        # The better of the two ways to use curl is the limit.
        limit = max(copy.rate for copy in copies.values())
        share = one.bytes / one.rows / 1e6
        peers = {}
        if self.options.peers:
            peers = LoadPeers(self.bench.server, self.bench.binaries, self.options.peer_rows, self.fields).measure()
        say(f"{one.rows:,} rows of 26 columns, {one.bytes / 1e6:,.0f} MB of CSV in pages of {self.options.page_rows:,} rows; best of {len(rounds)}:")
        results.add("load_1_worker", one.rate, "rows/s", {"curl_copy": limit} | peers, bars=BARS)
        results.add("load_2_workers", two.rate, "rows/s", {"curl_copy": limit} | peers)
        for name, load in (("load_1_worker_mb", one), ("load_2_workers_mb", two)):
            results.add(name, load.megabytes, "MB/s", {"curl_copy": limit * share})
        for pipes, copy in copies.items():
            results.add(f"curl_copy_{pipes}", copy.rate, "rows/s")
        for name, rate in peers.items():
            results.add(name, rate, "rows/s")
        results.add("worker_peak_mb", one.peak_mb, "MB", bar=PEAK_MB)
        for rows in self.options.memory_rows:
            self.memory(rows, one.peak_mb)

    def org(self, rows: int) -> Org:
        return Org(self.bench.binaries, rows, self.options.page_rows)

    def memory(self, rows: int, usual: float) -> None:
        """What the worker takes for a load of another size."""
        with self.org(rows) as org:
            peak = self.measure(org, 1)[0].peak_mb
        self.bench.results.add(
            f"worker_peak_mb_{rows}", peak, "MB", {f"load_of_{self.options.rows}": usual}, bars={f"load_of_{self.options.rows}": SAME}, bar=PEAK_MB)

    def round(self, org: Org) -> tuple[Load, Load, dict[int, Copy]]:
        one, copies = self.measure(org, 1, with_copies=True)
        two, _ = self.measure(org, 2)
        return one, two, copies

    def measure(self, org: Org, workers: int, with_copies: bool = False) -> tuple[Load, dict[int, Copy]]:
        """One load on a new database; then, with the cluster idle beside it, the copies."""
        self.measurements += 1
        cluster = LoadCluster(self.bench.server, f"bench_load_{self.measurements}", self.bench.configuration, org)
        try:
            cluster.start(workers)
            load = cluster.load()
            made = cluster.check_contract()
            say(f"  {load.rows:,} rows by {workers} worker{'s' * (workers > 1)}: {load.seconds:.2f} s, {load.rate:,.0f} rows/s, "
                f"{load.megabytes:.1f} MB/s, worker peak {load.peak_mb:.1f} MB; {made}; {spent(load.cpu)}")
            self.fields = cluster.fields(OBJECT)
            copies = {pipes: curl_copy(cluster.database, org, self.fields, pipes) for pipes in (1, 2)} if with_copies else {}
            for pipes, copy in copies.items():
                say(f"  {copy.rows:,} rows by {pipes} x curl | psql: {copy.seconds:.2f} s, {copy.rate:,.0f} rows/s; {spent(copy.cpu)}")
            return load, copies
        finally:
            cluster.end()


def spent(cpu: dict[str, float]) -> str:
    return "CPU seconds: " + ", ".join(f"{name} {seconds:.1f}" for name, seconds in cpu.items())


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rows", type=whole_number, default=1_000_000, help="Accounts in the org (default: 1,000,000)")
    parser.add_argument("--page-rows", type=whole_number, default=50_000, help="rows of a bulk result page (default: 50,000)")
    parser.add_argument("--rounds", type=whole_number, default=2, help="measurements of each kind, of which the best counts (default: 2)")
    parser.add_argument(
        "--memory-rows", type=whole_number, nargs="*", default=[100_000, 5_000_000], metavar="ROWS",
        help="other loads whose peak memory is held against that one's (default: 100000 5000000)")
    parser.add_argument(
        "--peers", action=argparse.BooleanOptionalAction, default=True, help="load with ingestr, and with tap-salesforce into target-postgres, as well")
    parser.add_argument("--peer-rows", type=whole_number, default=50_000, help="Accounts that the peers load (default: 50,000)")


if __name__ == "__main__":
    main("load", __doc__, add_options, lambda run: LoadBench(run).run())
