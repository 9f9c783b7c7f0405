"""scripts/bench queue: the job queue through its public API, beside plain SQL and other queues in the same run."""

import argparse
import json
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

from checks.foreign.environments import NotInstalled

from .control import twin_server
from .entry import Run, add_parts, duration, main, whole_number
from .machine import cpu_seconds
from .queue_peers import WIDTHS, Peer
from .queue_pressure import fairness, held_snapshot, report_fairness
from .queue_probe import KIND, Cost, CostMeter, QueueDatabase, Tally
from .results import percentile, say, warn

RAW_BATCH = 200
DEEP = 1_000_000
BATCHES = [1, 10, 100, 1000]
# So many jobs one by one say enough.
SINGLE_JOBS = 5_000


class QueueBench:
    """One run of the parts that were asked for."""

    def __init__(self, run: Run) -> None:
        self.server = run.server
        self.configuration = run.configuration
        self.arguments = run.options
        self.results = run.results
        self.slots = ["--concurrency", str(self.arguments.concurrency), "--prefetch", str(self.arguments.prefetch)]

    def run(self) -> None:
        for part in self.arguments.parts:
            getattr(self, part)()

    @contextmanager
    def database(self, prepared: bool = True):
        queue = QueueDatabase(self.server, self.configuration)
        try:
            if prepared:
                queue.prepare()
            yield queue
        finally:
            queue.drop()

    # Throughput

    def drain(self) -> None:
        """No-op jobs by 1 and by 2 processes, beside the limit and the peers."""
        raw = {processes: self.best(lambda: self.drain_raw(processes)) for processes in (1, 2)}
        copied = self.copy_raw()
        peers = self.drain_peers() if self.arguments.peers else {}
        for processes, name in ((1, "drain_1_worker"), (2, "drain_2_workers")):
            enqueued, drained, cost = self.best(lambda: self.drain_queue(processes), rate=lambda run: run[1].rate)
            against = {"raw_sql": raw[processes][0].rate} | {peer: runs[processes][1].rate for peer, runs in peers.items()}
            self.results.add(name, drained.rate, "jobs/s", against)
            if processes == 1:
                self.results.add(
                    "enqueue_bulk", enqueued.rate, "jobs/s", {"raw_copy": copied.rate} | {peer: runs[1][0].rate for peer, runs in peers.items()})
            costs: dict[str, Cost] = {"raw_sql": raw[processes][1]} | {peer: runs[processes][2] for peer, runs in peers.items()}
            suffix = f"{processes}_worker{'s' * (processes > 1)}"
            self.results.add(f"wal_per_job_{suffix}", cost.wal_bytes, "B", {peer: other.wal_bytes for peer, other in costs.items()})
            self.results.add(f"commits_per_job_{suffix}", cost.commits, "", {peer: other.commits for peer, other in costs.items()})

    def best(self, measure: Callable, rate: Callable = lambda run: run[0].rate):
        """Of several rounds: whatever else the machine does only ever slows one down."""
        return max((measure() for _ in range(self.arguments.rounds)), key=rate)

    def drain_queue(self, processes: int, jobs: int | None = None, batch: int | None = None) -> tuple[Tally, Tally, Cost]:
        """All jobs enqueued by one process and drained by others; in batches of their own size, where one is given."""
        jobs = jobs or self.arguments.jobs
        slots = ["--concurrency", str(batch), "--prefetch", "0"] if batch else self.slots
        with self.database() as queue:
            enqueued = queue.enqueue(jobs, batch=batch)
            queue.settle("sluice.jobs")
            meter = CostMeter(self.server, queue.database)
            with queue.workers(processes, "--idle", *slots):
                queue.wait_until_drained()
            return enqueued, queue.finished(jobs), meter.cost(jobs)

    def drain_raw(self, processes: int) -> tuple[Tally, Cost]:
        jobs = self.arguments.jobs
        with self.database(prepared=False) as queue:
            queue.run("raw", "prepare")
            queue.database.rows(
                f"INSERT INTO raw_jobs (kind, args) SELECT '{KIND}', '{{\"ms\": 0, \"fail\": 0, \"crash\": false}}' FROM generate_series(1, {jobs})")
            queue.settle("raw_jobs")
            meter = CostMeter(self.server, queue.database)
            started = [
                subprocess.Popen(
                    [queue.binary, "raw", "drain", "--batch", str(RAW_BATCH)], env=queue.environment, stdout=subprocess.PIPE, text=True)
                for _ in range(processes)]
            lines = [process.communicate(timeout=300)[0] for process in started]
            tally = Tally.sum([json.loads(line) for line in lines])
            return tally, meter.cost(jobs)

    def copy_raw(self) -> Tally:
        """The limit of enqueueing: COPY into a table of jobs."""
        jobs = self.arguments.jobs
        with self.database(prepared=False) as queue, tempfile.NamedTemporaryFile("w") as file:
            queue.run("raw", "prepare")
            file.writelines(f'{KIND}\t{{"ms": 0, "fail": 0, "crash": false}}\n' for _ in range(jobs))
            file.flush()
            started = time.time()
            queue.database.rows(f"\\copy raw_jobs (kind, args) FROM '{file.name}'")
            return Tally(jobs, started, time.time())

    def drain_peers(self) -> dict[str, dict[int, tuple[Tally, Tally, Cost]]]:
        found = {}
        try:
            for name, widths in WIDTHS.items():
                found[name] = {processes: self.drain_peer(name, processes, widths) for processes in (1, 2)}
        except NotInstalled as error:
            warn(f"the peers are left out: they cannot be installed: {error}")
        return found

    def drain_peer(self, name: str, processes: int, widths: list[int]) -> tuple[Tally, Tally, Cost]:
        """The best of its widths."""
        runs = []
        for width in widths:
            with self.database(prepared=False) as queue:
                runs.append(Peer(name, queue).run(self.arguments.peer_jobs, processes, width))
        best = max(runs, key=lambda run: run[1].rate)
        say(f"  {name}, {processes} process{'es' * (processes > 1)}: {best[1].rate:,.0f} jobs/s")
        return best

    def batches(self) -> None:
        """Enqueueing so many jobs a transaction, and draining by a worker that claims so many at a time."""
        for batch in BATCHES:
            jobs = min(self.arguments.jobs, self.arguments.jobs * batch // max(BATCHES) + SINGLE_JOBS)
            enqueued, drained, _ = self.best(lambda: self.drain_queue(1, jobs, batch), rate=lambda run: run[1].rate)
            self.results.add(f"enqueue_batch_{batch}", enqueued.rate, "jobs/s")
            self.results.add(f"drain_batch_{batch}", drained.rate, "jobs/s")

    # Latency

    def latency(self) -> None:
        """From just before the call that enqueues to the handler's first line."""
        for name, rate, count in (("idle", 20, 400), ("1000", 1000, 15_000)):
            with self.database() as queue, tempfile.TemporaryDirectory() as directory:
                with queue.workers(2, "--concurrency", "20", "--latencies", f"{directory}/{{}}"):
                    queue.wait_until_live(2)
                    queue.run("pace", "--count", str(count), "--rate", str(rate))
                    queue.wait_until_drained(60)
                values = [float(line) for file in Path(directory).iterdir() for line in file.read_text(encoding="utf-8").split()]
                took = queue.finished(count)
            for share in (50, 99):
                self.results.add(f"latency_{name}_p{share}_ms", percentile(values, share / 100), "ms")
            if name != "idle":
                self.results.add("latency_1000_jobs_per_second", took.rate, "jobs/s", {"offered": rate})

    def idle(self) -> None:
        """What a worker costs that has nothing to do: the longer of two stretches less the shorter, so that start and end cancel out."""
        commits, seconds = {}, (5.0, 25.0)
        cpu = 0.0
        for length in seconds:
            with self.database() as queue:
                meter = CostMeter(self.server, queue.database)
                with queue.workers(1) as processes:
                    time.sleep(2)
                    before = cpu_seconds(processes[0].pid)
                    time.sleep(length)
                    cpu = (cpu_seconds(processes[0].pid) - before) / length
                commits[length] = meter.total_commits()
        self.results.add("idle_queries_per_second", (commits[seconds[1]] - commits[seconds[0]]) / (seconds[1] - seconds[0]), "1/s")
        self.results.add("idle_cpu_percent", cpu * 100, "%")

    # Staying fast

    def depth(self) -> None:
        """How long a claim of 20 jobs takes, with few jobs about, behind a million that wait, and behind a million that are done."""
        few = self.claim_times(0, 0)
        deep = {"waiting": self.claim_times(DEEP, 0), "finished": self.claim_times(0, DEEP)}
        for share in (50, 99):
            base = percentile(few, share / 100)
            self.results.add(f"claim_few_p{share}_ms", base, "ms")
            for name, values in deep.items():
                self.results.add(f"claim_{DEEP}_{name}_p{share}_ms", percentile(values, share / 100), "ms", {"claim_few": base})

    def claim_times(self, waiting: int, finished: int) -> list[float]:
        with self.database() as queue:
            queue.enqueue(5_000 + waiting)
            if finished:
                queue.database.rows(f"""
                    INSERT INTO sluice.finished_jobs (id, kind, state, priority, run_at, attempt, args, created_at, started_at, plane)
                    SELECT 1000000000 + n, '{KIND}', 'completed', 100, now(), 1, '{{}}', now(), now(), 0 FROM generate_series(1, {finished}) AS n""")
            queue.settle("sluice.jobs", "sluice.finished_jobs")
            self.server.rows("CHECKPOINT")
            report = queue.run("claim", "--count", "200", "--limit", "20")
            if report["jobs"] != 200 * 20:
                warn(f"{report['jobs']} jobs were claimed instead of {200 * 20}")
            return report["milliseconds"]

    # Scaling

    def scale(self) -> None:
        """More processes over jobs that wait 50 ms each, as calls to Salesforce do."""
        slots, ms = self.arguments.scale_concurrency, 50
        for processes in (1, 2, 4, 8):
            ideal = processes * slots * 1000 / ms
            jobs = int(ideal * self.arguments.scale_seconds)
            with self.database() as queue:
                queue.enqueue(jobs, ms=ms)
                queue.settle("sluice.jobs")
                with queue.workers(processes, "--concurrency", str(slots)):
                    queue.wait_until_drained()
                rate = queue.finished(jobs).rate
            self.results.add(f"scale_{processes}_worker{'s' * (processes > 1)}", rate, "jobs/s", {"ideal": ideal})


    # Others

    def fairness(self) -> None:
        """Single jobs beside a neighbour's backlog, of jobs that wait for Salesforce and of jobs that do nothing."""
        for name, milliseconds in (("long_jobs", 50), ("short_jobs", 1)):
            with self.database() as queue:
                report_fairness(name, fairness(queue, milliseconds), self.results)

    def snapshot(self) -> None:
        """Somebody's idle transaction, which keeps every dead row, beside a queue whose dead rows nobody keeps."""
        with self.database() as queue, twin_server(self.server) as twin:
            control = QueueDatabase(twin, self.configuration)
            control.prepare()
            held_snapshot(queue, control, self.arguments.snapshot_seconds, self.results)


PARTS = ["drain", "batches", "latency", "idle", "depth", "scale", "fairness", "snapshot"]


def add_options(parser: argparse.ArgumentParser) -> None:
    add_parts(parser, PARTS)
    parser.add_argument("--jobs", type=whole_number, default=200_000, help="no-op jobs to drain (default: 200,000)")
    parser.add_argument("--peer-jobs", type=whole_number, default=20_000, help="no-op jobs for the peers to drain (default: 20,000)")
    parser.add_argument("--no-peers", dest="peers", action="store_false", help="leave out pgqueuer and procrastinate")
    parser.add_argument("--concurrency", type=whole_number, default=200, help="slots of a worker that drains no-op jobs (default: 200)")
    parser.add_argument("--prefetch", type=whole_number, default=800, help="jobs it claims beyond those (default: 800)")
    parser.add_argument("--scale-concurrency", type=whole_number, default=10, help="slots of a worker whose jobs wait (default: 10)")
    parser.add_argument("--scale-seconds", type=duration, default=8, help="how long each size should take, were it ideal (default: 8)")
    parser.add_argument("--snapshot-seconds", type=whole_number, default=120, help="how long a transaction holds the dead rows (default: 120)")
    parser.add_argument("--rounds", type=whole_number, default=2, help="measurements of each throughput, of which the best counts (default: 2)")


if __name__ == "__main__":
    main("queue", __doc__, add_options, lambda run: QueueBench(run).run())
