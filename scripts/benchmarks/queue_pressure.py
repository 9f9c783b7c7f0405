"""What others do to the queue: a neighbour's backlog, and somebody's old snapshot."""

import json
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from checks.cluster import CommandFailed

from .queue_probe import QueueDatabase
from .results import Results, percentile, say

CROWDED, LONELY = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
BACKLOG = 100_000
STRETCH = 10
# How long the work goes on before the old transaction begins and after it has ended, in seconds.
BEFORE, RELEASED = 120, 120
# What the issue asks for: shares of the rate that are kept, on the whole and in any ten seconds, and when the rest is back.
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


@dataclass
class Course:
    """Jobs a second, stretch by stretch: of the queue whose dead rows somebody holds for a while, and of its control, whom nobody disturbs."""

    queue: list[float]
    control: list[float]

    def part(self, first: int, last: int | None = None) -> "Course":
        return Course(self.queue[first:last], self.control[first:last])

    @property
    def ratio(self) -> float:
        return sum(self.queue) / sum(self.control)

    @property
    def rate(self) -> float:
        return sum(self.queue) / len(self.queue)

    def expected(self, before: "Course") -> float:
        """What the queue would have done in these seconds if it had kept up with its control as before."""
        return before.ratio * sum(self.control) / len(self.control)

    def shares(self, before: "Course") -> list[float]:
        return [queue / (before.ratio * control) for queue, control in zip(self.queue, self.control, strict=True)]


def held_snapshot(queue: QueueDatabase, control: QueueDatabase, seconds: int, results: Results) -> None:
    """Throughput before, while and after a transaction holds every dead row, and how many of them there are.

    A machine of which others have a part changes its speed by a third from one minute to the next. So the same work goes on beside it, in a server
    of its own where nobody holds anything: what that does in the same seconds is what the queue is held against.
    """
    churns = [start_churn(each, BEFORE + seconds + RELEASED) for each in (queue, control)]
    time.sleep(STRETCH + BEFORE)
    with old_snapshot(queue.database.url):
        time.sleep(seconds)
        dead = queue.dead_rows()
    course = Course(*(rates_of(churn) for churn in churns))
    opened, ended = BEFORE // STRETCH, (BEFORE + seconds) // STRETCH
    before, held, after = course.part(0, opened), course.part(opened, ended), course.part(ended)
    for name, part in (("before", before), ("held", held), ("after", after)):
        say(f"  {name:<7} {', '.join(f'{rate:,.0f} ({share:.2f})' for rate, share in zip(part.queue, part.shares(before), strict=True))} jobs/s")

    def add(name: str, part: Course, bar: float | None = None) -> None:
        results.add(
            name, part.rate, "jobs/s", {"control": part.expected(before), "before": before.rate}, bars={} if bar is None else {"control": bar})

    shares = held.shares(before)
    worst = shares.index(min(shares))
    add("snapshot_held_jobs_per_second", held, KEPT)
    add("snapshot_held_worst_jobs_per_second", held.part(worst, worst + 1), KEPT_WORST)
    add("snapshot_held_last_minute_jobs_per_second", held.part(-6))
    results.add("snapshot_recovered_seconds", recovery(after.shares(before)), "s", bar=RECOVERED_SECONDS)
    add("snapshot_released_jobs_per_second", after.part(int(RECOVERED_SECONDS) // STRETCH), RECOVERED)
    results.add("snapshot_held_dead_rows", dead, "rows")
    results.add("snapshot_released_dead_rows", queue.dead_rows(), "rows")


def recovery(shares: list[float]) -> float:
    """Seconds until the end of the first stretch that is as fast as before; one stretch more than there were when none is."""
    place = next((place for place, share in enumerate(shares) if share >= RECOVERED), len(shares))
    return STRETCH * (place + 1.0)


def report_fairness(name: str, waits: list[float], results: Results) -> None:
    for share in (50, 99):
        results.add(f"fairness_{name}_p{share}_ms", percentile(waits, share / 100), "ms")
