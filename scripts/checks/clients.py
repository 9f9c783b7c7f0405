"""HTTP clients of the two servers: the sandbox org and Sluice's API. Standard library only."""

import json
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Answer:
    """A response, whatever its status."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class UnexpectedAnswer(Exception):
    """A status other than the one expected."""


class Client:
    """Requests to one server."""

    def __init__(self, base: str, token: str | None = None) -> None:
        self.base = base
        self.token = token
        # Sent with every request.
        self.headers: dict[str, str] = {}

    def request(self, method: str, path: str, body: Any = None, token: str | None = None) -> Answer:
        headers = {"Content-Type": "application/json", "Accept": "application/json"} | self.headers
        if token or self.token:
            headers["Authorization"] = f"Bearer {token or self.token}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data=data, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return Answer(response.status, response.read(), dict(response.headers))
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.read(), dict(error.headers))

    def expect(self, statuses: set[int], method: str, path: str, body: Any = None) -> Answer:
        answer = self.request(method, path, body)
        if answer.status not in statuses:
            raise UnexpectedAnswer(f"{method} {path}: {answer.status} {answer.body[:300]!r}, expected {sorted(statuses)}")
        return answer


class SandboxOrg(Client):
    """The simulated org: its own endpoints, and a few of Salesforce's."""

    CLIENT_ID = "sandbox-client"
    CLIENT_SECRET = "sandbox-secret"

    def log_in(self) -> None:
        form = {"grant_type": "client_credentials", "client_id": self.CLIENT_ID, "client_secret": self.CLIENT_SECRET}
        request = urllib.request.Request(f"{self.base}/services/oauth2/token", data=urllib.parse.urlencode(form).encode())
        with urllib.request.urlopen(request, timeout=30) as response:
            self.token = json.load(response)["access_token"]

    def stats(self) -> dict[str, Any]:
        return self.expect({200}, "GET", "/sandbox/stats").json

    def writes(self, name: str) -> dict[str, Any]:
        """What clients wrote to an object: calls, records and failures by operation."""
        return self.stats()["writes"].get(name, {})

    def content_hash(self, name: str, fields: list[str]) -> tuple[int, str]:
        query = urllib.parse.urlencode({"object": name, "fields": ",".join(fields)})
        answer = self.expect({200}, "GET", f"/sandbox/hash?{query}").json
        return answer["rows"], answer["sha256"]

    def mutate(self, name: str, **changes: Any) -> dict[str, list[str]]:
        """Changes records as other users of the org would."""
        return self.expect({200}, "POST", "/sandbox/mutate", {"object": name} | changes).json

    def make_slow(self, path_part: str, milliseconds: int) -> None:
        trouble = {"kind": "slow", "path_prefix": f"…{path_part}", "count": -1, "ms_per_chunk": milliseconds}
        self.expect({200, 204}, "POST", "/sandbox/trouble", trouble)

    def end_trouble(self) -> None:
        self.expect({200, 204}, "DELETE", "/sandbox/trouble")

    def count(self, soql_where: str, name: str = "Account") -> int:
        """Counts records by SOQL, as any client of Salesforce could."""
        query = urllib.parse.urlencode({"q": f"SELECT COUNT() FROM {name} WHERE {soql_where}"})
        return self.expect({200}, "GET", f"/services/data/v60.0/query?{query}").json["totalSize"]

    def ids(self, soql_where: str, name: str = "Account") -> set[str]:
        path = "/services/data/v60.0/query?" + urllib.parse.urlencode({"q": f"SELECT Id FROM {name} WHERE {soql_where}"})
        found: set[str] = set()
        while path:
            page = self.expect({200}, "GET", path).json
            found |= {record["Id"] for record in page["records"]}
            path = page.get("nextRecordsUrl")
        return found


class SluiceAPI(Client):
    """Sluice's HTTP API, version 3."""

    def connection(self, connection_id: str) -> dict[str, Any]:
        return self.expect({200}, "GET", f"/api/v3/connections/{connection_id}?deep=true").json

    def mapping(self, connection_id: str, object_name: str) -> dict[str, Any]:
        mappings = self.connection(connection_id)["mappings"]
        return next((mapping for mapping in mappings if mapping["object_name"] == object_name), {"state": "missing", "counts": {}})

    def act(self, mapping_id: str, action: str) -> str:
        """Enqueues a reload or a poll; returns the path of its job."""
        answer = self.expect({202}, "POST", f"/api/v3/mappings/{mapping_id}/actions/{action}")
        return answer.headers["Location"]

    def job(self, path: str) -> dict[str, Any]:
        return self.expect({200}, "GET", path).json
