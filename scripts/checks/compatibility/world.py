"""A whole Sluice of its own: a database, a sandbox org, API, scheduler and worker as real processes."""

import base64
import json
import os
import secrets
import subprocess
import uuid
from pathlib import Path
from typing import Any

from ..clients import SandboxOrg, SluiceAPI
from ..database import Database
from ..foreign.sandbox import OrgProcess
from ..processes import Formation, free_port
from ..waiting import wait_for

ROOT = Path(__file__).resolve().parents[3]
APP = "compatibility"
ROWS = ["--rows", "Account=300", "--rows", "Contact=200", "--rows", "Lead=20"]


class CommandFailed(Exception):
    """An admin command ended with another status than 0."""


class World:
    """Everything that a client of the API needs around it, and how to end it."""

    def __init__(self, server_url: str, binaries: Path, directory: Path) -> None:
        self.binaries = binaries
        self.directory = directory
        self.server = Database(server_url)
        self.name = f"compatibility_{uuid.uuid4().hex[:10]}"
        self.database_url = server_url.rpartition("/")[0] + "/" + self.name
        self.database = Database(self.database_url)
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.environment = os.environ | {
            "DATABASE_URL": self.database_url, "SECOND_URL": self.database_url,
            "SLUICE_SECRET_KEY": base64.b64encode(secrets.token_bytes(32)).decode(), "SLUICE_PUBLIC_URL": self.base,
            "SLUICE_RATE_LIMIT": "1000000", "SALESFORCE_CLIENT_ID": SandboxOrg.CLIENT_ID, "SALESFORCE_CLIENT_SECRET": SandboxOrg.CLIENT_SECRET, "LOG_LEVEL": "warning"}
        self.formation = Formation(ROOT, directory, self.environment)
        self.org: OrgProcess | None = None
        self.token = ""

    def start(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        self.server.rows(f"CREATE DATABASE {self.name}")
        self.org = OrgProcess(self.binaries / "sandbox-org", self.directory, ROWS)
        self.org_url = self.org.summary["instance_url"]
        self.sluice("migrate")
        self.token = self.sluice("user", "add", "client@example.com", "--app", APP, "--json")["token"]
        self.connection_id = self.connect("salesforce")
        self.api = SluiceAPI(self.base, self.token)
        for name, arguments in {"api": f"api --port {self.port} --host 127.0.0.1", "scheduler": "scheduler", "worker": "worker"}.items():
            self.formation.start(name, f"exec {self.binaries / 'sluice'} {arguments}")
        wait_for("API answers /healthz", 60, self.answers)

    def connect(self, schema: str) -> str:
        """Makes an authorized connection; returns its id."""
        made = self.sluice("connection", "create", "--app", APP, "--db-key", "DATABASE_URL", "--schema", schema, "--json")
        self.sluice(
            "connection", "authorize", made["id"], "--grant", "client_credentials", "--environment", "custom", "--login-url", self.org_url,
            "--json")
        return made["id"]

    def sluice(self, *arguments: str) -> Any:
        """Runs an admin command; returns what it printed as JSON."""
        done = subprocess.run(
            [self.binaries / "sluice", *arguments], env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
            check=False)
        if done.returncode:
            raise CommandFailed(f"sluice {' '.join(arguments[:2])}: exit {done.returncode}: {(done.stderr or done.stdout).strip()[-600:]}")
        return json.loads(done.stdout) if done.stdout.strip().startswith(("{", "[")) else done.stdout

    def serves(self, path: str) -> bool:
        """Whether the API's own document names a path; what it does not serve yet stands in docs/compatibility.md, too."""
        return path in self.api.expect({200}, "GET", "/openapi.json").json["paths"]

    def answers(self) -> bool:
        ended = self.formation.ended()
        if ended:
            raise CommandFailed(f"{ended[0]} ended: {self.formation.tail(ended[0].split()[0])}")
        try:
            return self.api.request("GET", "/healthz").status == 200
        except OSError:
            return False

    def wait_until_synced(self, connection_id: str, objects: set[str], timeout: float = 60) -> dict[str, Any]:
        """Waits until a connection maps these objects and all are at rest; returns the connection."""

        def synced() -> dict[str, Any] | None:
            connection = self.api.connection(connection_id)
            states = {mapping["object_name"]: mapping["state"] for mapping in connection["mappings"]}
            return connection if set(states) >= objects and all(states[name] == "DATA_SYNCED" for name in objects) else None

        return wait_for(f"{sorted(objects)} DATA_SYNCED", timeout, synced)

    def wait_for_state(self, connection_id: str, *states: str, timeout: float = 30) -> str:
        def reached() -> str | None:
            state = self.api.connection(connection_id)["state"]
            return state if state in states else None

        return wait_for(f"the connection is {' or '.join(states)}", timeout, reached)

    def stop(self) -> None:
        self.formation.stop()
        if self.org is not None:
            self.org.stop()
        self.server.rows(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")
