"""Another user of the org, or what befalls it: makes calls, and tells the recorder what came of them."""

import contextlib
import time
from typing import Any

from checks.clients import Answer

from .cluster import Cluster
from .evidence import COMMITTED, REFUSED, UNKNOWN, Operation
from .orgclient import UNANSWERED, OrgClient
from .recorder import Recorder


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
