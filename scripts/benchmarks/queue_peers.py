"""Other queues of PyPI, in an environment of their own."""

import json
import os
import subprocess
from pathlib import Path

from checks.cluster import ROOT, CommandFailed
from checks.foreign.environments import environment

from .queue_probe import Cost, CostMeter, QueueDatabase, Tally

REQUIREMENTS = Path(__file__).parent / "requirements"
TABLES = {"pgqueuer": "pgqueuer", "procrastinate": "procrastinate_jobs"}
# Jobs at a time of one process: pgqueuer's batches, its default and a large one; procrastinate's concurrency.
WIDTHS = {"pgqueuer": [10, 100], "procrastinate": [20]}


class Peer:
    """One of them, in a new database."""

    def __init__(self, name: str, queue: QueueDatabase) -> None:
        self.name = name
        self.queue = queue
        self.home = environment("queue-peers", ROOT, REQUIREMENTS)

    def _start(self, *arguments: object) -> subprocess.Popen:
        return subprocess.Popen(
            [self.home / "bin/python", "-m", f"benchmarks.peers.{self.name}_peer", *map(str, arguments)], cwd=ROOT,
            env=os.environ | {"PYTHONPATH": "scripts"}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def _finish(self, process: subprocess.Popen) -> dict:
        output, errors = process.communicate(timeout=600)
        if process.returncode:
            raise CommandFailed(f"{self.name}: exit {process.returncode}: {errors.strip()[-600:]}")
        return json.loads(output) if output.startswith("{") else {}

    def run(self, jobs: int, processes: int, width: int) -> tuple[Tally, Tally, Cost]:
        """Enqueues and drains; returns both, and what draining cost."""
        url = self.queue.database.url
        self._finish(self._start("prepare", url))
        enqueued = Tally.sum([self._finish(self._start("enqueue", url, jobs))])
        self.queue.settle(TABLES[self.name])
        meter = CostMeter(self.queue.server, self.queue.database)
        drained = Tally.sum([self._finish(process) for process in [self._start("drain", url, width) for _ in range(processes)]])
        if drained.jobs != jobs:
            raise CommandFailed(f"{self.name} ran {drained.jobs} of {jobs} jobs")
        return enqueued, drained, meter.cost(jobs)
