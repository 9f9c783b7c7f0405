"""What heroku-connect-plugin sends and reads, request by request (reference: clients.md 1.1 to 1.4), as 0.12.3 and as 0.13.3."""

import http.client
import json
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..waiting import wait_for


class CommandError(Exception):
    """What the plugin prints before it ends with status 1."""


@dataclass
class Reply:
    """An answer, whatever its status."""

    status: int
    body: bytes
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Plugin:
    """One version of the plugin, for one app. Keeps its connection alive, as axios does."""

    def __init__(self, discovery: str, token: str, app: str, version: str) -> None:
        self.discovery = discovery
        self.token = token
        self.app = app
        self.version = version
        self.log: list[tuple[str, str, int]] = []
        self._connections: dict[str, http.client.HTTPConnection] = {}

    # The wire

    def send(self, method: str, url: str, data: Any = None, *, null_body: bool = False) -> Reply:
        """Sends what axios would: a JSON content type on everything, `Content-Length: 0` on a POST without data, and the four bytes `null` where
        the plugin passes `data: null`."""
        parts = urllib.parse.urlsplit(url)
        body = b"null" if null_body else json.dumps(data).encode() if data is not None else None
        headers = {
            "Authorization": f"Bearer {self.token}", "Content-Type": "application/json", "Heroku-Client": "cli",
            "Accept": "application/json, text/plain, */*", "User-Agent": "axios/1.7.9", "Accept-Encoding": "gzip, compress, deflate, br",
            "Connection": "keep-alive"}
        if body is not None or method in {"POST", "PATCH", "PUT"}:
            headers["Content-Length"] = str(len(body or b""))
        connection = self._connections.setdefault(parts.netloc, http.client.HTTPConnection(parts.netloc, timeout=60))
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        reply = Reply(answer.status, answer.read(), dict(answer.getheaders()))
        self.log.append((method, path, reply.status))
        return reply

    def succeed(self, method: str, url: str, data: Any = None, **options: Any) -> Reply:
        """Any 2xx; the plugin shows no body of an error here."""
        reply = self.send(method, url, data, **options)
        if not 200 <= reply.status < 300:
            raise CommandError(f"Request failed with status code {reply.status}")
        return reply

    def exactly(self, status: int, method: str, url: str, **options: Any) -> Reply:
        reply = self.send(method, url, **options)
        if reply.status != status:
            raise CommandError(reply.json.get("message") or reply.json.get("error") or f"{reply.status}")
        return reply

    # What commands have in common

    def search(self, resource: str | None = None) -> list[dict[str, Any]]:
        query = f"?app={self.app}" + (f"&resource_name={resource}" if resource else "")
        return self.succeed("GET", f"{self.discovery}/connections{query}").json["results"]

    def detailed(self, found: dict[str, Any]) -> dict[str, Any]:
        """The detail's keys win over the search's."""
        return found | self.succeed("GET", f"{found['detail_url']}?deep=true").json

    def with_connection(self, resource: str | None = None) -> tuple[dict[str, Any], str]:
        found = self.search(resource)
        if not found:
            raise CommandError("No connection(s) found")
        if len(found) > 1:
            raise CommandError("Multiple connections found. Please use '--resource' to specify a single connection by resource name.")
        connection = self.detailed(found[0])
        return connection, f"{connection['region_url']}/api/v3/connections/{connection['id']}"

    def with_mapping(self, name: str, resource: str | None = None) -> tuple[dict[str, Any], str]:
        connection, _ = self.with_connection(resource)
        for mapping in connection["mappings"]:
            if mapping["object_name"].lower() == name.lower():
                return mapping, f"{connection['region_url']}/api/v3/mappings/{mapping['id']}"
        raise CommandError(f"No mapping configured for {name}")

    def poll_result(self, base: str, result_url: str) -> dict[str, Any]:
        """Every half second until the status is exactly 200; 202 means that it still runs."""
        url = urllib.parse.urljoin(base, result_url)

        def answered() -> Reply | None:
            reply = self.succeed("GET", url)
            return reply if reply.status == 200 else None

        return wait_for("the result of the diagnosis", 300, answered, 0.5).json

    def rendered(self, result: dict[str, Any]) -> list[str]:
        """What `diagnose` prints of one group of findings; 0.12 takes all four lists for granted."""
        lists = {}
        for name in ("errors", "warnings", "passes", "skips"):
            lists[name] = result[name] if self.version.startswith("0.12") else result.get(name, [])
        lines = []
        for name, colour in {"errors": "RED", "warnings": "YELLOW"}.items():
            lines += [f"{colour}: {item['display_name']}: {item['message']} {item.get('doc_url', '')}" for item in lists[name]]
        for name, colour in {"passes": "GREEN", "skips": "SKIPPED"}.items():
            lines += [f"{colour}: {item['display_name']}" for item in lists[name]]
        return lines


Command = Callable[[Plugin], Any]
