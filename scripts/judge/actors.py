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
    learn: Callable[[bool], None] = lambda committed: None

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


def company(cluster: Cluster, recorder: Recorder, profile: str) -> list[Actor]:
    """All actors of a round."""
    odds = weights("percent", profile)
    seconds = weights("seconds", profile)
    lock = threading.Lock()

    def actor(name: str, step: Callable[[random.Random], tuple[Callable[[], dict[str, Any]], Callable[[bool], None]]]) -> Actor:
        rng = random.Random(f"{recorder.seed}/{name}")
        following, learn = step(rng)
        return Actor(name, rng, seconds[_RESTS[name.partition(".")[0]]], performer(cluster, recorder, name, lock), following, learn)

    def draw(rng: random.Random, name: str) -> Draw:
        drawn = Draw(rng, name.replace("postgres.", "p").replace("org.", "o"), cluster.world)
        for object_name, labels in cluster.labels.items():
            drawn.believe(object_name, labels)
        return drawn

    def session(name: str) -> Actor:
        def step(rng: random.Random) -> tuple[Callable[[], dict[str, Any]], Callable[[bool], None]]:
            transactions = Transactions(draw(rng, name), weights("postgres", profile), odds)
            latest: list[Draw] = []

            def following() -> dict[str, Any]:
                body, believed = transactions.next()
                latest[:] = [believed]
                return body

            return following, lambda committed: transactions.draw.adopt(latest[0], committed)

        return actor(name, step)

    def simple(name: str, kinds: dict[str, float], make: Callable[[random.Random, str], dict[str, Any]]) -> Actor:
        def step(rng: random.Random) -> tuple[Callable[[], dict[str, Any]], Callable[[bool], None]]:
            return (lambda: make(rng, rng.choices(list(kinds), list(kinds.values()))[0])), (lambda committed: None)

        return actor(name, step)

    org = weights("org", profile)
    edits = {kind: weight for kind, weight in org.items() if kind in EDITS}
    troubles = {kind: weight for kind, weight in org.items() if kind in TROUBLES}
    found = [session(f"postgres.{number}") for number in range(1, SESSIONS + 1)]
    for number in range(1, USERS + 1):
        name = f"org.{number}"
        found.append(simple(name, edits, lambda rng, kind, drawn={}, name=name: EDITS[kind](drawn.setdefault(name, draw(rng, name)))))
    if troubles:
        found.append(simple("trouble.1", troubles, lambda rng, kind: TROUBLES[kind](draw(rng, "trouble.1"), odds)))
    found.append(simple("admin.1", weights("admin", profile), lambda rng, kind: admin_body(rng, kind, cluster.world.objects)))
    found.append(simple("nemesis.1", weights("nemesis", profile), nemesis_body))
    return found


def act(actors: list[Actor], seconds: float, stop: threading.Event) -> list[BaseException]:
    """Has all of them act at once; what broke in the judge itself is returned."""
    broken: list[BaseException] = []
    deadline = time.monotonic() + seconds
    threads = [threading.Thread(target=actor.run, args=(deadline, stop, broken), name=actor.name) for actor in actors]
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
    return broken
