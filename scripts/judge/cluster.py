"""A round's world: databases, org, connection and mappings, and the processes of the product; all of it goes when the round ends."""

import base64
import contextlib
import itertools
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from checks.clients import SluiceAPI
from checks.processes import Formation, free_port
from checks.waiting import NotInTime, wait_for
from faults.server import ROOT, Server

from . import audit
from .databases import KEEP, ROLES, Databases
from .libpq import PostgresError, Session
from .orgclient import OrgClient
from .orgtroubles import PRODUCT_VERSION
from .shape import LABEL, OBJECTS, SCHEMA, World, document, table

TEMPLATE = "judge_template"
PROCESSES = ("scheduler.1", "scheduler.2", "worker.1", "worker.2", "worker.3", "api.1")
_numbers = itertools.count(1)
# Generous: a machine that others use as well is slow, not wrong.
PATIENCE = 180.0


class CommandFailed(Exception):
    """A command of the product ended with another status than 0."""


class Product:
    """The executables under judgement, and the org's; what both versions of the product understand, and no more."""

    def __init__(self, server: Server, sluice: str, org: str, beside: str | None = None) -> None:
        self.server = server
        self.sluice = sluice
        # Another version, of which processes with odd numbers are: both work side by side.
        self.beside = beside or sluice
        self.org = org
        self.secret = base64.b64encode(bytes(32)).decode()

    def environment(self, database_url: str, **more: str) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], "DATABASE_URL": database_url, "SLUICE_SECRET_KEY": self.secret, "LOG_LEVEL": "info"} | more

    def call(self, environment: dict[str, str], *arguments: str, timeout: float = PATIENCE) -> str:
        result = subprocess.run(
            [self.sluice, *arguments], cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout, check=False)
        if result.returncode != 0:
            raise CommandFailed(f"sluice {' '.join(arguments[:3])}: exit {result.returncode}: {(result.stderr or result.stdout).strip()[-400:]}")
        return result.stdout

    def make_template(self) -> None:
        """A migrated database that every round's control database is a copy of."""
        root = Session(self.server.url, "judge")
        root.rows(ROLES)
        root.rows(f"CREATE DATABASE {TEMPLATE} OWNER tenant")
        self.call(self.environment(f"postgres://tenant@127.0.0.1:{self.server.port}/{TEMPLATE}"), "migrate")
        root.close()
        # Whoever judges polls as often as a round's actors please.
        template = Session(f"postgres://tenant@127.0.0.1:{self.server.port}/{TEMPLATE}", "judge")
        # Older versions have no such limits.
        with contextlib.suppress(PostgresError):
            template.rows("UPDATE sluice.poll_limits SET pause = '0', per_day = 1000000")
        template.close()


class Cluster:
    """Everything that a round needs."""

    def __init__(self, product: Product, world: World, logs: Path) -> None:
        self.product = product
        self.world = world
        self.logs = logs
        self.databases = Databases(product.server, f"judge_{next(_numbers)}", TEMPLATE, world.apart)
        self.port = free_port()
        self.environment = product.environment(
            self.databases.url(self.databases.control), TARGET_URL=self.databases.url(self.databases.target),
            SECOND_URL=self.databases.url(self.databases.target), PORT=str(self.port))
        self.formation = Formation(ROOT, logs, self.environment)
        self.org_process: subprocess.Popen[bytes] | None = None
        self.connection_id = ""
        self.mapping_ids: dict[str, str] = {}
        self.labels: dict[str, list[str]] = {}

    # Setting up

    def set_up(self, patience: float, clock: Callable[[], float]) -> list[str]:
        """Everything up, a few records in the org, and all of it loaded; what is not loaded in that many seconds of the clock, in words."""
        self._start_org()
        for name in PROCESSES:
            self.start(name)
        root = self.root_session()
        root.rows(audit.SETUP)
        root.rows(audit.WATCH.format(schema=SCHEMA))
        root.rows(KEEP)
        self._make_records()
        self._connect()
        unloaded = self._wait_until_loaded(patience, clock)
        if not unloaded:
            for name in self.world.objects:
                root.rows(f"CREATE TABLE keep.{table(name)} AS TABLE {SCHEMA}.{table(name)}")
            root.rows("GRANT ALL ON ALL TABLES IN SCHEMA keep TO clerk, tenant; GRANT USAGE ON SCHEMA keep TO tenant")
        root.close()
        return unloaded

    def _start_org(self) -> None:
        schema = self.logs / "org.json"
        schema.write_text(json.dumps(document()), encoding="utf-8")
        options = [
            "--port", "0", "--schema", str(schema), "--bulk-page-rows", str(self.world.page_rows), "--bulk-delay-ms", str(self.world.bulk_delay),
            "--api-quota", "10000000"]
        if self.world.rotates_tokens:
            options.append("--rotate-refresh-tokens")
        with open(self.logs / "org.log", "ab") as log:
            self.org_process = subprocess.Popen(
                [self.product.org, "serve", *options], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, start_new_session=True)
        assert self.org_process.stdout is not None
        line = self.org_process.stdout.readline()
        if not line:
            raise CommandFailed(f"sandbox-org serve ended: {(self.logs / 'org.log').read_text(encoding='utf-8')[-400:]}")
        self.org_url = json.loads(line)["instance_url"]
        self.org = OrgClient(self.org_url)

    def _make_records(self) -> None:
        """The records that a round begins with; the first ones have the first keys and codes, and parents."""
        from .draw import CODES, KEYS
        for name in OBJECTS:
            labels = [f"{name[0]}{number}" for number in range(1, self.world.records + 1)]
            self.labels[name] = labels
            fields = {spec["name"] for spec in OBJECTS[name]}
            for number, label in enumerate(labels):
                values: dict[str, Any] = {LABEL: label}
                if "Key__c" in fields:
                    values["Key__c"] = KEYS[number]
                if "Code__c" in fields and number < len(CODES) // 2:
                    values["Code__c"] = CODES[number]
                if "Color__c" in fields:
                    values["Color__c"] = "red"
                if "Amount__c" in fields:
                    values["Amount__c"] = number + 0.5
                for field, parent in (("Maker__c", "Maker__c"), ("Part__c", "Part__c")):
                    if field in fields and number % 3 != 2:
                        values[field] = self.org.find(parent, f"{parent[0]}{1 + number % 2}")
                _, answer = self.org.perform({"do": "create", "object": name, "label": label, "fields": values})
                if answer is None or answer.status != 201:
                    raise CommandFailed(f"the org did not take {name} {label}: {answer}")

    def _connect(self) -> None:
        token = json.loads(self.sluice("user", "add", "judge@sluice.example", "--app", "judge", "--json"))["token"]
        self.api = SluiceAPI(f"http://127.0.0.1:{self.port}", token)
        key = "TARGET_URL" if self.world.apart else "DATABASE_URL"
        for allowed in ("TARGET_URL", "DATABASE_URL", "SECOND_URL"):
            # Older versions have no such command, and allow all.
            with contextlib.suppress(CommandFailed):
                self.sluice("app", "allow", "judge", allowed)
        created = json.loads(self.sluice("connection", "create", "--app", "judge", "--db-key", key, "--schema", SCHEMA, "--json"))
        self.connection_id = created["id"]
        self.authorize(self.connection_id)
        control = self.control_session()
        control.rows(f"UPDATE sluice.connections SET large_query_threshold = {self.world.poll_threshold} WHERE id = '{self.connection_id}'")
        control.close()
        wait_for("the API answers", PATIENCE, self._answers)
        self.import_mappings(self.connection_id)

    def authorize(self, connection: str) -> None:
        self.sluice(
            "connection", "authorize", connection, "--grant", "client_credentials", "--environment", "custom", "--login-url", self.org_url,
            "--client-id", self.org.org.CLIENT_ID, "--client-secret", self.org.org.CLIENT_SECRET, "--api-version", PRODUCT_VERSION, "--json")

    def import_mappings(self, connection: str) -> None:
        self.api.expect({200, 201, 202, 204}, "POST", f"/api/v3/connections/{connection}/actions/import", self.world.export())

    def _answers(self) -> bool:
        if self.formation.processes["api.1"].poll() is not None:
            # Somebody else on the machine was faster with the port.
            self.port = free_port()
            self.formation.environment["PORT"] = str(self.port)
            self.api.base = f"http://127.0.0.1:{self.port}"
            self.start("api.1")
        try:
            return self.api.request("GET", "/healthz").status == 200
        except OSError:
            return False

    def _wait_until_loaded(self, patience: float, clock: Callable[[], float]) -> list[str]:
        """Until every mapping is loaded; those that are not, with what they say of themselves."""
        control = self.control_session()
        missing = [f"{name} was not imported" for name in self.world.objects]

        def is_loaded() -> bool:
            rows = control.rows("""
                SELECT object_name, id, watermark, concat_ws(' ', state, state_description, (
                    SELECT max(last_error) FROM sluice.jobs j WHERE j.mapping_id = m.id)) FROM sluice.mappings m""")
            self.mapping_ids = {str(name): str(identifier) for name, identifier, _, _ in rows}
            missing[:] = [f"{name} was not loaded: {said}" for name, _, watermark, said in rows if watermark is None]
            return len(rows) == len(self.world.objects) and not missing

        try:
            wait_for("every mapping loaded", patience, is_loaded, clock=clock)
        except NotInTime:
            pass
        finally:
            control.close()
        return missing

    # Processes

    def start(self, name: str) -> None:
        role, _, number = name.partition(".")
        executable = self.product.beside if number.isdigit() and int(number) % 2 else self.product.sluice
        self.formation.start(name, f"exec {executable} {role}")

    def sluice(self, *arguments: str) -> str:
        return self.product.call(self.environment, *arguments)

    # Looking

    def control_session(self) -> Session:
        return self.databases.session(self.databases.control, "sluice", "judge")

    def root_session(self) -> Session:
        """A superuser in the target database."""
        return self.databases.session(self.databases.target, "sluice", "judge")

    def tear_down(self) -> None:
        """Ends and removes everything, whatever state it is in."""
        for process in self.formation.processes.values():
            process.kill()
        for process in self.formation.processes.values():
            process.wait()
        if self.org_process is not None:
            self.org_process.kill()
            self.org_process.wait()
            if self.org_process.stdout is not None:
                self.org_process.stdout.close()
        self.databases.drop()


