"""Generated requests against a running API, held to its own OpenAPI document.

python3 -m checks.contract BIN_DIRECTORY [--requests N] [--seed N]: schemathesis sends N requests at least (400 unless told) to the real
processes on a database of their own, at the server that SLUICE_TEST_DATABASE_URL names, and runs all of its checks on every answer.
"""

import argparse
import base64
import json
import os
import re
import secrets
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from .clients import SandboxOrg, SluiceAPI
from .database import Database
from .foreign.environments import NotInstalled, environment, version
from .foreign.sandbox import OrgProcess
from .processes import Formation, end_on_signals, free_port
from .waiting import wait_for

ROOT = Path(__file__).resolve().parents[2]
DIRECTORY = ROOT / ".sluice" / "contract"
REQUIREMENTS = Path(__file__).parent / "requirements"
APP = "shop"
SHORT = 400
RUN_SECONDS = 1500
REQUEST_SECONDS = 20
# A stream of events has no end of its own: it is listened to for so long, and to one event at most.
STREAM_SECONDS = 3
STREAMS = ("/stream", "/connections/{connection}/stream", "/api/v3/connections/{connection}/logs/stream")
MAPPINGS = {
    "version": 1,
    "mappings": [
        {
            "object_name": name,
            "config": {
                "access": access, "sf_polling_seconds": 600, "fields": {"Id": {}, "Name": {}, "SystemModstamp": {}, "IsDeleted": {}},
                "indexes": {"Id": {"unique": True}},
            },
        }
        for name, access in (("Account", "read_write"), ("Contact", "read_only"), ("Opportunity", "read_only"))
    ],
}
# What JSON Schema cannot say of a request, so that one that fits may still be refused.
REFUSED_ALTHOUGH_VALID = {
    "/api/v3/users/me/password": "that the present password is right, and that there is one",
    "/api/v3/connections/{connection}/authorize_url": "which hosts an operator lets people name",
    "/oauth/callback": "a state that this server made",
    "/api/v3/connections/{connection}/actions/authorize": "what each grant needs",
    "/api/v3/connections/{connection}": "which switches are served",
    "/api/v3/connections/{connection}/actions/import": "each object and each column once, indexes and upsert_field among the fields",
    "/api/v3/connections/{connection}/actions/adopt": "each object and each column once, indexes, upsert_field and column_types among the fields",
    "/api/v3/connections/{connection}/actions/change-sf-api-version": "which versions the org serves",
    "/api/v3/connections/{connection}/schema-diff": "which versions the org serves",
    "/api/v3/connections/{connection}/mappings": "Id among the fields, indexes and upsert_field too",
    "/api/v3/connections/{connection}/mapping-validations": "Id among the fields, indexes and upsert_field too",
    "/api/v3/apps/{app}/databases/{key}": "which names apps and variables may have",
    "/api/v3/apps/{app}/access/{user}": "which names apps may have",
    "/api/v3/apps/{app}/databases/{key}/schemas/{schema}": "which names a schema may have",
    "/api/v3/mappings/{mapping}": "Id among the fields, indexes and upsert_field too, and no other object",
    "/api/v3/connections/{connection}/outlets": "which addresses may be told, and that a drain has no events",
    "/api/v3/connections/{connection}/outlets/{outlet}": "what each kind of outlet has",
    "/api/v3/mappings/{mapping}/rows": "that after is a record's id where records are listed",
    **{
        f"{path}/actions/{action}": "that something is named"
        for path in ("/api/v3/connections/{connection}/failed-changes", "/api/v3/mappings/{mapping}/rows")
        for action in ("retry", "ignore", "reread", "overwrite-salesforce", "overwrite-postgres")
    },
}
# Where Salesforce itself is asked to sign somebody in, which a machine without the internet does not reach.
ASKS_SALESFORCE = "/api/v3/connections/{connection}/actions/authorize"
# A list is still there when what was in it is gone.
STAYS_AFTER_DELETE = "/api/v3/connections/{connection}/mappings"


@dataclass
class World:
    """Everything that the requests meet."""

    url: str
    token: str
    connection: str
    mappings: list[str]
    jobs: list[str]


class Server:
    """A database, a sandbox org, and the processes of an installation."""

    def __init__(self, binaries: Path, database_url: str) -> None:
        self.binaries = binaries
        self.maintenance = Database(database_url)
        self.name = f"sluice_contract_{os.getpid()}"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = os.environ | {
            "DATABASE_URL": f"{database_url.rpartition('/')[0]}/{self.name}",
            "SLUICE_SECRET_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
            "SLUICE_PUBLIC_URL": self.url, "LOG_LEVEL": "warning",
            # Thousands of requests of one client are what is wanted here.
            "SLUICE_RATE_LIMIT": "1000000",
        }
        self.formation = Formation(ROOT, DIRECTORY, self.environment)
        self.org: OrgProcess | None = None

    def sluice(self, *arguments: str) -> dict:
        result = subprocess.run(
            [self.binaries / "sluice", *arguments], cwd=ROOT, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=60, check=False)
        if result.returncode:
            raise RuntimeError(f"sluice {' '.join(arguments[:2])}: {(result.stderr or result.stdout).strip()[-600:]}")
        return json.loads(result.stdout) if result.stdout.startswith("{") else {}

    def start(self) -> World:
        self.maintenance.rows(f"CREATE DATABASE {self.name}")
        self.sluice("migrate")
        # Polls are asked for more often than people may.
        Database(self.environment["DATABASE_URL"]).rows("UPDATE sluice.poll_limits SET pause = '0', per_day = 1000000")
        token = self.sluice("user", "add", "ann@example.com", "--app", APP, "--administrator", "--json")["token"]
        connection = self.sluice("connection", "create", "--app", APP, "--db-key", "DATABASE_URL", "--schema", "salesforce", "--json")["id"]
        self.org = OrgProcess(self.binaries / "sandbox-org", DIRECTORY, ["--rows", "Account=20", "--rows", "Contact=20"])
        self.sluice(
            "connection", "authorize", connection, "--grant", "client_credentials", "--environment", "custom", "--login-url",
            self.org.summary["instance_url"], "--client-id", SandboxOrg.CLIENT_ID, "--client-secret", SandboxOrg.CLIENT_SECRET, "--json")
        sluice = self.binaries / "sluice"
        self.formation.start("api", f"exec {sluice} api --port {self.port}")
        self.formation.start("scheduler", f"exec {sluice} scheduler")
        self.formation.start("worker", f"exec {sluice} worker --concurrency 4")
        api = SluiceAPI(self.url, token)
        wait_for("the API answers", 60, lambda: self.answers(api))
        path = f"/api/v3/connections/{connection}"
        api.expect({202}, "POST", f"{path}/actions/import", MAPPINGS)

        def mappings() -> list[dict] | None:
            found = api.expect({200}, "GET", f"{path}/mappings").json["results"]
            return found if len(found) == 3 and all(mapping["state"] == "DATA_SYNCED" for mapping in found) else None

        loaded = wait_for("every mapping is loaded", 120, mappings)
        jobs = [str(job["id"]) for job in api.expect({200}, "GET", f"{path}/jobs").json["results"]]
        return World(self.url, token, connection, [mapping["id"] for mapping in loaded], jobs)

    def answers(self, api: SluiceAPI) -> bool:
        try:
            return api.request("GET", "/healthz").status == 200
        except OSError:
            return False

    def stop(self) -> None:
        self.formation.stop()
        if self.org is not None:
            self.org.stop()
        self.maintenance.rows(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")


def configuration(world: World) -> str:
    """Schemathesis' configuration: real ids beside made-up ones, and what a schema cannot say."""
    lists = {"connection": [world.connection], "mapping": world.mappings, "job": world.jobs, "app": [APP], "object": ["Account", "Nothing__c"]}
    lines = [f'headers = {{ Authorization = "Bearer {world.token}" }}', "", "[dictionaries]"]
    for name, values in lists.items():
        lines.append(f"{name} = {{ values = {json.dumps([int(value) if name == 'job' else value for value in values])} }}")
    lines += ["", "[parameters]"]
    lines += [f'"path.{name}" = {{ dictionary = "{name}", probability = 0.7 }}' for name in lists]
    # A page sends whoever is not signed in to the log-in before it looks at anything else.
    lines += ["", "[[operations]]", 'include-tag = "pages"', "[operations.checks.negative_data_rejection]"]
    lines += ["expected-statuses = [303, 400, 401, 403, 404, 405, 406, 413, 429]"]
    for path in REFUSED_ALTHOUGH_VALID:
        lines += ["", "[[operations]]", f'include-path = "{path}"']
        unreached = ", 503" if path == ASKS_SALESFORCE else ""
        lines += ['[operations.checks.positive_data_acceptance]', f'expected-statuses = ["2xx", 400, 401, 403, 404, 409, 429{unreached}]']
    lines += ["", "[[operations]]", f'include-path = "{ASKS_SALESFORCE}"', "[operations.checks.not_a_server_error]"]
    lines += ['expected-statuses = ["2xx", "3xx", "4xx", 503]']
    for path in STREAMS:
        lines += ["", "[[operations]]", f'include-path = "{path}"', f"request-timeout = {STREAM_SECONDS}", "max-stream-events = 1"]
    lines += ["", "[[operations]]", f'include-path = "{STAYS_AFTER_DELETE}"', 'include-method = "DELETE"']
    lines += ["[operations.phases.stateful]", "enabled = false"]
    return "\n".join(lines) + "\n"


def run(home: Path, world: World, phases: str, examples: int, seed: int) -> tuple[bool, int, str]:
    """One run of schemathesis; whether it found nothing, how many requests it sent, and what it printed."""
    config = DIRECTORY / "schemathesis.toml"
    config.write_text(configuration(world), encoding="utf-8")
    report = DIRECTORY / "requests.ndjson"
    command = [
        str(home / "bin" / "schemathesis"), "--config-file", str(config), "run", f"{world.url}/openapi.json", "--checks", "all", "--phases", phases,
        "--max-examples", str(examples), "--seed", str(seed), "--request-timeout", str(REQUEST_SECONDS), "--max-redirects", "0", "--generation-database", "none",
        "--continue-on-failure", "--report-ndjson-path", str(report), "--no-color", "--warnings", "off", "--workers", "1",
    ]
    try:
        done = subprocess.run(
            command, cwd=DIRECTORY, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=RUN_SECONDS,
            check=False)
    except subprocess.TimeoutExpired:
        return False, 0, f"schemathesis did not end within {RUN_SECONDS} s; {report} ends with the operation that was being asked"
    sent = re.findall(r"(\d+) generated", done.stdout)
    return done.returncode == 0, sum(int(number) for number in sent), done.stdout


def main(arguments: list[str]) -> int:
    end_on_signals()
    parser = argparse.ArgumentParser(prog="checks.contract")
    parser.add_argument("binaries", type=Path)
    parser.add_argument("--requests", type=int, default=SHORT)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    DIRECTORY.mkdir(parents=True, exist_ok=True)
    try:
        home = environment("schemathesis", ROOT, REQUIREMENTS)
    except NotInstalled as error:
        print(f"FAIL schemathesis could not be installed, nothing was checked: {error}")
        return 1
    started = time.monotonic()
    server = Server(given.binaries.resolve(), os.environ["SLUICE_TEST_DATABASE_URL"])
    sent, found = 0, 0
    try:
        world = server.start()
        is_full = given.requests > SHORT
        while sent < given.requests and not found:
            phases, examples = ("examples,coverage,fuzzing,stateful", 20) if is_full else ("fuzzing", 8)
            passed, number, output = run(home, world, phases, examples, given.seed)
            given.seed += 1
            sent += number
            if not passed or not number:
                found += 1
                print(output)
    finally:
        server.stop()
    text = f"schemathesis {version('schemathesis', REQUIREMENTS)}: {sent} requests, all checks, seeds up to {given.seed - 1} ({time.monotonic() - started:.0f} s)"
    print(f"{'FAIL' if found else 'ok  '} {text}", flush=True)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
