"""What Postgres writes meanwhile, as its own statistics count rows that were inserted, updated and deleted."""

import time

from checks.database import Database

# A session tells what it did at the end of a transaction, at most once a second, and of the rest within ten seconds.
TOLD_SECONDS = 11
# Tables of the queue itself: any job is a row that is enqueued, claimed and moved to those that ended, and processes tell that they live.
QUEUE = "schemaname = 'sluice' AND relname ~ '^(jobs|finished_jobs_[0-9]+|workers|schedules|schedule_runs|history_planes)$'"


class RowWrites:
    """Counts from here on, in all tables of a database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.before = self._counts()

    @staticmethod
    def settle() -> None:
        time.sleep(TOLD_SECONDS)

    def since(self, times: int) -> tuple[dict[str, float], dict[str, float]]:
        """Rows written by table, each time of so many: those of the work itself, and those of the queue."""
        after = self._counts()
        found: tuple[dict[str, float], dict[str, float]] = ({}, {})
        for name, (written, is_queue) in after.items():
            written -= self.before.get(name, (0, is_queue))[0]
            if written:
                found[is_queue][name] = written / times
        return found

    def _counts(self) -> dict[str, tuple[int, bool]]:
        self.settle()
        return {name: (int(count), queue == "t") for name, count, queue in self.database.rows(f"""
            SELECT relname, n_tup_ins + n_tup_upd + n_tup_del, {QUEUE} FROM pg_stat_user_tables""")}
