"""scripts/bench api: lists of the API with 1,000 connections and 10,000 mappings, for 50 clients that look once a second, as pages and scripts do."""

import argparse
import base64
import http.client
import json
import os
import subprocess
import sys
import threading
import time

from checks.cluster import ROOT
from checks.database import Database
from checks.processes import end_on_signals, free_port
from checks.waiting import wait_for

from .machine import cpu_seconds, describe
from .queue_probe import LOGS, percentile
from .results import Results, say
from .scheduler import SETUP

# What the issue asks for.
P99_MS = 50.0
CLIENTS = 50
# A page looks every second, and so do scripts that wait for something.
PERIOD = 1.0
# Memory counts as flat when the second half of a run takes no more than this beyond the first.
FLAT_MB = 20.0

JOBS = """
INSERT INTO sluice.jobs (kind, connection_id, mapping_id, run_at)
SELECT 'poll', m.connection_id, m.id, sluice.clock() + interval '1 day' FROM sluice.mappings m, generate_series(1, {per_mapping});
INSERT INTO sluice.events (connection_id, mapping_id, level, message)
SELECT m.connection_id, m.id, 'info', 'Polling found 0 changed rows' FROM sluice.mappings m, generate_series(1, 100);
VACUUM ANALYZE sluice.jobs, sluice.events;
"""


class Client(threading.Thread):
    """One client with a connection of its own, which asks in its own beat."""

    def __init__(self, port: int, token: str, path: str, offset: float, until: float, period: float) -> None:
        super().__init__(daemon=True)
        self.http = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        self.path = path
        self.due = time.monotonic() + offset
        self.until = until
        self.period = period
        self.times: list[float] = []
        self.bytes = 0
        self.failures: list[str] = []

    def run(self) -> None:
        while self.due < self.until:
            time.sleep(max(0.0, self.due - time.monotonic()))
            started = time.monotonic()
            try:
                self.http.request("GET", self.path, headers=self.headers)
                answer = self.http.getresponse()
                self.bytes = len(answer.read())
                if answer.status != 200:
                    self.failures.append(f"{answer.status}")
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(f"{type(error).__name__}: {error}")
                self.http.close()
            self.times.append((time.monotonic() - started) * 1000)
            # Late answers do not spare the server the next question.
            self.due = max(self.due + self.period, time.monotonic()) if self.period else time.monotonic()


class APIBench:
    """A database of its own and one API process."""

    def __init__(self, server: Database, configuration: str, options: argparse.Namespace, results: Results) -> None:
        self.server = server
        self.options = options
        self.results = results
        self.bin = ROOT / ".build" / configuration
        self.name = "bench_api"
        self.database = Database(server.url.rpartition("/")[0] + "/" + self.name)
        self.port = free_port()
        self.environment = os.environ | {
            "SLUICE_RATE_LIMIT": "none",
            "DATABASE_URL": self.database.url, "SLUICE_SECRET_KEY": base64.b64encode(bytes(32)).decode(), "LOG_LEVEL": "warning",
            "SLUICE_PUBLIC_URL": f"http://127.0.0.1:{self.port}"}

    def run(self) -> bool:
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
            return self.serve()
        finally:
            self.server.rows(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')

    def sluice(self, *arguments: str) -> str:
        return subprocess.run(
            [self.bin / "sluice", *arguments], env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True).stdout

    def serve(self) -> bool:
        with open(LOGS / "api.log", "ab") as log:
            process = subprocess.Popen(
                [self.bin / "sluice", "api", "--port", str(self.port), "--host", "127.0.0.1"], env=self.environment, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log)
        try:
            wait_for("the API answers", 30, self.answers)
            return self.measure(process.pid)
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

    def measure(self, pid: int) -> bool:
        say(f"  {CLIENTS} clients, each asking every {PERIOD:g} s")
        first = self.database.value("SELECT id FROM sluice.connections ORDER BY internal_id LIMIT 1")
        mapping = self.database.value("SELECT id FROM sluice.mappings ORDER BY internal_id LIMIT 1")
        ok = True
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
            ok &= self.look(pid, metric, path)
        return ok

    def look(self, pid: int, metric: str, path: str) -> bool:
        # Sessions and statements of the pool are made by the first questions.
        self.clients(path, 3.0, PERIOD)
        memory, cpu, started = resident(pid), cpu_seconds(pid), time.monotonic()
        half = self.clients(path, self.options.seconds / 2, PERIOD)
        middle = resident(pid)
        rest = self.clients(path, self.options.seconds / 2, PERIOD)
        elapsed = time.monotonic() - started
        times = sorted(time for client in half + rest for time in client.times)
        failures = [failure for client in half + rest for failure in client.failures]
        growth = resident(pid) - middle
        p99 = percentile(times, 0.99)
        self.results.add(metric, p99, "ms", {"bar": P99_MS})
        say(
            f"      {len(times)} answers of {half[0].bytes:,} bytes, p50 {percentile(times, 0.5):.1f} ms, longest {times[-1]:.1f} ms; "
            f"{(cpu_seconds(pid) - cpu) / elapsed:.2f} cores; {memory:.0f} MB at first, {middle:.0f} and {middle + growth:.0f} MB then")
        for failure in failures[:3]:
            say(f"      FAIL {failure}")
        return p99 <= P99_MS and growth <= FLAT_MB and not failures

    def clients(self, path: str, seconds: float, period: float) -> list[Client]:
        until = time.monotonic() + seconds
        clients = [
            Client(self.port, self.token, path, number * period / CLIENTS, until, period) for number in range(CLIENTS)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        return clients


def resident(pid: int) -> float:
    with open(f"/proc/{pid}/status", encoding="utf-8") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024


def main(url: str, configuration: str, arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="scripts/bench api", description=__doc__)
    parser.add_argument("--connections", type=int, default=1000, help="connections (default: 1,000)")
    parser.add_argument("--mappings", type=int, default=10_000, help="mappings, shared out among them (default: 10,000)")
    parser.add_argument("--jobs", type=int, default=1_000_000, help="jobs that wait (default: 1,000,000)")
    parser.add_argument("--seconds", type=float, default=20, help="how long each list is asked for (default: 20)")
    parser.add_argument("--json", metavar="FILE", help="append one JSON object a figure")
    options = parser.parse_args(arguments)
    end_on_signals()
    LOGS.mkdir(parents=True, exist_ok=True)
    server = Database(url)
    say(f"api: {describe(server, ROOT)}")
    return 0 if APIBench(server, configuration, options, Results("api", options.json)).run() else 1


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
    except KeyboardInterrupt:
        sys.exit(130)
