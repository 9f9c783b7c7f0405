"""A sandbox org of its own for one client, as a real process."""

import csv
import io
import json
import os
import select
import subprocess
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

from ..clients import SandboxOrg

START_SECONDS = 20


class OrgProcess:
    """`sandbox-org serve` and the line it prints."""

    def __init__(self, binary: Path, directory: Path, arguments: list[str]) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        with open(directory / "org.log", "wb") as log:
            self.process = subprocess.Popen(
                [str(binary), "serve", "--port", "0", "--proxy-port", "0", "--api-quota", "1000000", *arguments],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log)
        if not select.select([self.process.stdout], [], [], START_SECONDS)[0]:
            self.stop()
            raise RuntimeError(f"sandbox-org did not start within {START_SECONDS} s, see {directory}/org.log")
        line = self.process.stdout.readline()
        if not line:
            self.stop()
            raise RuntimeError(f"sandbox-org ended at once, see {directory}/org.log")
        self.summary: dict[str, Any] = json.loads(line)

    def environment(self) -> dict[str, str]:
        """Variables that lead a client's https to the org, whatever host it names: most know https only, and some only Salesforce's own hosts."""
        proxy, authority = self.summary["proxy_url"], self.summary["ca_file"]
        variables = os.environ | {"HTTPS_PROXY": proxy, "https_proxy": proxy, "REQUESTS_CA_BUNDLE": authority, "SSL_CERT_FILE": authority}
        for name in ("PYTHONHOME", "PYTHONPATH", "NO_PROXY", "no_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            variables.pop(name, None)
        return variables

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def refresh_token(url: str, login: dict[str, str]) -> str:
    """By password; `login` has client_id, client_secret, username and password."""
    form = {"grant_type": "password", "scope": "api refresh_token"} | login
    with urllib.request.urlopen(f"{url}/services/oauth2/token", urllib.parse.urlencode(form).encode(), timeout=30) as response:
        return json.load(response)["refresh_token"]


class Witness(SandboxOrg):
    """What the org itself says, without the client's help."""

    def rows(self, name: str, fields: list[str]) -> dict[str, dict[str, str]]:
        """The live rows of an object by their ids, as texts."""
        wanted = ["Id", *(field for field in fields if field != "Id")]
        query = urllib.parse.urlencode({"object": name, "fields": ",".join(wanted)})
        text = self.expect({200}, "GET", f"/sandbox/export.csv?{query}").body.decode()
        return {row["Id"]: row for row in csv.DictReader(io.StringIO(text))}

    def row(self, name: str, record_id: str, fields: list[str]) -> dict[str, str] | None:
        return self.rows(name, fields).get(record_id)

    def live(self, name: str) -> int:
        return self.stats()["rows"][name]
