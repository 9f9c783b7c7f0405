"""Everybody who acts in a round, each on a thread of its own with a seed of its own, until the time is up."""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from .cluster import Cluster
from .draw import Draw
from .evidence import COMMITTED, Operation
from .nemesis import NemesisPerformer, nemesis_body
from .orgcalls import EDITS
from .orgtroubles import TROUBLES
from .orguser import OrgPerformer
from .person import AdminPerformer, admin_body
from .recorder import Recorder
from .session import PostgresPerformer
from .table import weights
from .transactions import Transactions

# Sessions of applications, and users of the org.
SESSIONS, USERS = 3, 2
_RESTS = {
    "postgres": "rest of a session", "org": "rest of an org user", "trouble": "rest of trouble", "admin": "rest of a person", "nemesis": "rest of the nemesis"}


class Performer(Protocol):
    """Carries out one thing, and records it."""

    def perform(self, body: dict[str, Any]) -> Operation: ...

    def close(self) -> None: ...


@dataclass
class Actor:
    """What to do next, who does it, and what is made of how it ended."""

    name: str
    rng: random.Random
    rest: float
    performer: Performer
    next: Callable[[], dict[str, Any]]
    learn: Callable[[bool], None]

    def run(self, deadline: float, stop: threading.Event, broken: list[BaseException]) -> None:
        try:
            while not stop.wait(self.rng.uniform(0, self.rest)) and time.monotonic() < deadline:
                self.learn(self.performer.perform(self.next()).outcome == COMMITTED)
        # What fails here is the judge itself: the round must not pass as if nothing had happened.
        except BaseException as error:  # noqa: BLE001
            broken.append(error)
        finally:
            self.performer.close()


def performer(cluster: Cluster, recorder: Recorder, actor: str, nemesis: threading.Lock) -> Performer:
    """By an actor's name, in a round and in a replay alike."""
    role = actor.partition(".")[0]
    if role == "postgres":
        return PostgresPerformer(cluster, recorder, actor)
    if role in {"org", "trouble"}:
        return OrgPerformer(cluster, recorder, actor)
    if role == "admin":
        return AdminPerformer(cluster, recorder, actor)
    if role == "nemesis":
        return NemesisPerformer(cluster, recorder, actor, nemesis)
    raise ValueError(f"actor: expected postgres, org, trouble, admin or nemesis and a number, found {actor}")


class Company:
    """All actors of a round, by a profile's table, each with a generator of its own."""

    def __init__(self, cluster: Cluster, recorder: Recorder, profile: str) -> None:
        self.cluster = cluster
        self.recorder = recorder
        self.profile = profile
        self.odds = weights("percent", profile)
        self.seconds = weights("seconds", profile)
        self.nemesis = threading.Lock()

    def actors(self) -> list[Actor]:
        org = weights("org", self.profile)
        edits = {kind: weight for kind, weight in org.items() if kind in EDITS}
        troubles = {kind: weight for kind, weight in org.items() if kind in TROUBLES}
        objects = self.cluster.world.objects
        found = [self._session(f"postgres.{number}") for number in range(1, SESSIONS + 1)]
        for number in range(1, USERS + 1):
            found.append(self._chooser(f"org.{number}", edits, lambda draw, kind: EDITS[kind](draw)))
        if troubles:
            found.append(self._chooser("trouble.1", troubles, lambda draw, kind: TROUBLES[kind](draw, self.odds)))
        found.append(self._chooser("admin.1", weights("admin", self.profile), lambda draw, kind: admin_body(draw.rng, kind, objects)))
        found.append(self._chooser("nemesis.1", weights("nemesis", self.profile), lambda draw, kind: nemesis_body(draw.rng, kind)))
        return found

    def _draw(self, name: str) -> Draw:
        # Short, because labels are made of it.
        draw = Draw(random.Random(f"{self.recorder.seed}/{name}"), name[0] + name.partition(".")[2], self.cluster.world)
        for object_name, labels in self.cluster.labels.items():
            draw.believe(object_name, labels)
        return draw

    def _actor(self, name: str, draw: Draw, following: Callable[[], dict[str, Any]], learn: Callable[[bool], None]) -> Actor:
        rest = self.seconds[_RESTS[name.partition(".")[0]]]
        return Actor(name, draw.rng, rest, performer(self.cluster, self.recorder, name, self.nemesis), following, learn)

    def _session(self, name: str) -> Actor:
        draw = self._draw(name)
        transactions = Transactions(draw, weights("postgres", self.profile), self.odds)
        return self._actor(name, draw, transactions.next, transactions.learn)

    def _chooser(self, name: str, kinds: dict[str, float], make: Callable[[Draw, str], dict[str, Any]]) -> Actor:
        draw = self._draw(name)
        return self._actor(name, draw, lambda: make(draw, draw.choose(kinds)), lambda committed: None)


def act(actors: list[Actor], seconds: float, stop: threading.Event) -> list[BaseException]:
    """Has all of them act at once; what broke in the judge itself is returned."""
    broken: list[BaseException] = []
    deadline = time.monotonic() + seconds
    threads = [threading.Thread(target=actor.run, args=(deadline, stop, broken), name=actor.name) for actor in actors]
    run(threads, stop)
    return broken


def run(threads: list[threading.Thread], stop: threading.Event) -> None:
    """Starts all of them and returns when all have ended; whatever ends the wait ends them too."""
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            thread.join()
    except BaseException:
        stop.set()
        for thread in threads:
            thread.join()
        raise
