"""What others do to the queue: a neighbour's backlog, and somebody's old snapshot."""

import json
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from checks.cluster import CommandFailed

from .queue_probe import QueueDatabase
from .results import Results, percentile, say

CROWDED, LONELY = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
BACKLOG = 100_000
STRETCH = 10
# How long the work goes on after the old transaction has ended, in seconds.
RELEASED = 120
# What the issue asks for: shares of the rate before that are kept, on the whole and in any ten seconds, and when the rest is back.
KEPT, KEPT_WORST, RECOVERED, RECOVERED_SECONDS = 0.9, 0.7, 0.95, 60.0


def fairness(queue: QueueDatabase, milliseconds: int) -> list[float]:
    """How long single jobs of one connection wait while 100,000 of another do, each of which takes some time; in milliseconds."""
    queue.enqueue(BACKLOG, ms=milliseconds, connection=CROWDED)
    queue.settle("sluice.jobs")
    with tempfile.TemporaryDirectory() as directory:
        with queue.workers(2, "--concurrency", "10", "--latencies", f"{directory}/{{}}"):
            queue.wait_until_live(2)
            queue.run("pace", "--count", "100", "--rate", "20", "--connection", LONELY)
            queue.wait_until_empty(LONELY)
            if queue.waits(CROWDED) == 0:
                raise CommandFailed("the backlog did not last; nothing was measured")
        return [float(line) for file in Path(directory).iterdir() for line in file.read_text(encoding="utf-8").split()]


@contextmanager
def old_snapshot(url: str) -> Iterator[None]:
    """A transaction that looked once and then does nothing: no dead row that it could see is swept away."""
    process = subprocess.Popen(
        ["psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        process.stdin.write("BEGIN ISOLATION LEVEL REPEATABLE READ;\nSELECT count(*) FROM sluice.jobs;\n")
        process.stdin.flush()
        process.stdout.readline()
        yield
    finally:
        process.kill()
        process.wait()


def start_churn(queue: QueueDatabase, seconds: int) -> list[subprocess.Popen]:
    """Two processes that enqueue and work off as fast as they can, for a stretch that does not count and so many seconds more."""
    command = [queue.binary, "churn", "--seconds", str(seconds + STRETCH), "--stretch", str(STRETCH)]
    return [subprocess.Popen(command, env=queue.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) for _ in range(2)]


def rates_of(processes: list[subprocess.Popen]) -> list[float]:
    """Waits for their end. Jobs a second of both, stretch by stretch, without the first."""
    stretches = [[json.loads(line)["jobs"] / STRETCH for line in process.communicate()[0].splitlines()] for process in processes]
    return [sum(rates) for rates in zip(*stretches, strict=False)][1:]


def held_snapshot(queue: QueueDatabase, seconds: int, results: Results) -> None:
    """Throughput before, while and after a transaction holds every dead row, and how many of them there are; the work goes on when it ends."""
    before = rates_of(start_churn(queue, 60))
    with old_snapshot(queue.database.url):
        processes = start_churn(queue, seconds + RELEASED)
        time.sleep(STRETCH + seconds)
        dead = queue.dead_rows()
    rates = rates_of(processes)
    held, after = rates[:seconds // STRETCH], rates[seconds // STRETCH:]
    base, last = sum(before) / len(before), held[-6:]
    later = after[int(RECOVERED_SECONDS) // STRETCH:]
    say("  before " + ", ".join(f"{rate:,.0f}" for rate in before) + " jobs/s")
    say(f"  held   {', '.join(f'{rate:,.0f}' for rate in held)} jobs/s")
    say("  after  " + ", ".join(f"{rate:,.0f}" for rate in after) + " jobs/s")
    results.add("snapshot_held_jobs_per_second", sum(held) / len(held), "jobs/s", {"before": base}, bars={"before": KEPT})
    results.add("snapshot_held_worst_jobs_per_second", min(held), "jobs/s", {"before": base}, bars={"before": KEPT_WORST})
    results.add("snapshot_held_last_minute_jobs_per_second", sum(last) / len(last), "jobs/s", {"before": base})
    results.add("snapshot_recovered_seconds", recovery(after, base), "s", bar=RECOVERED_SECONDS)
    results.add("snapshot_released_jobs_per_second", sum(later) / len(later), "jobs/s", {"before": base}, bars={"before": RECOVERED})
    results.add("snapshot_held_dead_rows", dead, "rows")
    results.add("snapshot_released_dead_rows", queue.dead_rows(), "rows")


def recovery(after: list[float], base: float) -> float:
    """Seconds until the end of the first stretch that is as fast as before; one stretch more than there were when none is."""
    place = next((place for place, rate in enumerate(after) if rate >= RECOVERED * base), len(after))
    return STRETCH * (place + 1.0)


def report_fairness(name: str, waits: list[float], results: Results) -> None:
    for share in (50, 99):
        results.add(f"fairness_{name}_p{share}_ms", percentile(waits, share / 100), "ms")
