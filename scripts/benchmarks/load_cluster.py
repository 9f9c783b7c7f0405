"""The cluster of a load: an org of one object, a database of its own for each measurement, and Sluice's real processes."""

import json
import subprocess
import time
from dataclasses import dataclass
from typing import Any

from checks.clients import SandboxOrg
from checks.cluster import ROOT, SCHEMA, Cluster, CommandFailed
from checks.database import Database

from .entry import LOGS
from .machine import cpu_seconds, peak_megabytes, postmaster_pid, server_cpu_seconds

OBJECT = "Account"


class Org:
    """A sandbox org with so many Accounts. It does not compress: that would take more of the machine than everything that is measured."""

    def __init__(self, binaries, rows: int | dict[str, int], page_rows: int) -> None:
        objects = rows if isinstance(rows, dict) else {OBJECT: rows}
        self.rows = objects.get(OBJECT, 0)
        options = ["--port", "0", "--gzip-level", "0", "--bulk-page-rows", str(page_rows), "--api-quota", "1000000"]
        for name, count in objects.items():
            options += ["--rows", f"{name}={count}"]
        with open(LOGS / "sandbox-org.log", "ab") as log:
            self.process = subprocess.Popen(
                [binaries / "sandbox-org", "serve", *options], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
                start_new_session=True)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise CommandFailed(f"sandbox-org serve ended: see {LOGS / 'sandbox-org.log'}")
        self.url = json.loads(line)["instance_url"]
        self.client = SandboxOrg(self.url)
        self.client.log_in()

    def __enter__(self) -> "Org":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@dataclass
class Load:
    """What one load took."""

    rows: int
    bytes: int
    seconds: float
    peak_mb: float
    cpu: dict[str, float]

    @property
    def rate(self) -> float:
        return self.rows / self.seconds

    @property
    def megabytes(self) -> float:
        return self.bytes / 1e6 / self.seconds


class LoadCluster(Cluster):
    """One scheduler, the API and workers on a new database."""

    def __init__(self, server: Database, name: str, configuration: str, org: Org) -> None:
        server.rows(f'CREATE DATABASE "{name}"')
        super().__init__(server.url.rpartition("/")[0] + "/" + name, configuration)
        self.server = server
        self.name = name
        self.source = org
        self.org, self.org_url = org.client, org.url
        self.mappings = [mapping for mapping in self.mappings if mapping["object_name"] == OBJECT]
        self.formation.logs = self.logs = LOGS

    def start(self, workers: int) -> None:
        """Brings the processes up, with nothing to do."""
        self.prepare()
        self.formation.start_type("web", PORT=str(self.port))
        self.formation.start_type("scheduler")
        for number in range(1, workers + 1):
            self.formation.start_type("worker", number)
        self.wait_until_up(workers=workers)

    def end(self) -> None:
        """Ends the processes and drops the database."""
        self.stop()
        self.server.rows(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')

    def import_mappings(self, seconds: float) -> None:
        """Imports all mappings and waits for DATA_SYNCED, with nothing measured."""
        self._import({"version": 1, "mappings": self.mappings})
        self.wait_until_synced(seconds)

    def _import(self, document: dict[str, Any]) -> None:
        self.api.expect({200, 201, 202, 204}, "POST", f"/api/v3/connections/{self.connection_id}/actions/import", document)

    def load(self) -> Load:
        """Imports the mapping through the API and waits for DATA_SYNCED, without looking through the API, which would cost it time."""
        exported: dict[str, Any] = json.loads((ROOT / "config/demo-mappings.json").read_text(encoding="utf-8"))
        exported["mappings"] = self.mappings
        # Every measurement begins with the same distance to the next checkpoint.
        self.server.rows("CHECKPOINT")
        before = self._cpu()
        # Ten minutes, and as long again as a very slow load takes.
        limit = 600 + self.source.rows // 5000
        started = time.time()
        self._import(exported)
        ended = float(self.database.value(f"""
            SET client_min_messages = warning;
            DO $$
            BEGIN
                WHILE NOT EXISTS (SELECT FROM sluice.mappings WHERE object_name = '{OBJECT}' AND state = 'DATA_SYNCED') LOOP
                    COMMIT;
                    PERFORM pg_sleep(0.02);
                    IF clock_timestamp() > to_timestamp({started}) + interval '{limit} s' THEN RAISE 'not loaded in {limit} s'; END IF;
                END LOOP;
            END $$;
            SELECT extract(epoch FROM clock_timestamp())"""))
        after = self._cpu()
        rows = self.database.number(f"SELECT count(*) FROM {SCHEMA}.{OBJECT.lower()}")
        if rows != self.source.rows:
            raise CommandFailed(f"{rows} rows were loaded, the org has {self.source.rows}: see {self.logs}")
        # The pages' jobs say how many bytes each was.
        size = self.database.number(
            "SELECT sum(substring(outcome FROM 'rows, ([0-9]+) bytes')::bigint) FROM sluice.finished_jobs WHERE kind = 'load_page'")
        peak = max(peak_megabytes(process.pid) for name, process in self.formation.processes.items() if name.startswith("worker"))
        return Load(rows, size, ended - started, peak, {name: after[name] - before[name] for name in after})

    def check_contract(self) -> str:
        """Holds the loaded table against its mapping: a figure counts only with every index and both triggers there."""
        table = OBJECT.lower()
        config = self.mappings[0]["config"]
        wanted = {("id", True)} | {
            ("sfid" if field == "Id" else field.lower(), bool(index["unique"])) for field, index in config["indexes"].items()}
        made = {(column, unique == "t") for column, unique in self.database.rows(f"""
            SELECT a.attname, i.indisunique FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
            WHERE i.indrelid = '{SCHEMA}.{table}'::regclass AND i.indnatts = 1 AND i.indisvalid""")}
        triggers = {row[0] for row in self.database.rows(
            f"SELECT tgname FROM pg_trigger WHERE tgrelid = '{SCHEMA}.{table}'::regclass AND NOT tgisinternal AND tgenabled = 'O'")}
        missing = [f"an index on {column}" for column, _ in wanted - made] + sorted(
            {f"hc_{table}_logtrigger", f"hc_{table}_status_trigger"} - triggers)
        if missing:
            raise CommandFailed(f"{SCHEMA}.{table} was loaded without {', '.join(missing)}")
        return f"{len(made)} indexes and {len(triggers)} triggers made"

    def _cpu(self) -> dict[str, float]:
        """CPU seconds so far, by who used them."""
        ours = {role: 0.0 for role in ("worker", "scheduler", "web")}
        for name, process in self.formation.processes.items():
            ours[name.partition(".")[0]] += cpu_seconds(process.pid)
        return {"org": cpu_seconds(self.source.process.pid), "Postgres": server_cpu_seconds(postmaster_pid(self.server))} | ours
