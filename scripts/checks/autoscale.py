"""Plays an autoscaler: as many workers as the queue wants, asked of sluice.workers_wanted() by psql alone.

Up at once; down only by what a while did not want, as Kubernetes' stabilization window does, and workers without jobs first.
"""

import argparse
import os
import signal
import sys
import time
from pathlib import Path

from .database import Database
from .processes import Formation, end_on_signals, procfile

ROOT = Path(__file__).resolve().parents[2]


class Autoscaler:
    """Workers of one command, between none and `most`."""

    def __init__(self, database: Database, formation: Formation, command: str, most: int, hold: float) -> None:
        self.database = database
        self.formation = formation
        self.command = command
        self.most = most
        self.hold = hold
        self.wants: list[tuple[float, int]] = []
        self.started = 0
        self.stopping: list[str] = []

    def running(self) -> list[str]:
        """The workers that were not asked to stop."""
        alive = [name for name, process in self.formation.processes.items() if process.poll() is None]
        for name in set(self.formation.processes) - set(alive):
            del self.formation.processes[name]
        self.stopping = [name for name in self.stopping if name in alive]
        return [name for name in alive if name not in self.stopping]

    def look(self) -> tuple[int, int]:
        """One look, and what follows from it; returns how many are wanted and how many there are now."""
        now = time.monotonic()
        wanted = min(self.most, self.database.number("SELECT sluice.workers_wanted()"))
        self.wants = [(at, count) for at, count in self.wants if at > now - self.hold] + [(now, wanted)]
        names = self.running()
        for _ in range(wanted - len(names)):
            self.started += 1
            self.formation.start(f"worker.{self.started}", self.command)
        surplus = len(names) - max(count for _, count in self.wants)
        if surplus > 0:
            busy = self.jobs_by_pid()
            for name in sorted(names, key=lambda name: busy.get(self.formation.processes[name].pid, 0))[:surplus]:
                self.formation.processes[name].send_signal(signal.SIGTERM)
                self.stopping.append(name)
        return wanted, len(self.running())

    def jobs_by_pid(self) -> dict[int, int]:
        return {int(pid): int(jobs) for pid, jobs in self.database.rows("SELECT pid, running FROM sluice.live_workers WHERE role = 'worker'")}


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/autoscale", description="As many workers as the queue wants. --check: the proof of it.")
    parser.add_argument("--max", type=int, default=8, help="workers at the most (8)")
    parser.add_argument("--interval", type=float, default=5, help="seconds between two looks (5)")
    parser.add_argument("--hold", type=float, default=60, help="seconds that a worker must not have been wanted before it is stopped (60)")
    options = parser.parse_args()
    url = os.environ.get("DATABASE_URL")
    if not url:
        print("autoscale: DATABASE_URL is not set: expected the control database's Postgres URL", file=sys.stderr)
        return 78
    end_on_signals()
    formation = Formation(ROOT, ROOT / ".sluice/autoscale", dict(os.environ))
    autoscaler = Autoscaler(Database(url), formation, procfile(ROOT)["worker"], options.max, options.hold)
    said = None
    try:
        while True:
            counts = autoscaler.look()
            if counts != said:
                print(f"{time.strftime('%H:%M:%S')}  wanted {counts[0]}, running {counts[1]}", flush=True)
                said = counts
            time.sleep(options.interval)
    except KeyboardInterrupt:
        return 0
    finally:
        formation.stop()


if __name__ == "__main__":
    sys.exit(main())
