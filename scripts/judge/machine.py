"""How much of the time the machine let the product work: what waits for a processor is slow, and not to blame.

Linux tells of every thread how long it stood ready to run and was not run (`/proc/PID/task/TID/schedstat`, the second number, in nanoseconds).
A piece of work goes through a process of Sluice, a session of Postgres and the org, one after the other, so the longest wait of each kind counts.
"""

import contextlib
import os
import threading
import time
from pathlib import Path

from .cluster import Cluster
from .evidence import MachineLoad

_EVERY = 0.5
# Waits that are shorter are no news.
_LEAST = 0.02


def _delays(pid: int) -> dict[str, int]:
    """By thread: nanoseconds that it has waited for a processor. Nothing of a process that is gone."""
    found = {}
    with contextlib.suppress(OSError, ValueError, IndexError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            with contextlib.suppress(OSError):
                found[thread] = int(Path(f"/proc/{pid}/task/{thread}/schedstat").read_text(encoding="ascii").split()[1])
    return found


def _children(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]
    return []


class Machine:
    """Looks at the processes of a round, in a thread of its own, for as long as the round lasts."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.loads: list[MachineLoad] = []
        # Seconds in all.
        self.waited = 0.0
        self._known: dict[str, int] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="machine")
        self._last = time.time()

    def __enter__(self) -> "Machine":
        self._look()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def clock(self) -> float:
        """Seconds that go on only as far as the machine lets the product go on."""
        return time.monotonic() - self.waited

    def _run(self) -> None:
        while not self._stop.wait(_EVERY):
            self._look()

    def _groups(self) -> list[list[int]]:
        cluster = self.cluster
        org = [cluster.org_process.pid] if cluster.org_process else []
        return [[process.pid for process in list(cluster.formation.processes.values())], _children(cluster.databases.server.pid()), org]

    def _look(self) -> None:
        now = time.time()
        waited = 0
        known: dict[str, int] = {}
        for group in self._groups():
            longest = 0
            for pid in group:
                for thread, delay in _delays(pid).items():
                    name = f"{pid}/{thread}"
                    known[name] = delay
                    # Of a thread that was not there before, nothing is known of when it waited.
                    longest = max(longest, delay - self._known.get(name, delay))
            waited += longest
        seconds = min(waited / 1e9, now - self._last)
        if seconds >= _LEAST:
            self.loads.append(MachineLoad(self._last, now, seconds))
            self.waited += seconds
        self._known, self._last = known, now
