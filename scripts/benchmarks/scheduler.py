"""scripts/bench scheduler: one scheduler with 1,000 connections and 10,000 mappings, each polled every 10 s, or others: how late, and at what cost."""

import argparse
import base64
import os
import subprocess
import time
from contextlib import contextmanager

from checks.cluster import CommandFailed
from checks.database import Database

from .entry import LOGS, Run, duration, main, whole_number
from .machine import cpu_seconds
from .results import percentile

# What the issue asks for.
LAG_P99_MS, CORES = 1000.0, 0.5

SETUP = """
INSERT INTO sluice.app_databases (app_name, db_key) VALUES ('bench', 'DATABASE_URL');
INSERT INTO sluice.connections (name, app_name, app_id, resource_name, db_key, schema_name, state)
SELECT 'c' || n, 'bench', gen_random_uuid(), 'bench-' || n, 'DATABASE_URL', 'salesforce_' || n, 'IDLE' FROM generate_series(1, {connections}) AS n;
-- Thirty fields, as many mappings have; due times spread evenly over a period.
INSERT INTO sluice.mappings (connection_id, position, object_name, config, table_schema, access, sf_polling_seconds, state, next_poll_at)
SELECT c.id, n, 'Object' || n || '__c', (SELECT json_build_object('fields', json_object_agg('Field' || f || '__c', '{{}}'::json)) FROM generate_series(1, 30) AS f),
       '{{}}', CASE WHEN n % 2 = 0 THEN 'read_write' ELSE 'read_only' END, {period}, 'DATA_SYNCED',
       sluice.clock() + interval '8 s' + (row_number() OVER ()) * interval '{period} s' / {mappings}
FROM sluice.connections c CROSS JOIN generate_series(1, {mappings} / {connections}) AS n;
CREATE TABLE bench_due AS SELECT id AS mapping_id, next_poll_at AS due FROM sluice.mappings;
VACUUM ANALYZE;
"""


class SchedulerBench:
    """A database of its own, the scheduler, and workers that do nothing."""

    def __init__(self, run: Run) -> None:
        self.server = run.server
        self.options = run.options
        self.results = run.results
        self.bin = run.binaries
        self.name = "bench_scheduler"
        self.database = Database(self.server.url.rpartition("/")[0] + "/" + self.name)
        self.environment = os.environ | {
            "DATABASE_URL": self.database.url, "SLUICE_SECRET_KEY": base64.b64encode(bytes(32)).decode(), "LOG_LEVEL": "warning"}

    def run(self) -> None:
        self.server.rows(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')
        self.server.rows(f'CREATE DATABASE "{self.name}"')
        try:
            subprocess.run([self.bin / "sluice", "migrate"], env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, check=True)
            for statement in SETUP.format(connections=self.options.connections, mappings=self.options.mappings, period=self.options.period).split(";\n"):
                if statement.strip():
                    self.database.rows(statement)
            probe = [self.bin / "queue-probe", "worker", "--no-record", "--idle", "--concurrency", "20"]
            with self.process(*probe, "--kind", "poll"), self.process(*probe, "--kind", "poll_many"), self.process(*probe, "--kind", "write"), self.process(self.bin / "sluice", "scheduler") as scheduler:
                self.measure(scheduler.pid)
        finally:
            self.server.rows(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')

    @contextmanager
    def process(self, *command: object):
        with open(LOGS / "scheduler.log", "ab") as log:
            process = subprocess.Popen([str(part) for part in command], env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def measure(self, scheduler: int) -> None:
        # One period to come into its beat, which the start of a session and of its statements takes part of.
        time.sleep(8 + self.options.period)
        backends = [int(row[0]) for row in self.database.rows(
            "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'sluice scheduler%' AND datname = current_database()")]
        self.database.rows("UPDATE bench_due d SET due = m.next_poll_at FROM sluice.mappings m WHERE m.id = d.mapping_id")
        began, first = time.monotonic(), self.database.value("SELECT clock_timestamp()")
        cpu = cpu_seconds(scheduler), sum(cpu_seconds(pid) for pid in backends)
        time.sleep(self.options.seconds)
        elapsed = time.monotonic() - began
        cores = (cpu_seconds(scheduler) - cpu[0]) / elapsed, (sum(cpu_seconds(pid) for pid in backends) - cpu[1]) / elapsed
        last = self.database.value("SELECT clock_timestamp()")
        # Held against the beat in which they were when measuring began, whatever the scheduler itself believes.
        lags = [float(row[0]) * 1000 for row in self.database.rows(f"""
            SELECT extract(epoch FROM j.created_at - d.due) - {self.options.period} * floor(extract(epoch FROM j.created_at - d.due) / {self.options.period})
            FROM (
                SELECT created_at, mapping_id FROM sluice.all_jobs WHERE kind = 'poll'
                UNION ALL
                SELECT created_at, jsonb_array_elements_text(args->'mappings')::uuid FROM sluice.all_jobs WHERE kind = 'poll_many'
            ) AS j JOIN bench_due d USING (mapping_id)
            WHERE j.created_at BETWEEN '{first}' AND '{last}'""")]
        if not lags:
            raise CommandFailed("the scheduler enqueued nothing; .sluice/bench/scheduler.log may say why")
        due = self.options.mappings / self.options.period
        # Those of a second may fall beyond the stretch's ends.
        self.results.add("scheduler_polls_per_second", len(lags) / elapsed, "1/s", {"due": due}, bars={"due": 0.99 - 1 / elapsed})
        self.results.add("scheduler_lag_p50_ms", percentile(lags, 0.5), "ms")
        self.results.add("scheduler_lag_p99_ms", percentile(lags, 0.99), "ms", bar=LAG_P99_MS)
        self.results.add("scheduler_lag_max_ms", max(lags), "ms")
        self.results.add("scheduler_process_cores", cores[0], "cores", bar=CORES)
        self.results.add("scheduler_sessions_cores", cores[1], "cores")


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--connections", type=whole_number, default=1000, help="connections (default: 1,000)")
    parser.add_argument("--mappings", type=whole_number, default=10_000, help="mappings, shared out among them (default: 10,000)")
    parser.add_argument("--period", type=whole_number, default=10, help="seconds between two polls of a mapping (default: 10)")
    parser.add_argument("--seconds", type=duration, default=60, help="how long to measure (default: 60)")


if __name__ == "__main__":
    main("scheduler", __doc__, add_options, lambda run: SchedulerBench(run).run())
