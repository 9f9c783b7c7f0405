"""scripts/chaos queue: workers and schedulers under thousands of jobs while everything around them fails."""

import argparse
import base64
import os
import random
import subprocess
import sys
import time

from checks.processes import Formation, end_on_signals
from checks.report import Report
from checks.waiting import NotInTime, wait_for

from .ledger import Ledger
from .nemesis import LEASE, Nemesis
from .server import ROOT, Server

WORKERS = 4
SLOTS = 4
JOB_MILLISECONDS = 100
# How long after a fault the old throughput is back.
RECOVERY_SECONDS = 30
# A recurring job a second, with a job for each slot, whoever died when it was due.
SCHEDULE = """
INSERT INTO sluice.schedules (name, kind, every, missed) VALUES ('tick', 'probe', '1 s', 'each')
"""


class Chaos:
    """The processes, the jobs, and the faults."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.report = Report()
        self.bin = os.environ["SLUICE_BIN_DIR"]
        self.server = Server(options.cluster, options.port)
        environment = {
            "PATH": os.environ["PATH"], "DATABASE_URL": self.server.url, "LOG_LEVEL": "info",
            "SLUICE_SECRET_KEY": base64.b64encode(bytes(32)).decode(),
        }
        self.formation = Formation(ROOT, ROOT / ".sluice/chaos", environment)
        for log in self.formation.logs.glob("*.log"):
            log.unlink()
        self.nemesis = Nemesis(random.Random(options.seed), self.formation, self.server, self.start)
        self.acknowledged = 0

    def call(self, name: str, *arguments: str) -> bool:
        result = subprocess.run(
            [f"{self.bin}/{name}", *arguments], env=self.formation.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        return result.returncode == 0

    def bin_of(self, _name: str) -> str:
        """Where a process's executable lies."""
        return self.bin

    def start(self, name: str) -> None:
        """Every fourth worker is behind a pooler, so to say: it hears no notifications."""
        if name.startswith("scheduler"):
            command = f"exec {self.bin_of(name)}/sluice scheduler"
        else:
            listen = "--no-listen" if name == f"worker.{WORKERS}" else "--listen"
            command = f"exec {self.bin_of(name)}/queue-probe worker --concurrency {SLOTS} --lease-seconds {LEASE} --poll-seconds 1 {listen}"
        self.formation.start(name, command)

    def enqueue(self, count: int, keys: int = 0) -> None:
        if self.call("queue-probe", "enqueue", "--count", str(count), "--ms", str(JOB_MILLISECONDS), "--exclusive-keys", str(keys)):
            self.acknowledged += count

    def run(self) -> int:
        options = self.options
        print(f"     seed {options.seed}: {options.rounds} rounds of {options.jobs} jobs, {options.kills} kills, {options.freezes} freezes and a fault "
              f"of Postgres; {WORKERS} workers, 2 schedulers", flush=True)
        if not (self.call("sluice", "migrate") and self.call("queue-probe", "prepare")):
            raise RuntimeError("the database could not be migrated")
        self.ledger = Ledger(self.server.database)
        self.server.database.rows(SCHEDULE)
        for number in range(1, WORKERS + 1):
            self.start(f"worker.{number}")
        for number in (1, 2):
            self.start(f"scheduler.{number}")
        wait_for("all processes live", 60, lambda: self.server.database.number("SELECT count(*) FROM sluice.live_workers") == WORKERS + 2)
        before = self.throughput_before()
        for number in range(options.rounds):
            self.round(number)
            self.recover(before, number + 1)
        self.end()
        self.ledger.verdict(self.report, self.acknowledged)
        counts = ", ".join(f"{count} {what}" for what, count in sorted(self.nemesis.counts.items()))
        print(f"     {counts}", flush=True)
        statuses = self.formation.stop()
        self.report.check(set(statuses.values()) == {0}, f"SIGTERM ends all {len(statuses)} processes with {sorted(map(str, statuses.values()))}")
        return self.report.verdict()

    def throughput_before(self) -> float:
        self.enqueue(int(WORKERS * SLOTS * 1000 / JOB_MILLISECONDS * (self.options.window + 3)))
        wait_for("the first jobs end", 30, lambda: self.ledger.finished() > WORKERS * SLOTS * 2)
        return self.rate()

    def rate(self) -> float:
        """Jobs that end in a second, over a window."""
        first, began = self.ledger.finished(), time.monotonic()
        time.sleep(self.options.window)
        return (self.ledger.finished() - first) / (time.monotonic() - began)

    def round(self, number: int) -> None:
        began = time.monotonic()
        self.enqueue(self.options.jobs // 2, keys=0 if number % 2 else 50)
        self.enqueue(self.options.jobs - self.options.jobs // 2)
        self.nemesis.rage(self.options.seconds, self.options.kills, self.options.freezes)
        died = self.formation.ended()
        if died:
            self.report.fail(f"processes ended by themselves: {', '.join(died)}")
            for name in died:
                self.start(name.split()[0])
        print(f"     round {number + 1}: {time.monotonic() - began:.0f} s, {self.ledger.finished():,} jobs ended, {self.ledger.left():,} to go; so far "
              + ", ".join(f"{count} {what}" for what, count in sorted(self.nemesis.counts.items())), flush=True)

    def recover(self, before: float, number: int) -> None:
        """Everything is healed: the old throughput comes back, in good time."""
        healed = time.monotonic()
        expected = self.options.recovered * before
        rates: list[float] = []
        while not rates or (rates[-1] < expected and time.monotonic() - healed < RECOVERY_SECONDS):
            # Enough to do for the window, and then some.
            self.enqueue(max(0, int(before * (self.options.window + 2)) - self.ledger.left()) or 1)
            rates.append(self.rate())
        passed = self.report.check(
            rates[-1] >= expected,
            f"round {number}: {time.monotonic() - healed:.0f} s after the last fault {rates[-1]:,.0f} jobs/s, before the first {before:,.0f} "
            f"(at least {self.options.recovered} of it within {RECOVERY_SECONDS} s); on the way {', '.join(f'{rate:,.0f}' for rate in rates)}")
        if not passed:
            for row in self.server.database.rows(f"""
                SELECT worker, count(*) FROM sluice.finished_jobs
                WHERE finished_at > clock_timestamp() - interval '{self.options.window} s' GROUP BY 1 ORDER BY 1"""):
                print(f"     in the last window {row[0]} ended {row[1]}", flush=True)

    def end(self) -> None:
        """Every job ends, one scheduler leads, and no slot of the schedule was left out or fired twice."""
        self.server.database.rows("UPDATE sluice.schedules SET paused = true WHERE name = 'tick'")
        try:
            wait_for("every job ends", 300, lambda: self.ledger.left() == 0, 0.5)
        except NotInTime as error:
            self.report.fail(str(error))
        self.report.check(not self.nemesis.bad_ends, f"SIGTERM during the faults ended processes well, but for {self.nemesis.bad_ends or 'none'}")
        leaders = self.server.database.number("SELECT count(*) FROM sluice.live_workers WHERE leads")
        pids = {str(self.formation.processes[name].pid) for name in self.formation.processes if name.startswith("scheduler")}
        leader = self.server.database.value("SELECT pid FROM sluice.live_workers WHERE leads")
        self.report.check(leaders == 1 and leader in pids, f"of 2 schedulers {leaders} leads")
        jobs, slots, due = (int(value) for value in self.server.database.rows("""
            SELECT count(*), count(DISTINCT slot), coalesce(extract(epoch FROM max(slot) - min(slot))::bigint + 1, 0)
            FROM (SELECT (args->>'scheduled_for')::timestamptz AS slot FROM sluice.all_jobs WHERE args ? 'scheduled_for' AND kind = 'probe') AS ticks""")[0])
        self.report.check(jobs == slots == due > 0, f"a schedule of one second was due {due} times: {jobs} jobs for {slots} slots")


def options_of(what: str, description: str | None, *more: str) -> argparse.Namespace:
    """The options of a run; `more` are options with a value that it cannot do without."""
    parser = argparse.ArgumentParser(prog=f"scripts/chaos {what}", description=description)
    for name in more:
        parser.add_argument(name, required=True)
    parser.add_argument("--cluster", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000), help="what goes wrong and when")
    parser.add_argument("--rounds", type=int, help="stretches of faults (12)")
    parser.add_argument("--short", action="store_true", help="one round, in less than 40 s")
    options = parser.parse_args()
    options.rounds = options.rounds or (1 if options.short else 12)
    options.jobs, options.kills, options.freezes, options.seconds = (600, 10, 2, 7.0) if options.short else (850, 9, 2, 8.0)
    # Seconds over which throughput is measured, and how much of it must come back: the rest is the noise of the machine, which in a short
    # run has other tests to do.
    options.window, options.recovered = (2.5, 0.5) if options.short else (4.0, 0.95)
    return options


def main() -> int:
    end_on_signals()
    return run(Chaos(options_of("queue", __doc__)))


def run(chaos: Chaos) -> int:
    """Runs it to its verdict; whatever happens, none of its processes is left."""
    try:
        return chaos.run()
    except KeyboardInterrupt:
        return 130
    finally:
        chaos.nemesis.frozen = set()
        for process in chaos.formation.processes.values():
            process.kill()


if __name__ == "__main__":
    sys.exit(main())
