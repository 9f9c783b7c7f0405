"""Carries out what was drawn, or what a ledger holds, and tells the recorder what came of it."""

import contextlib
import json
import random
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

from checks.clients import Answer
from checks.waiting import NotInTime, wait_for

from .cluster import Cluster, CommandFailed
from .evidence import COMMITTED, REFUSED, ROLLED_BACK, UNKNOWN, Operation
from .libpq import PostgresError, Session
from .orgclient import UNANSWERED, OrgClient
from .recorder import Recorder

# Longer than it takes to start a crashed server.
_RECOVERY = 90.0


class PostgresPerformer:
    """One session of an application, which runs whole transactions."""

    def __init__(self, cluster: Cluster, recorder: Recorder, actor: str) -> None:
        self.recorder = recorder
        self.actor = actor
        databases = cluster.databases
        self.clerk = databases.session(databases.target, "clerk", f"app-{actor}")
        self.owner = databases.session(databases.target, "sluice", f"judge-{actor}")

    def perform(self, body: dict[str, Any]) -> Operation:
        began = time.time()
        session = self.owner if body.get("owner") else self.clerk
        said: list[str] = []
        txid: int | None = None
        outcome, error = ROLLED_BACK, None
        try:
            for setting in body.get("settings", ()):
                said.append(setting)
                session.rows(setting)
            said.append("BEGIN")
            session.rows("BEGIN")
            error = self._statements(session, body["statements"], said)
            if error is None and body["end"] == "COMMIT":
                txid = int(session.value("SELECT txid_current()") or 0)
                said.append("COMMIT")
                session.rows("COMMIT")
                outcome = COMMITTED
            else:
                said.append("ROLLBACK")
                session.rows("ROLLBACK")
        except PostgresError as problem:
            error = str(problem)
            if txid is not None and said[-1] == "COMMIT" and problem.is_lost:
                outcome = UNKNOWN
        if outcome == UNKNOWN and txid is not None:
            outcome = self._settle(session, txid)
        try:
            if not session.is_idle:
                session.rows("ROLLBACK")
            if body.get("settings"):
                session.rows("DISCARD ALL")
        except PostgresError:
            session.close()
        return self.recorder.note(
            self.actor, "postgres", body, began, ";\n".join(said) + ";", outcome, error, txid=txid,
            table=body["object"].lower() if "object" in body else None)

    def _statements(self, session: Session, statements: list[dict[str, Any]], said: list[str]) -> str | None:
        """What failed the transaction; an error behind a savepoint takes back what came after it, and the rest goes on."""
        savepoint = None
        for statement in statements:
            if "pause" in statement:
                said.append(f"-- {statement['pause']} s")
                time.sleep(statement["pause"])
                continue
            text = statement["sql"]
            said.append(text + "".join(f"\n{each}" for each in statement.get("copy", ())))
            try:
                if "copy" in statement:
                    session.copy(text, statement["copy"])
                else:
                    session.rows(text)
            except PostgresError as problem:
                if savepoint is None or problem.is_lost:
                    return str(problem)
                said.append(f"ROLLBACK TO {savepoint} -- {problem}")
                session.rows(f"ROLLBACK TO {savepoint}")
            if text.startswith("SAVEPOINT "):
                savepoint = text.split()[1]
        return None

    def _settle(self, session: Session, txid: int) -> str:
        """What became of a transaction whose COMMIT was not answered."""
        deadline = time.monotonic() + _RECOVERY
        while time.monotonic() < deadline:
            with contextlib.suppress(PostgresError):
                status = session.value(f"SELECT txid_status({txid})")
                if status in {"committed", "aborted"}:
                    return COMMITTED if status == "committed" else ROLLED_BACK
            time.sleep(0.3)
        return UNKNOWN

    def close(self) -> None:
        self.clerk.close()
        self.owner.close()


class OrgPerformer:
    """Another user of the org, or what befalls it."""

    def __init__(self, cluster: Cluster, recorder: Recorder, actor: str) -> None:
        self.recorder = recorder
        self.actor = actor
        self.client = OrgClient(cluster.org_url)
        self.client.seen = cluster.org.seen

    def perform(self, body: dict[str, Any]) -> Operation:
        began = time.time()
        answer: Answer | None = None
        try:
            text, answer = self.client.perform(body)
            outcome, error = self._outcome(answer)
        except UNANSWERED as problem:
            text, outcome, error = str(body), UNKNOWN, str(problem)
        ids = ()
        if answer is not None and body["do"] == "create" and outcome == COMMITTED:
            ids = (answer.json["id"],)
        if body.get("seconds") and body["do"] == "trouble":
            time.sleep(body["seconds"])
            with contextlib.suppress(*UNANSWERED):
                self.client.reset(body["path"])
        table = body["object"].lower() if "object" in body else None
        return self.recorder.note(self.actor, "org", body, began, text, outcome, error, table=table, ids=ids)

    @staticmethod
    def _outcome(answer: Answer | None) -> tuple[str, str | None]:
        if answer is None:
            return REFUSED, "there was no such record"
        if answer.status >= 500:
            return UNKNOWN, answer.body.decode(errors="replace")[:200]
        if answer.status >= 400 or b'"success":false' in answer.body:
            return REFUSED, answer.body.decode(errors="replace")[:200]
        return COMMITTED, None

    def close(self) -> None:
        """Nothing stays open."""


class AdminPerformer:
    """A person at the API and the command line."""

    def __init__(self, cluster: Cluster, recorder: Recorder, actor: str) -> None:
        self.cluster = cluster
        self.recorder = recorder
        self.actor = actor

    def perform(self, body: dict[str, Any]) -> Operation:
        began = time.time()
        try:
            text, answer = getattr(self, body["do"].replace(" ", "_"))(body)
            outcome, error = (COMMITTED, None) if answer < 300 else (REFUSED, str(answer))
        except (CommandFailed, PostgresError, NotInTime, *UNANSWERED) as problem:
            text, outcome, error = body["do"], REFUSED, str(problem)
        table = body["object"].lower() if "object" in body else None
        return self.recorder.note(self.actor, "admin", body, began, text, outcome, error, table=table)

    def _act(self, name: str, action: str) -> tuple[str, int]:
        path = f"/api/v3/mappings/{self.cluster.mapping_ids[name]}/actions/{action}"
        return f"POST {path}  ({name})", self.cluster.api.request("POST", path).status

    def poll(self, body: dict[str, Any]) -> tuple[str, int]:
        return self._act(body["object"], "poll")

    def reload(self, body: dict[str, Any]) -> tuple[str, int]:
        return self._act(body["object"], "reload")

    def cancel(self, body: dict[str, Any]) -> tuple[str, int]:
        """The first job of a kind that turns up soon, of a mapping or of the connection."""
        if body["jobs"] == "load":
            self.reload(body)
            time.sleep(body["pause"])
        session = self.cluster.control_session()
        mapping = self.cluster.mapping_ids[body["object"]]
        what = "mapping_id IS NULL" if body["jobs"] == "write" else f"mapping_id = '{mapping}'"
        sql = f"SELECT id FROM sluice.jobs WHERE kind = '{body['jobs']}' AND {what} ORDER BY state DESC, id LIMIT 1"
        try:
            job = wait_for("such a job", 3, lambda: session.value(sql), 0.01)
        finally:
            session.close()
        self.cluster.sluice("job", "cancel", str(job))
        return f"sluice job cancel {job}  ({body['jobs']} of {body['object']})", 200

    def pause_and_resume(self, body: dict[str, Any]) -> tuple[str, int]:
        base = f"/api/v3/connections/{self.cluster.connection_id}/actions"
        status = self.cluster.api.request("POST", f"{base}/pause").status
        time.sleep(body["pause"])
        resumed = self.cluster.api.request("POST", f"{base}/resume").status
        return f"POST {base}/pause; {body['pause']} s later POST {base}/resume", max(status, resumed)

    def retry_failed(self, body: dict[str, Any]) -> tuple[str, int]:
        session = self.cluster.control_session()
        try:
            job = session.value("SELECT max(id) FROM sluice.failed_jobs")
        finally:
            session.close()
        if job is None:
            return "sluice job retry: nothing failed", 404
        self.cluster.sluice("job", "retry", job)
        return f"sluice job retry {job}", 200

    def second_connection(self, body: dict[str, Any]) -> tuple[str, int]:
        """To the same schema of the same database, under another name of it."""
        key = body["key"]
        created = json.loads(self.cluster.sluice("connection", "create", "--app", "judge", "--db-key", key, "--schema", "salesforce", "--json"))
        self.cluster.authorize(created["id"])
        self.cluster.import_mappings(created["id"])
        return f"sluice connection create --db-key {key} --schema salesforce, authorize, import", 200

    def close(self) -> None:
        """Nothing stays open."""


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
        name = body["target"]
        self.cluster.formation.kill(name, signal.SIGKILL)
        time.sleep(body["seconds"])
        self.cluster.start(name)
        return f"kill -9 {name}; started again {body['seconds']} s later"

    def freeze(self, body: dict[str, Any]) -> str:
        name = body["target"]
        self.cluster.formation.kill(name, signal.SIGSTOP)
        time.sleep(body["seconds"])
        self.cluster.formation.kill(name, signal.SIGCONT)
        return f"kill -STOP {name}; kill -CONT {body['seconds']} s later"

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
    if kind == "kill":
        body["seconds"] = rng.choice((0.1, 0.5, 2.0))
    if kind == "freeze":
        body["seconds"] = rng.choice((0.5, 3.0, 18.0, 18.0))
    if kind in {"crash postgres", "cut control"}:
        body["seconds"] = rng.choice((0.3, 1.5, 4.0))
    return body


def admin_body(rng: random.Random, kind: str, objects: tuple[str, ...]) -> dict[str, Any]:
    body: dict[str, Any] = {"do": kind}
    if kind in {"poll", "reload", "cancel"}:
        body["object"] = rng.choice(objects)
    if kind == "cancel":
        body |= {"jobs": rng.choice(("load", "load", "load_page", "poll", "write")), "pause": rng.choice((0.0, 0.05, 0.15, 0.4))}
    if kind == "pause and resume":
        body["pause"] = rng.choice((0.3, 1.5, 4.0))
    if kind == "second connection":
        body["key"] = "SECOND_URL"
    return body
