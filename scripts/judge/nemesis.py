"""What goes wrong with processes, sessions and servers; each fault ends by itself after its time."""

import random
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

from checks.waiting import NotInTime, wait_for

from .cluster import Cluster
from .evidence import COMMITTED, Operation
from .libpq import PostgresError
from .recorder import Recorder

# Instead of a process's name: the worker that writes to the org when the time comes.
WRITER = "the writer"
_WRITER_SECONDS = 3.0
_SOMEBODY = "worker.1"


class NemesisPerformer:
    """Kills, freezes and cuts; each ends by itself after its time."""

    def __init__(self, cluster: Cluster, recorder: Recorder, actor: str, lock: threading.Lock) -> None:
        self.cluster = cluster
        self.recorder = recorder
        self.actor = actor
        # One hand at the server at a time.
        self.lock = lock

    def perform(self, body: dict[str, Any]) -> Operation:
        began = time.time()
        act: Callable[[dict[str, Any]], str] = getattr(self, body["do"].replace(" ", "_"))
        with self.lock:
            text = act(body)
        return self.recorder.note(self.actor, "nemesis", body, began, text, COMMITTED)

    def kill(self, body: dict[str, Any]) -> str:
        name = self._target(body)
        self.cluster.formation.kill(name, signal.SIGKILL)
        time.sleep(body["seconds"])
        self.cluster.start(name)
        return f"kill -9 {name}; started again {body['seconds']} s later"

    def freeze(self, body: dict[str, Any]) -> str:
        name = self._target(body)
        self.cluster.formation.kill(name, signal.SIGSTOP)
        time.sleep(body["seconds"])
        self.cluster.formation.kill(name, signal.SIGCONT)
        return f"kill -STOP {name}; kill -CONT {body['seconds']} s later"

    def _target(self, body: dict[str, Any]) -> str:
        """A process by its name, or the one that writes to the org at this moment, if somebody does within a few seconds."""
        if body["target"] != WRITER:
            return body["target"]
        session = self.cluster.control_session()
        try:
            # worker.HOST.PID.…
            sql = "SELECT worker FROM sluice.jobs WHERE kind = 'write' AND state = 'running'"
            found = wait_for("somebody writes", _WRITER_SECONDS, lambda: session.value(sql), 0.005)
            pids = [int(word) for word in found.split(".") if word.isdecimal()]
            return next((name for name in map(self.cluster.formation.name_of, pids) if name), _SOMEBODY)
        except (NotInTime, PostgresError):
            return _SOMEBODY
        finally:
            session.close()

    def retire(self, body: dict[str, Any]) -> str:
        status = self.cluster.formation.stop(body["target"])[body["target"]]
        self.cluster.start(body["target"])
        return f"kill -TERM {body['target']} (exit {status}); started again"

    def crash_postgres(self, body: dict[str, Any]) -> str:
        server = self.cluster.databases.server
        server.crash()
        time.sleep(body["seconds"])
        server.start()
        return f"pg_ctl stop --mode=immediate; started again {body['seconds']} s later"

    def end_sessions(self, body: dict[str, Any]) -> str:
        self.cluster.databases.end_sessions()
        return "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"

    def cut_control(self, body: dict[str, Any]) -> str:
        self.cluster.databases.cut_control()
        time.sleep(body["seconds"])
        self.cluster.databases.restore_control()
        return f"ALTER DATABASE control ALLOW_CONNECTIONS false, its sessions ended; for {body['seconds']} s"

    def close(self) -> None:
        """Nothing stays open."""


def nemesis_body(rng: random.Random, kind: str) -> dict[str, Any]:
    """What to break, and for how long; a freeze may outlast a lease."""
    body: dict[str, Any] = {"do": kind}
    if kind in {"kill", "freeze", "retire"}:
        body["target"] = rng.choice(("worker.1", "worker.2", "worker.3", "worker.1", "worker.2", "worker.3", "scheduler.1", "scheduler.2", "api.1"))
        if kind != "retire" and rng.random() < 0.5:
            body["target"] = WRITER
    if kind == "kill":
        body["seconds"] = rng.choice((0.1, 0.5, 2.0))
    if kind == "freeze":
        # Two out of three outlast a lease: another worker goes on with what this one believes to be its own.
        body["seconds"] = rng.choice((0.5, 3.0, 18.0, 18.0, 18.0, 18.0))
    if kind in {"crash postgres", "cut control"}:
        body["seconds"] = rng.choice((0.3, 1.5, 4.0))
    return body
