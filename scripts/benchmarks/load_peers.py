"""Other people's loaders: ingestr, and tap-salesforce into target-postgres, unmodified, from the load's object with the load's columns."""

import json
import os
import subprocess
import time
import urllib.parse
from collections.abc import Callable
from pathlib import Path

from checks.cluster import ROOT, CommandFailed
from checks.database import Database
from checks.foreign.environments import NotInstalled, environment
from checks.foreign.sandbox import OrgProcess, Witness, refresh_token

from .load_cluster import OBJECT
from .results import say, warn

REQUIREMENTS = Path(__file__).parent / "requirements"
# What target-postgres of 2018 expects of Python's library.
SHIM = Path(__file__).parent / "shims/old_collections"
# Fields that the org's own record keeping needs, or that others are parts of: they cannot be taken from the object.
FIXED = {"CreatedById", "LastModifiedDate", "LastModifiedById", "BillingAddress"}


class LoadPeers:
    """An org whose object has the load's columns alone, since ingestr reads all there are, and a new database for each run."""

    def __init__(self, server: Database, binaries: Path, rows: int, fields: list[str]) -> None:
        self.server = server
        self.rows = rows
        self.fields = set(fields)
        self.directory = ROOT / ".sluice/bench/peers"
        self.org = OrgProcess(binaries / "sandbox-org", self.directory, ["--gzip-level", "0", "--rows", f"{OBJECT}={rows}"])
        self.login = self.org.summary
        self.limit_seconds = 300 + rows / 100

    def measure(self) -> dict[str, float]:
        """Rows a second by peer, the best of the ways to use it; those that cannot be installed are left out with a warning."""
        try:
            witness = Witness(self.login["instance_url"])
            witness.log_in()
            described = witness.expect({200}, "GET", f"/services/data/v60.0/sobjects/{OBJECT}/describe").json["fields"]
            unused = [field["name"] for field in described if field["name"] not in self.fields | FIXED]
            # An address goes with its parts, and cannot be asked to go again.
            parts = {field["name"] for field in described if field.get("compoundFieldName") in unused}
            changes = [{"change": "remove_field", "object": OBJECT, "field": name} for name in unused if name not in parts]
            witness.expect({200}, "POST", "/sandbox/schema", changes)
            ways: dict[str, dict[str, Callable[[Database], float]]] = {
                "ingestr": {"Bulk 1.0": self.ingestr},
                "tap_salesforce": {
                    f"{api} into {target}": lambda database, api=api, target=target: self.tap(database, api, target)
                    for target in ("target-postgres", "meltanolabs-target-postgres") for api in ("REST", "BULK")},
            }
            found = {}
            for peer, runs in ways.items():
                rates = [rate for way, run in runs.items() if (rate := self.timed(peer, way, run))]
                if rates:
                    found[peer] = max(rates)
            return found
        finally:
            self.org.stop()

    def timed(self, peer: str, way: str, run: Callable[[Database], float]) -> float | None:
        """From the start of its programs to their end, in a new database that is looked at and dropped."""
        name = "bench_load_peer"
        database = Database(self.server.url.rpartition("/")[0] + "/" + name)
        self.server.rows(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self.server.rows(f'CREATE DATABASE "{name}"')
        self.server.rows("CHECKPOINT")
        try:
            seconds = run(database)
            table = database.value("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND lower(table_name) = 'account'")
            rows = database.number(f'SELECT count(*) FROM public."{table}"') if table else 0
            if rows != self.rows:
                raise CommandFailed(f"{peer}, {way}: {rows} rows were loaded, the org has {self.rows}: see {self.directory}")
        except NotInstalled as error:
            warn(f"{peer}, {way}, is left out: it cannot be installed: {error}")
            return None
        finally:
            self.server.rows(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        say(f"  {rows:,} rows by {peer}, {way}: {seconds:.1f} s, {rows / seconds:,.0f} rows/s")
        return rows / seconds

    def ingestr(self, database: Database) -> float:
        password, token = self.login["password"][:-4], self.login["password"][-4:]
        source = "salesforce://?" + urllib.parse.urlencode(
            {"username": self.login["username"], "password": password, "token": token, "domain": self.login["instance_url"]})
        target = database.url.replace("postgres://", "postgresql://", 1)
        left_out = [option for name in sorted(FIXED) for option in ("--sql-exclude-columns", name)]
        program = environment("ingestr", ROOT) / "bin/ingestr"
        return self.run(
            [program, "ingest", "--source-uri", source, "--source-table", f"custom:{OBJECT}", "--dest-uri", target, "--dest-table",
             f"public.{OBJECT.lower()}", "--yes", "--progress", "log", *left_out])

    def tap(self, database: Database, api: str, target: str) -> float:
        tap = environment("tap-salesforce", ROOT) / "bin/tap-salesforce"
        writer = environment(target, ROOT, REQUIREMENTS, resolves=False) / "bin/target-postgres"
        login = {name: self.login[name] for name in ("client_id", "client_secret", "username", "password")}
        config = self.file("tap.json", {
            "client_id": login["client_id"], "client_secret": login["client_secret"], "refresh_token": refresh_token(self.login["instance_url"], login),
            "api_type": api, "start_date": "2000-01-01T00:00:00Z", "select_fields_by_default": "false"})
        catalog = self.file("catalog.json", self.catalog([tap, "--config", config, "--discover"]))
        parts = urllib.parse.urlsplit(database.url)
        server = {"host": parts.hostname, "port": parts.port, "user": parts.username, "password": parts.password or "unused"}
        name = parts.path[1:]
        settings = {
            "target-postgres": server | {"dbname": name, "schema": "public"},
            "meltanolabs-target-postgres": server | {
                "database": name, "default_target_schema": "public", "use_copy": True, "add_record_metadata": False, "activate_version": False},
        }[target]
        return self.run([tap, "--config", config, "--properties", catalog], [writer, "--config", self.file("target.json", settings)])

    def catalog(self, discovery: list[object]) -> dict:
        """What the tap found of the object, with the load's fields selected."""
        done = subprocess.run(discovery, env=self.org.environment(), capture_output=True, text=True, timeout=120, check=False)
        if done.returncode:
            raise CommandFailed(f"tap-salesforce --discover: exit {done.returncode}: {done.stderr.strip()[-600:]}")
        streams = [stream for stream in json.loads(done.stdout)["streams"] if stream["stream"] == OBJECT]
        for entry in streams[0]["metadata"]:
            if entry["breadcrumb"]:
                entry["metadata"]["selected"] = entry["breadcrumb"][1] in self.fields
            else:
                entry["metadata"] |= {"selected": True, "replication-method": "FULL_TABLE"}
        return {"streams": streams}

    def file(self, name: str, content: dict) -> Path:
        path = self.directory / name
        path.write_text(json.dumps(content), encoding="utf-8")
        return path

    def run(self, reader: list[object], writer: list[object] | None = None) -> float:
        """Seconds of one program, or of two with a pipe between them."""
        started = time.monotonic()
        with open(self.directory / "peer.log", "wb") as log:
            first = subprocess.Popen(
                reader, cwd=self.directory, env=self.org.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE if writer else log, stderr=log)
            processes = [first]
            try:
                if writer:
                    processes.append(subprocess.Popen(
                        writer, cwd=self.directory, env=os.environ | {"PYTHONPATH": str(SHIM)}, stdin=first.stdout, stdout=log, stderr=log))
                    first.stdout.close()
                statuses = [process.wait(self.limit_seconds) for process in reversed(processes)]
            except subprocess.TimeoutExpired:
                raise CommandFailed(f"{Path(str(reader[0])).name} was not done within {self.limit_seconds:.0f} s: see {log.name}") from None
            finally:
                for process in processes:
                    if process.poll() is None:
                        process.kill()
                        process.wait()
        if any(statuses):
            raise CommandFailed(f"{Path(str(reader[0])).name}: exit {statuses[::-1]}: see {log.name}")
        return time.monotonic() - started
