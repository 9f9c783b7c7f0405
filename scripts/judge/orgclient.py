"""The org as its other users see it: calls with records named by labels, and what the org says of itself."""

import csv
import http.client
import io
import json
import urllib.parse
from typing import Any

from checks.clients import Answer, Client, SandboxOrg

from .orgtroubles import JUDGE_VERSION
from .shape import LABEL

_REST = f"/services/data/v{JUDGE_VERSION}/sobjects"
# Nobody answered, or not all of it.
UNANSWERED = (OSError, http.client.HTTPException)


class OrgClient:
    """Makes the calls of an org actor; one for each thread."""

    def __init__(self, base: str) -> None:
        self.org = SandboxOrg(base)
        # The org's history tells its clients apart by this.
        self.org.headers["Sforce-Call-Options"] = "client=judge"
        # Every id that a label has been seen with, the newest last: also of records that are gone.
        self.seen: dict[tuple[str, str], list[str]] = {}

    def records(self, name: str, fields: list[str]) -> list[dict[str, str]]:
        """Every live record, as the org exports it; without a session, so no trouble meets it."""
        query = urllib.parse.urlencode({"object": name, "fields": ",".join(fields)})
        answer = Client(self.org.base).expect({200}, "GET", f"/sandbox/export.csv?{query}")
        return list(csv.DictReader(io.StringIO(answer.body.decode(), newline="")))

    def find(self, name: str, label: str) -> str | None:
        """The id of the live record with a label."""
        found = None
        for record in self.records(name, ["Id", LABEL]):
            ids = self.seen.setdefault((name, record[LABEL]), [])
            if record["Id"] not in ids:
                ids.append(record["Id"])
            if record[LABEL] == label:
                found = record["Id"]
        return found

    def perform(self, call: dict[str, Any]) -> tuple[str, Answer | None]:
        """Makes one call; what was asked, with ids, and the answer; None when there was nothing to ask for."""
        name, what = call.get("object", ""), call["do"]
        if what == "schema":
            return self._admin("POST", "schema", call["change"])
        if what == "trouble":
            return self._admin("POST", call["path"], call["body"])
        if what == "purge delete log":
            return self._admin("POST", "purge-delete-log", {"object": name})
        record = self.find(name, call["label"])
        fields = dict(call.get("fields", {}))
        for field, (parent, label) in call.get("parents", {}).items():
            fields[field] = self.find(parent, label) if label else None
        if what == "create":
            return self._rest("POST", f"{_REST}/{name}", fields)
        if what == "late commit":
            return self._admin("POST", "late-commit", {"object": name, "seconds": call["seconds"], "records": [fields]})
        if what == "undelete":
            gone = [each for each in self.seen.get((name, call["label"]), []) if each != record]
            return self._admin("POST", "undelete", {"ids": gone[-1:]}) if gone else ("nothing to undelete", None)
        if record is None:
            return f"no {name} {call['label']}", None
        if what == "update":
            return self._rest("PATCH", f"{_REST}/{name}/{record}", fields)
        if what == "delete":
            return self._rest("DELETE", f"{_REST}/{name}/{record}", None)
        if what == "hard delete":
            return self._admin("POST", "hard-delete", {"ids": [record]})
        if what == "merge":
            loser = self.find(name, call["loser"])
            return self._admin("POST", "merge", {"winner": record, "losers": [loser]}) if loser not in {None, record} else ("nothing to merge", None)
        if what in {"lock", "unlock"}:
            return self._admin("POST", what, {"ids": [record]})
        if what == "touch":
            return self._admin("POST", "system-job", {"ids": [record]})
        raise ValueError(f"do: no such call as {what}")

    def _admin(self, method: str, path: str, body: Any) -> tuple[str, Answer]:
        return f"{method} /sandbox/{path} {json.dumps(body, ensure_ascii=False)}", Client(self.org.base).request(method, f"/sandbox/{path}", body)

    def _rest(self, method: str, path: str, body: Any) -> tuple[str, Answer]:
        text = f"{method} {path}" + ("" if body is None else f" {json.dumps(body, ensure_ascii=False)}")
        for _ in range(3):
            if self.org.token is None:
                self.org.log_in()
            answer = self.org.request(method, path, body)
            if answer.status != 401:
                return text, answer
            self.org.token = None
        return text, answer

    def reset(self, path: str) -> None:
        """Ends the troubles or the faults that are in force."""
        Client(self.org.base).expect({200, 204}, "DELETE", f"/sandbox/{path}")

    def set_clock(self, seconds: int) -> None:
        """How far the org's clock is ahead."""
        Client(self.org.base).expect({200, 204}, "POST", "/sandbox/clock", {"offset_seconds": seconds})

    def change_schema(self, changes: list[dict[str, Any]]) -> Answer:
        return Client(self.org.base).request("POST", "/sandbox/schema", changes)

    def history(self) -> list[dict[str, Any]]:
        """Every change of every record."""
        entries: list[dict[str, Any]] = []
        after: int | None = 0
        while after is not None:
            page = Client(self.org.base).expect({200}, "GET", f"/sandbox/history?after={after}&limit=10000").json
            entries += page["entries"]
            after = page["next"]
        return entries
