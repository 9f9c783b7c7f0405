"""A person at the API and the command line."""

import json
import random
import time
from typing import Any

from checks.waiting import NotInTime, wait_for

from .cluster import Cluster, CommandFailed
from .evidence import COMMITTED, REFUSED, Operation
from .libpq import PostgresError
from .orgclient import UNANSWERED
from .recorder import Recorder


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

    def write(self, body: dict[str, Any]) -> tuple[str, int]:
        """Asks for what waits to be written now."""
        self.cluster.sluice("job", "enqueue", "write", "--connection", self.cluster.connection_id)
        return "sluice job enqueue write", 200

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

    def abort(self, body: dict[str, Any]) -> tuple[str, int]:
        """Of a load that has just begun, or of whatever reads the mapping."""
        if body["reload"]:
            self.reload(body)
            time.sleep(body["pause"])
        return self._act(body["object"], "abort")

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


def admin_body(rng: random.Random, kind: str, objects: tuple[str, ...]) -> dict[str, Any]:
    body: dict[str, Any] = {"do": kind}
    if kind in {"poll", "reload", "cancel", "abort"}:
        body["object"] = rng.choice(objects)
    if kind == "cancel":
        body |= {"jobs": rng.choice(("load", "load", "load_page", "poll", "write")), "pause": rng.choice((0.0, 0.05, 0.15, 0.4))}
    if kind == "abort":
        body |= {"reload": rng.random() < 0.7, "pause": rng.choice((0.0, 0.05, 0.15, 0.4))}
    if kind == "pause and resume":
        body["pause"] = rng.choice((0.3, 1.5, 4.0))
    if kind == "second connection":
        body["key"] = "SECOND_URL"
    return body
