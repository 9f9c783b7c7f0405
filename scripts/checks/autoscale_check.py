"""scripts/autoscale --check: a burst takes the workers from none to eight and back, and no job is lost, interrupted or late on the way down."""

import base64
import os
import subprocess
import sys
import time

from .autoscale import ROOT, Autoscaler
from .database import Database
from .processes import Formation, end_on_signals
from .report import Report

MOST, SLOTS, INTERVAL, HOLD = 8, 4, 2.0, 10.0
JOBS, MILLISECONDS = 1600, 500
# What the issue asks for: from the burst to the last worker at work.
UP_SECONDS = 30
# A job that comes while workers go must not wait for another one to come.
LATE_SECONDS = 2.0
PATIENCE_SECONDS = 240


class Check:
    """A queue of its own, jobs that wait, and the autoscaler."""

    def __init__(self, url: str, binaries: str) -> None:
        self.report = Report()
        self.database = Database(url)
        self.binaries = binaries
        self.environment = os.environ | {
            "DATABASE_URL": url, "SLUICE_SECRET_KEY": base64.b64encode(bytes(32)).decode(), "LOG_LEVEL": "info"}
        self.formation = Formation(ROOT, ROOT / ".sluice/autoscale-check", self.environment)
        command = f"exec {binaries}/queue-probe worker --concurrency {SLOTS}"
        self.autoscaler = Autoscaler(self.database, self.formation, command, MOST, HOLD)
        self.enqueued = 0

    def call(self, name: str, *arguments: str) -> None:
        subprocess.run([f"{self.binaries}/{name}", *arguments], env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, check=True)

    def enqueue(self, count: int, milliseconds: int) -> None:
        self.call("queue-probe", "enqueue", "--count", str(count), "--ms", str(milliseconds))
        self.enqueued += count

    def run(self) -> int:
        self.call("sluice", "migrate")
        self.call("queue-probe", "prepare")
        try:
            wanted, running = self.autoscaler.look()
            self.report.check((wanted, running) == (0, 0), f"an empty queue wants {wanted} workers, {running} run")
            began = time.monotonic()
            self.enqueue(JOBS, MILLISECONDS)
            reached, down = self.follow(began)
            self.report.check(reached is not None and reached <= UP_SECONDS, f"{MOST} workers lived {reached or float('nan'):.0f} s after the burst")
            self.report.check(down is not None, f"none was left {down or float('nan'):.0f} s after the burst")
            self.judge()
            began = time.monotonic()
            self.enqueue(1, 0)
            while self.database.number("SELECT count(*) FROM sluice.finished_jobs") < self.enqueued and time.monotonic() < began + UP_SECONDS:
                self.autoscaler.look()
                time.sleep(0.5)
            done = self.database.number("SELECT count(*) FROM sluice.finished_jobs") == self.enqueued
            self.report.check(done, f"a single job after that was done in {time.monotonic() - began:.0f} s, by a worker that came for it")
        finally:
            self.formation.stop()
        return self.report.verdict()

    def follow(self, began: float) -> tuple[float | None, float | None]:
        """Looks until no worker is left; returns when all were there, and when none was. While workers go, jobs trickle in."""
        reached, trickle = None, 0
        said = None
        while time.monotonic() < began + PATIENCE_SECONDS:
            counts = self.autoscaler.look()
            live = self.database.number("SELECT count(*) FROM sluice.live_workers WHERE role = 'worker'")
            if (counts, live) != said:
                said = counts, live
                print(f"     {time.monotonic() - began:4.0f} s: wanted {counts[0]}, running {counts[1]}, live {live}", flush=True)
            if live >= MOST and reached is None:
                reached = time.monotonic() - began
                self.database.rows("CREATE TABLE trickle AS SELECT coalesce(max(id), 0) AS after FROM sluice.all_jobs")
            if reached is not None and counts[1] < MOST and trickle < 20:
                self.enqueue(1, 50)
                trickle += 1
            if reached is not None and trickle == 20 and not self.formation.processes:
                return reached, time.monotonic() - began
            self.autoscaler.running()
            time.sleep(INTERVAL if counts[1] == MOST or reached is None else 0.5)
        return reached, None

    def judge(self) -> None:
        states = self.database.counts("SELECT state, count(*) FROM sluice.all_jobs GROUP BY 1")
        self.report.check(states == {"completed": self.enqueued}, f"{self.enqueued} jobs enqueued, {states}")
        runs = self.database.number("SELECT count(*) FROM probe_runs")
        self.report.check(runs == self.enqueued, f"{runs} runs: none was interrupted and begun anew")
        late = float(self.database.value(
            "SELECT coalesce(max(extract(epoch FROM started_at - run_at)), 0) FROM sluice.finished_jobs, trickle WHERE id > after") or 0)
        self.report.check(late <= LATE_SECONDS, f"of those that came while workers went the latest began after {late:.2f} s")


if __name__ == "__main__":
    end_on_signals()
    sys.exit(Check(sys.argv[1], sys.argv[2]).run())
