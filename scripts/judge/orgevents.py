"""The org's history made of its change events (CometD, from the beginning): for an org that has no `GET /sandbox/history`.

Change events tell neither of stamps alone nor of records that are purged from the recycle bin.
"""

import http.client
import json
import urllib.parse
from typing import Any

from .orgtroubles import JUDGE_VERSION

_OPERATIONS = {"CREATE": "create", "UPDATE": "update", "DELETE": "delete", "UNDELETE": "undelete"}
_CHANNEL = "/data/ChangeEvents"
# What every change sets, and no actor.
_SYSTEM = {"ChangeEventHeader", "LastModifiedDate", "LastModifiedById", "CreatedDate", "CreatedById", "OwnerId", "Name"}


class _Comet:
    """One client of the org's streaming."""

    def __init__(self, base: str, token: str) -> None:
        address = urllib.parse.urlparse(base)
        self.connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
        self.headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}

    def send(self, **message: Any) -> list[dict[str, Any]]:
        self.connection.request("POST", f"/cometd/{JUDGE_VERSION}", json.dumps([message]), self.headers)
        answer = self.connection.getresponse()
        body = answer.read()
        cookies = answer.headers.get_all("Set-Cookie") or []
        if cookies:
            self.headers["Cookie"] = "; ".join(cookie.split(";")[0] for cookie in cookies)
        return json.loads(body)


def _payloads(base: str, token: str) -> list[dict[str, Any]]:
    comet = _Comet(base, token)
    greeting = comet.send(channel="/meta/handshake", version="1.0", supportedConnectionTypes=["long-polling"], ext={"replay": True})
    client = greeting[0]["clientId"]
    comet.send(channel="/meta/subscribe", clientId=client, subscription=_CHANNEL, ext={"replay": {_CHANNEL: -2}})
    found: list[dict[str, Any]] = []
    while True:
        answers = comet.send(channel="/meta/connect", clientId=client, connectionType="long-polling", advice={"timeout": 200})
        events = [answer["data"]["payload"] for answer in answers if answer.get("channel") == _CHANNEL]
        if not events:
            comet.connection.close()
            return found
        found += events


def history(base: str, token: str) -> list[dict[str, Any]]:
    """Entries of the form of `GET /sandbox/history`, as far as the events tell."""
    values: dict[str, dict[str, Any]] = {}
    entries: list[dict[str, Any]] = []
    for payload in _payloads(base, token):
        header = payload["ChangeEventHeader"]
        operation = _OPERATIONS.get(header["changeType"])
        for record in header["recordIds"] if operation else ():
            known = values.setdefault(record, {})
            changes = {name: [known.get(name), value] for name, value in payload.items() if name not in _SYSTEM and known.get(name) != value}
            known.update({name: pair[1] for name, pair in changes.items()})
            at = header["commitTimestamp"] / 1000
            entries.append({
                "seq": len(entries) + 1, "transaction": header["transactionKey"], "committed": at, "at": at, "stamp": "", "object": header["entityName"],
                "id": record, "operation": operation, "origin": header.get("changeOrigin") or "", "system": False, "changes": changes})
    return entries
