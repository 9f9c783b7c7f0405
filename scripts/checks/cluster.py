"""The demo's cluster: a Postgres that scripts/demo started, a sandbox org, and Sluice's processes."""

import base64
import json
import os
import secrets
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

from .clients import SandboxOrg, SluiceAPI
from .content import differing_columns, table_hash
from .database import Database
from .processes import Formation, free_port
from .report import Report
from .waiting import wait_for

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = "salesforce"
APP = "demo"
EMAIL = "demo@sluice.example"
ROWS = {"Account": 50_000, "Contact": 20_000}


class CommandFailed(Exception):
    """A command ended with another status than 0."""


class Cluster:
    """Everything a demo needs, and how to end it."""

    def __init__(self, database_url: str, configuration: str, rows: dict[str, int] | None = None, logs: str = "demo") -> None:
        self.database = Database(database_url)
        self.binaries = ROOT / ".build" / configuration
        self.port = free_port()
        self.mappings: list[dict[str, Any]] = json.loads((ROOT / "config/demo-mappings.json").read_text(encoding="utf-8"))["mappings"]
        self.rows = rows or ROWS
        self.logs = ROOT / ".sluice" / logs
        self.environment = os.environ | {
            "DATABASE_URL": database_url,
            "SLUICE_SECRET_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
            "SLUICE_PUBLIC_URL": f"http://127.0.0.1:{self.port}",
            "SLUICE_BUILD": configuration,
        }
        self.formation = Formation(ROOT, self.logs, self.environment)
        self.org_process: subprocess.Popen | None = None
        self.honcho: subprocess.Popen | None = None
        self.connection_id = ""
        self.token = ""

    # Setting up

    def start_org(self) -> None:
        """Starts the sandbox org and waits for the line that says it is ready."""
        rows = [option for name, count in self.rows.items() for option in ("--rows", f"{name}={count}")]
        # Pages smaller than Salesforce's, so that several workers have something to share.
        options = ["--port", "0", "--bulk-page-rows", "10000", "--api-quota", "1000000", *rows]
        log = open(self.logs / "sandbox-org.log", "ab")
        self.org_process = subprocess.Popen(
            [self.binaries / "sandbox-org", "serve", *options], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
            start_new_session=True)
        assert self.org_process.stdout is not None
        line = self.org_process.stdout.readline()
        if not line:
            raise CommandFailed(f"sandbox-org serve ended: see {self.logs / 'sandbox-org.log'}")
        ready = json.loads(line)
        self.org_url = ready["instance_url"]
        self.org = SandboxOrg(self.org_url)
        self.org.log_in()

    def sluice(self, *arguments: str) -> Any:
        """Runs an admin command; returns what it printed as JSON."""
        result = subprocess.run(
            [self.binaries / "sluice", *arguments], cwd=ROOT, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=60, check=False)
        if result.returncode != 0:
            raise CommandFailed(f"sluice {' '.join(arguments[:2])}: exit {result.returncode}: {(result.stderr or result.stdout).strip()[-600:]}")
        return json.loads(result.stdout) if result.stdout.strip().startswith(("{", "[")) else result.stdout

    def prepare(self) -> None:
        """Migrates, and makes a user and a connection to the org."""
        self.sluice("migrate")
        # A check polls whenever it wants to see something, not once a minute.
        self.database.rows("UPDATE sluice.poll_limits SET pause = '0'")
        self.token = self.sluice("user", "add", EMAIL, "--app", APP, "--json")["token"]
        created = self.sluice("connection", "create", "--app", APP, "--db-key", "DATABASE_URL", "--schema", SCHEMA, "--json")
        self.connection_id = created["id"]
        self.sluice(
            "connection", "authorize", self.connection_id, "--grant", "client_credentials", "--environment", "custom", "--login-url",
            self.org_url, "--client-id", SandboxOrg.CLIENT_ID, "--client-secret", SandboxOrg.CLIENT_SECRET, "--json")
        self.api = SluiceAPI(f"http://127.0.0.1:{self.port}", self.token)

    def start_honcho(self, workers: int) -> None:
        """Starts the whole Procfile under a real runner."""
        log = open(self.logs / "honcho.log", "ab")
        # Named: honcho would run the release command as if it were a process.
        self.honcho = subprocess.Popen(
            [ROOT / ".sluice/venv/bin/honcho", "start", "--no-colour", "--port", str(self.port), "--concurrency",
             f"web=1,scheduler=1,worker={workers}", "web", "scheduler", "worker"],
            cwd=ROOT, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)

    def stop_honcho(self) -> int | None:
        """Ends honcho and, through it, its processes; returns its exit status."""
        if self.honcho is None:
            return 0
        honcho, self.honcho = self.honcho, None
        if honcho.poll() is None:
            honcho.send_signal(signal.SIGTERM)
        try:
            return honcho.wait(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(honcho.pid, signal.SIGKILL)
            honcho.wait()
            return None

    def stop(self) -> None:
        """Ends everything that was started here."""
        self.stop_honcho()
        self.formation.stop()
        if self.org_process is not None:
            self.org_process.terminate()
            try:
                self.org_process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.org_process.kill()
                self.org_process.wait()

    # Looking

    def live(self, role: str) -> list[int]:
        """The pids of a role's live processes, as Postgres knows them."""
        return [int(row[0]) for row in self.database.rows(f"SELECT pid FROM sluice.live_workers WHERE role = '{role}' ORDER BY pid")]

    def leader(self) -> int:
        """The pid of the leading scheduler; 0 when none leads."""
        return self.database.number("SELECT pid FROM sluice.live_workers WHERE role = 'scheduler' AND leads ORDER BY last_seen LIMIT 1")

    def wait_until_up(self, workers: int) -> None:
        def is_up() -> bool:
            return len(self.live("worker")) == workers and self.leader() != 0

        wait_for("API answers /healthz", 60, lambda: self.answers("/healthz"))
        wait_for(f"{workers} workers and a leading scheduler live", 60, is_up)

    def answers(self, path: str) -> bool:
        try:
            return self.api.request("GET", path).status == 200
        except OSError:
            return False

    def fields(self, object_name: str) -> list[str]:
        """The mapped fields of an object, Id first."""
        config = next(mapping["config"] for mapping in self.mappings if mapping["object_name"] == object_name)
        return ["Id"] + [field for field in config["fields"] if field != "Id"]

    def mapping_id(self, object_name: str) -> str:
        return self.api.mapping(self.connection_id, object_name)["id"]

    def states(self) -> dict[str, str]:
        return {mapping["object_name"]: mapping["state"] for mapping in self.api.connection(self.connection_id)["mappings"]}

    def wait_until_synced(self, timeout: float) -> float:
        """Waits until every mapping of the demo is DATA_SYNCED; returns how long it took."""
        started = time.monotonic()
        names = {mapping["object_name"] for mapping in self.mappings}

        def is_synced() -> bool:
            states = self.states()
            return states.keys() == names and set(states.values()) == {"DATA_SYNCED"}

        wait_for("every mapping DATA_SYNCED", timeout, is_synced, 0.25)
        return time.monotonic() - started

    def run_action(self, object_name: str, action: str, timeout: float = 90) -> dict[str, Any]:
        """Enqueues a reload or a poll through the API and waits until it has ended."""
        return self.wait_for_job(self.api.act(self.mapping_id(object_name), action), timeout)

    def wait_for_job(self, path: str, timeout: float = 90) -> dict[str, Any]:
        """Waits until a job has ended; returns what the API says of it."""
        return wait_for(f"{path} ends", timeout, lambda: job if (job := self.api.job(path))["finished_at"] else None)

    def compare_content(self, report: Report, object_name: str, when: str) -> None:
        """Compares every row and every mapped column with the org's."""
        fields = self.fields(object_name)
        org_rows, org_hash = self.org.content_hash(object_name, fields)
        rows, digest = table_hash(self.database, SCHEMA, object_name, fields)
        text = f"{object_name} {when}: {org_rows} rows in the org, {rows} in Postgres; sha256 over {len(fields)} columns {org_hash[:12]}, {digest[:12]}"
        if not report.check((org_rows, org_hash) == (rows, digest), text) and rows == org_rows:
            print(f"     these columns differ: {', '.join(differing_columns(self.database, SCHEMA, object_name, fields, self.org))}")
