"""What goes wrong, and when: drawn from a seed."""

import heapq
import itertools
import random
import signal
import time
from collections import Counter
from collections.abc import Callable

from checks.processes import Formation

from .server import Server

# Seconds. Longer than a lease, so that a frozen worker's jobs run elsewhere before it wakes up.
LEASE = 4.0


class Nemesis:
    """Kills, freezes and outages over a stretch of time; whatever it breaks, it mends at the end of the stretch."""

    def __init__(self, rng: random.Random, formation: Formation, server: Server, start: Callable[[str], None]) -> None:
        self.rng = rng
        self.formation = formation
        self.server = server
        self.start = start
        self.counts: Counter[str] = Counter()
        self.frozen: set[str] = set()
        self.down: set[str] = set()
        self.is_server_up = True
        self.is_clock_off = False
        self._now = 0.0
        self._faults: list[Callable[[], None]] = []
        self.bad_ends: list[str] = []
        self.revived: dict[str, float] = {}
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()

    def _next_fault(self) -> Callable[[], None]:
        """Each kind of fault in its turn, in an order of the seed: a long run has every one of them several times."""
        if not self._faults:
            self._faults = [
                self.crash_server, self.stop_server, self.terminate_again_and_again, self.deafen, self.crowd, self.step_clock]
            self.rng.shuffle(self._faults)
        return self._faults.pop()

    def rage(self, seconds: float, kills: int, freezes: int) -> None:
        """One stretch: kills and freezes spread over it, a process that is told to end, and one fault of the database."""
        began = time.monotonic()
        for _ in range(kills):
            self._at(self.rng.uniform(0, seconds), self.kill)
        for _ in range(freezes):
            self._at(self.rng.uniform(0, seconds / 2), self.freeze)
        self._at(self.rng.uniform(seconds / 2, seconds), self.retire)
        self._at(self.rng.uniform(0, seconds / 3), self._next_fault())
        while self._events and self._events[0][0] <= seconds:
            due, _, act = heapq.heappop(self._events)
            time.sleep(max(0.0, began + due - time.monotonic()))
            self._now = due
            act()
        self.heal()

    def heal(self) -> None:
        """Ends everything that is still wrong."""
        self._events.clear()
        if not self.is_server_up:
            self.start_server()
        self.server.release()
        for name in list(self.frozen):
            self.thaw(name)
        for name in list(self.down):
            self.revive(name)
        self.set_clock_right()

    def _at(self, moment: float, act: Callable[[], None]) -> None:
        heapq.heappush(self._events, (moment, next(self._order), act))

    def _later(self, pause: float, act: Callable[[], None]) -> None:
        self._at(self._now + pause, act)

    def _victims(self) -> list[str]:
        return sorted(name for name in self.formation.processes if name not in self.down)

    # What goes wrong

    def kill(self) -> None:
        victims = self._victims()
        if not victims:
            return
        name = self.rng.choice(victims)
        self.formation.kill(name, signal.SIGKILL)
        self.frozen.discard(name)
        self.down.add(name)
        self.counts["kills"] += 1
        self._later(self.rng.uniform(0.05, 1.0), lambda: self.revive(name))

    def revive(self, name: str) -> None:
        if name in self.down:
            self.down.discard(name)
            self.start(name)
            self.revived[name] = time.monotonic()

    def retire(self) -> None:
        """As a deployment does: SIGTERM, and a new process in its place."""
        # A process that has only just begun does not hear signals yet.
        young = time.monotonic() - 2
        victims = [name for name in self._victims() if name not in self.frozen and self.revived.get(name, 0.0) < young]
        if not victims:
            return
        name = self.rng.choice(victims)
        status = self.formation.stop(name)[name]
        if status != 0:
            self.bad_ends.append(f"{name} ({status})")
        self.counts["SIGTERMs"] += 1
        self.start(name)
        self.revived[name] = time.monotonic()

    def freeze(self) -> None:
        victims = [name for name in self._victims() if name not in self.frozen]
        if not victims:
            return
        name = self.rng.choice(victims)
        self.formation.kill(name, signal.SIGSTOP)
        self.frozen.add(name)
        self.counts["freezes"] += 1
        self._later(self.rng.uniform(0.2, 1.6) * LEASE, lambda: self.thaw(name))

    def thaw(self, name: str) -> None:
        if name in self.frozen:
            self.frozen.discard(name)
            self.formation.kill(name, signal.SIGCONT)

    def crash_server(self) -> None:
        self.server.crash()
        self.is_server_up = False
        self.counts["server crashes"] += 1
        self._later(self.rng.uniform(0.2, 3.0), self.start_server)

    def stop_server(self) -> None:
        """In order, as for an upgrade: every session is ended, what was committed is on disk."""
        self.server.stop()
        self.is_server_up = False
        self.counts["server stops"] += 1
        self._later(self.rng.uniform(0.2, 3.0), self.start_server)

    def start_server(self) -> None:
        if not self.is_server_up:
            self.server.start()
            self.is_server_up = True

    def terminate_again_and_again(self) -> None:
        self._terminate()
        for pause in range(1, 6):
            self._later(pause * 0.4, self._terminate)

    def _terminate(self) -> None:
        if self.is_server_up:
            self.counts["sessions ended"] += self.server.terminate_backends()

    def deafen(self) -> None:
        """LISTEN is lost again and again, and nothing else."""
        for pause in range(10):
            self._later(pause * 0.3, self._deafen)

    def _deafen(self) -> None:
        if self.is_server_up:
            self.counts["LISTENs lost"] += self.server.terminate_backends("AND application_name LIKE '%listener'")

    def crowd(self) -> None:
        self.server.hold(300)
        self.counts["crowds of 300 idle connections"] += 1
        self._later(4, self.server.release)

    def step_clock(self) -> None:
        """The clock of new sessions jumps, and every session is new."""
        self._set_clock(f"SET sluice.clock_offset = '{self.rng.choice([-10, 10])} s'")
        self.is_clock_off = True
        self.counts["clock steps"] += 1
        self._later(2.5, self.set_clock_right)

    def set_clock_right(self) -> None:
        if self.is_clock_off:
            self._set_clock("RESET sluice.clock_offset")
            self.is_clock_off = False

    def _set_clock(self, setting: str) -> None:
        self.server.database.rows(f"ALTER DATABASE postgres {setting}")
        self._terminate()
