"""scripts/chaos upgrade: the queue under faults while the last version and this one run side by side, in either order of migration and start."""

import sys

from checks.processes import end_on_signals
from checks.waiting import NotInTime, wait_for

from .queue import SLOTS, Chaos, options_of, run

BEFORE = 400


class Upgrade(Chaos):
    """Processes with odd numbers are of the last version."""

    def bin_of(self, name: str) -> str:
        return self.options.last if int(name.rpartition(".")[2]) % 2 else self.bin

    def call_last(self, name: str, *arguments: str) -> bool:
        own, self.bin = self.bin, self.options.last
        try:
            return self.call(name, *arguments)
        finally:
            self.bin = own

    def run(self) -> int:
        if not (self.call_last("sluice", "migrate") and self.call_last("queue-probe", "prepare")):
            raise RuntimeError("the last version could not migrate")
        pending = self.server.database.number("SELECT count(*) FROM sluice.migrations")
        # This version's scheduler before its migrations: it waits for them, and the last version goes on.
        self.start("scheduler.2")
        for name in ("scheduler.1", "worker.1", "worker.3"):
            self.start(name)
        self.enqueue(BEFORE)
        try:
            wait_for("the last version leads", 40, lambda: self.server.database.number("SELECT count(*) FROM sluice.live_workers WHERE leads"))
            wait_for("jobs end", 40, lambda: self.server.database.number("SELECT count(*) FROM sluice.finished_jobs") > SLOTS * 4)
        except NotInTime as error:
            self.report.fail(str(error))
        died = self.formation.ended()
        self.report.check(not died, f"before its migrations this version waits beside the last one; ended: {died or 'none'}")
        # The migrations of this version under the last one, with its jobs under way.
        self.report.check(self.call("sluice", "migrate"), "sluice migrate, while the last version works")
        applied = self.server.database.number("SELECT count(*) FROM sluice.migrations") - pending
        try:
            wait_for("the last version's jobs end after it", 60, lambda: self.server.database.number("SELECT count(*) FROM sluice.jobs") == 0)
        except NotInTime as error:
            self.report.fail(str(error))
        failed = self.server.database.number("SELECT count(*) FROM sluice.failed_jobs")
        self.report.check(failed == 0, f"{applied} migrations came; of {BEFORE} jobs of the last version {failed} failed")
        statuses = self.formation.stop()
        self.report.check(set(statuses.values()) == {0}, f"SIGTERM ends them with {sorted(map(str, statuses.values()))}")
        self.server.database.rows("TRUNCATE probe_runs; TRUNCATE sluice.finished_jobs")
        self.acknowledged = 0
        return super().run()


def main() -> int:
    end_on_signals()
    return run(Upgrade(options_of("upgrade", __doc__, "--last")))


if __name__ == "__main__":
    sys.exit(main())
