"""scripts/bench poll: polls of a large table, with and without changes, and a reload of what has not changed, beside the load itself."""

import argparse
import statistics
import time

from checks.cluster import SCHEMA, CommandFailed

from .entry import Run, main, whole_number
from .load_cluster import OBJECT, Load, LoadCluster, Org
from .results import say
from .row_writes import RowWrites

# What the issue asks for: milliseconds, and a share of the load's rate.
CHANGED_MS, EMPTY_MS = 1000.0, 15.0
RELOAD_SHARE = 0.6
# A worker writes down with its beat how many calls it made: a row of each of these, and of the mappings' one a mapping, of which there is one here.
ACCOUNTS, BEAT_SECONDS = {"api_usage", "mapping_usage"}, 5
TABLE = f"{SCHEMA}.{OBJECT.lower()}"


class PollBench:
    """One worker, a loaded mapping that is polled only when it is asked for."""

    def __init__(self, run: Run) -> None:
        self.bench = run
        self.options = run.options
        self.results = run.results

    def run(self) -> None:
        if self.options.changes > self.options.rows:
            raise CommandFailed(f"--changes {self.options.changes}: expected at most as many as --rows {self.options.rows}")
        with Org(self.bench.binaries, self.options.rows, 50_000) as org:
            cluster = LoadCluster(self.bench.server, "bench_poll", self.bench.configuration, org)
            for mapping in cluster.mappings:
                mapping["config"]["sf_polling_seconds"] = 86_400
            try:
                cluster.start(1)
                load = cluster.load()
                self.results.add("load_1_worker", load.rate, "rows/s")
                # What makes a reload of a table that was just loaded dearer than one of a table that has been about: done by autovacuum otherwise.
                cluster.database.rows("VACUUM ANALYZE; CHECKPOINT")
                self.empty(cluster)
                self.reload(cluster, load)
                self.changed(cluster, org)
            finally:
                cluster.end()

    def empty(self, cluster: LoadCluster) -> None:
        """Polls that find nothing: how long each held the worker, and what they wrote."""
        for _ in range(3):
            run_due_poll(cluster)
        writes, since = RowWrites(cluster.database), time.monotonic()
        times = [run_due_poll(cluster) for _ in range(self.options.polls)]
        polls, queue = writes.since(self.options.polls)
        beats = (int((time.monotonic() - since) / BEAT_SECONDS) + 1) / self.options.polls
        # Each was made due here, and the next one's time was set by the scheduler.
        polls["mappings"] = polls.get("mappings", 0) - 2
        say("  rows written a poll: " + "; ".join(f"{name} {count:g}" for name, count in sorted((polls | queue).items())))
        # Of the calls' accounts, what the worker's beats write is none of a poll's; all beyond that is.
        for name in ACCOUNTS & polls.keys():
            polls[name] = max(0.0, polls[name] - beats)
        self.results.add("poll_empty_ms", statistics.median(times), "ms", bar=EMPTY_MS)
        # The watermark is the one row.
        self.results.add("poll_empty_writes", sum(polls.values()), "rows", bar=1.0)
        self.results.add("poll_empty_queue_writes", sum(queue.values()), "rows")

    def reload(self, cluster: LoadCluster, load: Load) -> None:
        """Everything read again, none of it new."""
        before = touched(cluster)
        total, _ = run_job(cluster, "reload", 600 + self.options.rows // 1000)
        rows = cluster.database.number(f"SELECT count(*) FROM {TABLE}")
        if rows != self.options.rows:
            raise CommandFailed(f"{rows} rows are there after the reload, expected {self.options.rows}")
        self.results.add(
            "reload_unchanged", rows / total * 1000, "rows/s", {"load_1_worker": load.rate}, bars={"load_1_worker": RELOAD_SHARE})
        self.results.add("reload_unchanged_dead_rows", touched(cluster) - before, "rows", bar=0)

    def changed(self, cluster: LoadCluster, org: Org) -> None:
        """From the call that asks for a poll until its rows are there."""
        changes = self.options.changes
        times = []
        for number in range(self.options.rounds):
            org.client.mutate(OBJECT, update={"count": changes, "field": "Phone", "value": f"poll {number} %d"}, seed=number + 1)
            cluster.database.rows("CHECKPOINT")
            times.append(run_job(cluster, "poll")[0])
            found = cluster.database.number(f"SELECT count(*) FROM {TABLE} WHERE phone LIKE 'poll {number} %'")
            if found != changes:
                raise CommandFailed(f"{found} changed rows are there after the poll, expected {changes}")
        self.results.add(f"poll_{changes}_of_{self.options.rows}_ms", min(times), "ms", bar=CHANGED_MS)


def touched(cluster: LoadCluster) -> int:
    """Rows of the table that were updated or deleted so far: each left a dead one."""
    RowWrites.settle()
    return cluster.database.number(f"SELECT n_tup_upd + n_tup_del FROM pg_stat_user_tables WHERE relid = '{TABLE}'::regclass")


def run_due_poll(cluster: LoadCluster) -> float:
    """Makes a poll due, so that the scheduler enqueues it as any other, and waits for its end: milliseconds that it held the worker."""
    return float(cluster.database.value(f"""
        SET client_min_messages = warning;
        DO $$
        DECLARE
            until timestamptz := clock_timestamp() + interval '60 s';
            since timestamptz := sluice.clock();
        BEGIN
            UPDATE sluice.mappings SET next_poll_at = since WHERE object_name = '{OBJECT}';
            WHILE NOT EXISTS (SELECT FROM sluice.finished_jobs WHERE kind = 'poll' AND finished_at > since) LOOP
                COMMIT;
                PERFORM pg_sleep(0.02);
                IF clock_timestamp() > until THEN RAISE 'not polled in 60 s'; END IF;
            END LOOP;
        END $$;
        SELECT extract(epoch FROM finished_at - started_at) * 1000 FROM sluice.finished_jobs WHERE kind = 'poll' ORDER BY finished_at DESC LIMIT 1"""))


def run_job(cluster: LoadCluster, kind: str, seconds: int = 60) -> tuple[float, float]:
    """Enqueues a job by Sluice's command and waits for its end: milliseconds from its making to that, and those of its last run by the worker."""
    job = cluster.sluice("job", "enqueue", kind, "--connection", cluster.connection_id, "--object", OBJECT, "--json")["id"]
    total, run, state, error = cluster.database.rows(f"""
        SET client_min_messages = warning;
        DO $$
        DECLARE until timestamptz := clock_timestamp() + interval '{seconds} s';
        BEGIN
            WHILE NOT EXISTS (SELECT FROM sluice.finished_jobs WHERE id = {job}) LOOP
                COMMIT;
                PERFORM pg_sleep(0.005);
                IF clock_timestamp() > until THEN RAISE 'not done in {seconds} s'; END IF;
            END LOOP;
        END $$;
        SELECT extract(epoch FROM finished_at - created_at) * 1000, extract(epoch FROM finished_at - started_at) * 1000, state, last_error
        FROM sluice.finished_jobs WHERE id = {job}""")[0]
    if state != "completed":
        raise CommandFailed(f"the {kind} ended as {state}: {error}")
    return float(total), float(run)


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rows", type=whole_number, default=1_000_000, help="Accounts in the org (default: 1,000,000)")
    parser.add_argument("--changes", type=whole_number, default=10_000, help="of which so many change before a poll (default: 10,000)")
    parser.add_argument("--polls", type=whole_number, default=40, help="polls that find nothing (default: 40)")
    parser.add_argument("--rounds", type=whole_number, default=3, help="polls that find changes, of which the best counts (default: 3)")


if __name__ == "__main__":
    main("poll", __doc__, add_options, lambda run: PollBench(run).run())
