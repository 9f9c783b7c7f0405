"""Plays a ledger: each actor's operations in their order, and an operation never before those that had ended when it began."""

import threading
import time
from typing import Any

from .actors import Performer, performer, run
from .cluster import Cluster
from .evidence import Operation
from .recorder import Recorder

# Where nothing happened, nobody waits longer.
LONGEST_GAP = 1.0
_PATIENCE = 60.0


def moments(operations: list[Operation]) -> list[float]:
    """When each operation is to begin, from the start: as it was, but for long gaps in which nothing began or ended."""
    marks = sorted({each.began for each in operations} | {each.ended for each in operations})
    at: dict[float, float] = {}
    now = 0.0
    for number, mark in enumerate(marks):
        if number:
            now += min(mark - marks[number - 1], LONGEST_GAP) if not _is_under_way(operations, marks[number - 1], mark) else mark - marks[number - 1]
        at[mark] = now
    return [at[each.began] for each in operations]


def _is_under_way(operations: list[Operation], after: float, before: float) -> bool:
    return any(each.began <= after and each.ended >= before for each in operations)


class Stage:
    """The operations of a replay, who plays them, and what waits for what."""

    def __init__(self, operations: list[Operation], performers: dict[str, Performer], stop: threading.Event) -> None:
        self.operations = operations
        self.performers = performers
        self.stop = stop
        self.over = [threading.Event() for _ in operations]
        self.started = time.monotonic()
        self.at = moments(operations)
        self.broken: list[BaseException] = []

    def run(self, actor: str) -> None:
        try:
            for number, operation in enumerate(self.operations):
                if operation.actor != actor:
                    continue
                self._wait(number, operation)
                if not self.stop.is_set():
                    body: dict[str, Any] = operation.details["body"]
                    self.performers[actor].perform(body)
                self.over[number].set()
        # What fails here is the judge itself.
        except BaseException as error:  # noqa: BLE001
            self.broken.append(error)
            for over in self.over:
                over.set()
        finally:
            self.performers[actor].close()

    def _wait(self, number: int, operation: Operation) -> None:
        """The barrier: all that had ended before has ended."""
        for other, earlier in enumerate(self.operations):
            if earlier.ended <= operation.began:
                self.over[other].wait(_PATIENCE)
        self.stop.wait(max(0.0, self.started + self.at[number] - time.monotonic()))


def play(cluster: Cluster, recorder: Recorder, operations: list[Operation], stop: threading.Event) -> list[BaseException]:
    """Plays operations in a world; what broke in the judge itself is returned."""
    lock = threading.Lock()
    performers = {actor: performer(cluster, recorder, actor, lock) for actor in sorted({each.actor for each in operations})}
    stage = Stage(operations, performers, stop)
    threads = [threading.Thread(target=stage.run, args=(actor,), name=actor) for actor in performers]
    run(threads, stop)
    return stage.broken
