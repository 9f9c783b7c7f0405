"""scripts/bench api: lists of the API with 1,000 connections and 10,000 mappings, for 50 clients that look once a second; and the dashboard's pages."""

import argparse
import base64
import http.client
import json
import os
import subprocess
import time

from checks.database import Database
from checks.processes import free_port
from checks.waiting import wait_for

from .api_clients import CLIENTS, PERIOD, ask
from .entry import LOGS, Run, add_parts, duration, main, whole_number
from .machine import cpu_seconds, resident_megabytes
from .pages import pages
from .results import percentile, say
from .scheduler import SETUP

# What the issue asks for.
P99_MS = 50.0
# Memory counts as flat when the second half of a run takes no more than this beyond the first.
FLAT_MB = 20.0

JOBS = """
INSERT INTO sluice.jobs (kind, connection_id, mapping_id, run_at)
SELECT 'poll', m.connection_id, m.id, sluice.clock() + interval '1 day' FROM sluice.mappings m, generate_series(1, {per_mapping});
INSERT INTO sluice.events (connection_id, mapping_id, level, message)
SELECT m.connection_id, m.id, 'info', 'Polling found 0 changed rows' FROM sluice.mappings m, generate_series(1, 100);
VACUUM ANALYZE sluice.jobs, sluice.events;
"""


class APIBench:
    """A database of its own and one API process."""

    def __init__(self, run: Run) -> None:
        self.server = run.server
        self.options = run.options
        self.results = run.results
        self.bin = run.binaries
        self.name = "bench_api"
        self.database = Database(self.server.url.rpartition("/")[0] + "/" + self.name)
        self.port = free_port()
        # The most that memory grew in the second half of a list's time, and answers that failed.
        self.growth = 0.0
        self.failures = 0
        self.environment = os.environ | {
            "SLUICE_RATE_LIMIT": "none",
            "DATABASE_URL": self.database.url, "SLUICE_SECRET_KEY": base64.b64encode(bytes(32)).decode(), "LOG_LEVEL": "warning",
            "SLUICE_PUBLIC_URL": f"http://127.0.0.1:{self.port}"}

    def run(self) -> None:
        self.server.rows(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')
        self.server.rows(f'CREATE DATABASE "{self.name}"')
        try:
            self.sluice("migrate")
            for statement in SETUP.format(connections=self.options.connections, mappings=self.options.mappings, period=600).split(";\n"):
                if statement.strip():
                    self.database.rows(statement)
            for statement in JOBS.format(per_mapping=self.options.jobs // self.options.mappings).split(";\n"):
                if statement.strip():
                    self.database.rows(statement)
            self.token = json.loads(self.sluice("user", "add", "bench@example.com", "--app", "bench", "--json"))["token"]
            self.serve()
        finally:
            self.server.rows(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')

    def sluice(self, *arguments: str) -> str:
        return subprocess.run(
            [self.bin / "sluice", *arguments], env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True).stdout

    def serve(self) -> None:
        with open(LOGS / "api.log", "ab") as log:
            process = subprocess.Popen(
                [self.bin / "sluice", "api", "--port", str(self.port), "--host", "127.0.0.1"], env=self.environment, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log)
        try:
            wait_for("the API answers", 30, self.answers)
            self.measure(process.pid)
        finally:
            process.terminate()
            process.wait(timeout=30)

    def answers(self) -> bool:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except OSError:
            return False

    def measure(self, pid: int) -> None:
        say(f"  {CLIENTS} clients, each asking every {PERIOD:g} s")
        first = self.database.value("SELECT id FROM sluice.connections ORDER BY internal_id LIMIT 1")
        mapping = self.database.value("SELECT id FROM sluice.mappings ORDER BY internal_id LIMIT 1")
        for metric, path in {
            "connections_1000_p99_ms": "/api/v3/connections",
            "discovery_1000_p99_ms": "/connections",
            "connection_p99_ms": f"/api/v3/connections/{first}?deep=true",
            "mapping_p99_ms": f"/api/v3/mappings/{mapping}",
            "jobs_p99_ms": f"/api/v3/connections/{first}/jobs",
            "queue_p99_ms": f"/api/v3/connections/{first}/queue",
            "logs_p99_ms": f"/api/v3/connections/{first}/logs",
            "activity_p99_ms": f"/api/v3/connections/{first}/activity",
        }.items():
            self.look(pid, metric, path)
        self.results.add("memory_growth_mb", self.growth, "MB", bar=FLAT_MB)
        self.results.add("failed_answers", self.failures, "", bar=0)

    def look(self, pid: int, metric: str, path: str) -> None:
        # Sessions and statements of the pool are made by the first questions.
        ask(self.port, self.token, path, 3.0)
        memory, cpu, started = resident_megabytes(pid), cpu_seconds(pid), time.monotonic()
        half = ask(self.port, self.token, path, self.options.seconds / 2)
        middle = resident_megabytes(pid)
        rest = ask(self.port, self.token, path, self.options.seconds / 2)
        elapsed = time.monotonic() - started
        times = sorted(time for client in half + rest for time in client.times)
        failures = [failure for client in half + rest for failure in client.failures]
        last = resident_megabytes(pid)
        self.growth = max(self.growth, last - middle)
        self.failures += len(failures)
        self.results.add(metric, percentile(times, 0.99), "ms", bar=P99_MS)
        say(
            f"      {len(times)} answers of {half[0].bytes:,} bytes, p50 {percentile(times, 0.5):.1f} ms, longest {times[-1]:.1f} ms; "
            f"{(cpu_seconds(pid) - cpu) / elapsed:.2f} cores; {memory:.0f} MB at first, {middle:.0f} and {last:.0f} MB then")
        for failure in failures[:3]:
            say(f"      FAIL {failure}")


def lists(run: Run) -> None:
    APIBench(run).run()


PARTS = {"lists": lists, "pages": pages}


def add_options(parser: argparse.ArgumentParser) -> None:
    add_parts(parser, list(PARTS))
    parser.add_argument("--connections", type=whole_number, default=1000, help="connections (default: 1,000)")
    parser.add_argument("--mappings", type=whole_number, default=10_000, help="mappings, shared out among them (default: 10,000)")
    parser.add_argument("--jobs", type=whole_number, default=1_000_000, help="jobs that wait (default: 1,000,000)")
    parser.add_argument("--seconds", type=duration, default=20, help="how long each list is asked for (default: 20)")
    parser.add_argument("--page-mappings", type=whole_number, default=100, help="mappings of the connection whose pages are opened (default: 100)")
    parser.add_argument("--page-lines", type=whole_number, default=1_000_000, help="its lines of log, and its captured changes (default: 1,000,000)")


def measure(run: Run) -> None:
    for part in run.options.parts:
        PARTS[part](run)


if __name__ == "__main__":
    main("api", __doc__, add_options, measure)
