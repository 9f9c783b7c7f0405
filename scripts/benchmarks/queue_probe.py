"""queue-probe, and what a stretch of work cost the server."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from checks.cluster import ROOT, CommandFailed
from checks.database import Database

from .entry import LOGS

KIND = "probe"


@dataclass
class Tally:
    """Jobs done, by the clock of this machine."""

    jobs: int
    first: float
    last: float

    @property
    def rate(self) -> float:
        return self.jobs / (self.last - self.first)

    @staticmethod
    def sum(lines: list[dict]) -> "Tally":
        """Of several processes; one that found nothing to do has no times."""
        busy = [line for line in lines if line.get("jobs")]
        return Tally(sum(line["jobs"] for line in busy), min(line["first"] for line in busy), max(line["last"] for line in busy))


@dataclass
class Cost:
    """What the server wrote and committed, for each job."""

    wal_bytes: float
    commits: float


class CostMeter:
    """Counts from here on, in one database; asked after the processes that worked have left, since they report what they did then."""

    def __init__(self, server: Database, database: Database) -> None:
        self.server = server
        self.name = database.url.rpartition("/")[2]
        server.rows("CHECKPOINT")
        self.commits = self._commits()
        self.position = server.value("SELECT pg_current_wal_insert_lsn()")

    def _commits(self) -> int:
        return self.server.number(f"SELECT xact_commit FROM pg_stat_database WHERE datname = '{self.name}'")

    def total_commits(self) -> int:
        # Sessions that have just ended.
        time.sleep(0.2)
        return self._commits() - self.commits

    def cost(self, jobs: int) -> Cost:
        wal = self.server.number(f"SELECT pg_current_wal_insert_lsn() - '{self.position}'")
        return Cost(wal / jobs, self.total_commits() / jobs)


class QueueDatabase:
    """A new database with the queue in it."""

    made = 0

    def __init__(self, server: Database, configuration: str) -> None:
        QueueDatabase.made += 1
        self.name = f"bench_queue_{QueueDatabase.made}"
        self.server = server
        server.rows(f'CREATE DATABASE "{self.name}"')
        self.database = Database(server.url.rpartition("/")[0] + "/" + self.name)
        self.binary: Path = ROOT / ".build" / configuration / "queue-probe"
        self.environment = os.environ | {"DATABASE_URL": self.database.url, "LOG_LEVEL": "error"}

    def drop(self) -> None:
        self.server.rows(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')

    def run(self, *arguments: str) -> dict:
        """Runs a command to its end; returns the JSON it printed."""
        result = subprocess.run(
            [self.binary, *arguments], env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if result.returncode:
            raise CommandFailed(f"queue-probe {' '.join(arguments)}: exit {result.returncode}: {result.stderr.strip()[-600:]}")
        return json.loads(result.stdout) if result.stdout.startswith("{") else {}

    def prepare(self) -> None:
        self.run("prepare")

    def enqueue(self, count: int, ms: int = 0, connection: str | None = None, batch: int | None = None) -> Tally:
        """All in one transaction, or so many in each."""
        options = (["--connection", connection] if connection else []) + (["--batch", str(batch)] if batch else [])
        line = self.run("enqueue", "--count", str(count), "--ms", str(ms), "--report", *options)
        return Tally(line["jobs"], line["first"], line["last"])

    def settle(self, *tables: str) -> None:
        """What autovacuum would do at a moment of its own."""
        self.database.rows("\n".join(f"VACUUM ANALYZE {table};" for table in tables))

    @contextmanager
    def workers(self, count: int, *options: str) -> Iterator[list[subprocess.Popen]]:
        """Worker processes, ended by SIGTERM and waited for."""
        with open(LOGS / "queue-probe.log", "ab") as log:
            processes = [
                subprocess.Popen(
                    [self.binary, "worker", "--no-record", *(option.replace("{}", str(number)) for option in options)], env=self.environment,
                    stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
                for number in range(count)]
        try:
            yield processes
        finally:
            for process in processes:
                process.send_signal(signal.SIGTERM)
            for process in processes:
                try:
                    process.wait(timeout=30)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()

    def wait_until_live(self, workers: int) -> None:
        self._wait(f"(SELECT count(*) FROM sluice.live_workers WHERE role = 'worker') = {workers}", 30)

    def wait_until_drained(self, timeout: float = 600) -> None:
        # Jobs go in the order of their ids: as long as any is left, the last is, and is found at once.
        self._wait("NOT EXISTS (SELECT FROM (SELECT id FROM sluice.jobs ORDER BY id DESC LIMIT 1) AS last)", timeout)

    def wait_until_empty(self, connection: str) -> None:
        self._wait(f"NOT EXISTS (SELECT FROM sluice.jobs WHERE connection_id = '{connection}')", 120)

    def waits(self, connection: str) -> int:
        return self.database.number(f"SELECT count(*) FROM sluice.jobs WHERE connection_id = '{connection}' AND state = 'available'")

    def dead_rows(self) -> int:
        """Rows of the jobs table that are there and that nobody new sees, as the server's statistics have them: counting would read all of it."""
        return self.database.number("SELECT n_dead_tup FROM pg_stat_user_tables WHERE relid = 'sluice.jobs'::regclass")

    def _wait(self, condition: str, timeout: float) -> None:
        self.database.rows(f"""
            DO $$
            DECLARE deadline timestamptz = clock_timestamp() + interval '{timeout} seconds';
            BEGIN
                WHILE NOT ({condition}) LOOP
                    COMMIT;
                    PERFORM pg_sleep(0.2);
                    IF clock_timestamp() > deadline THEN RAISE 'not within {timeout} s'; END IF;
                END LOOP;
            END $$""")

    def finished(self, expected: int) -> Tally:
        """What the queue's own record says: from the first claim to the last completion."""
        row = self.database.rows("""
            SELECT count(*), extract(epoch FROM min(started_at)), extract(epoch FROM max(finished_at))
            FROM sluice.finished_jobs WHERE state = 'completed'""")[0]
        if int(row[0]) != expected:
            raise CommandFailed(f"{row[0]} of {expected} jobs are recorded as completed")
        return Tally(int(row[0]), float(row[1]), float(row[2]))

