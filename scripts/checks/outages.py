"""Processes die at the worst moment, and nothing is lost."""

import time

from .cluster import ROWS, SCHEMA, Cluster
from .report import Report
from .waiting import wait_for

# Each piece of a result page comes this much later, so that a load is surely under way when its worker dies.
SLOW_MILLISECONDS = 150


def worker_killed(cluster: Cluster, report: Report) -> None:
    """SIGKILL to a worker while it loads a page."""
    cluster.org.make_slow("/results", SLOW_MILLISECONDS)
    path = cluster.api.act(cluster.mapping_id("Account"), "reload")

    def loading() -> list[str] | None:
        rows = cluster.database.rows("""
            SELECT w.pid, w.name, count(*) FROM sluice.running_jobs j JOIN sluice.live_workers w ON w.name = j.worker
            WHERE j.kind = 'load_page' GROUP BY 1, 2 ORDER BY 3 DESC""")
        return rows[0] if rows else None

    pid, name, pages = wait_for("a worker loads a page", 60, loading, 0.05)
    victim = cluster.formation.name_of(int(pid))
    assert victim is not None, f"no process of the formation has the pid {pid} of worker {name}"
    cluster.formation.kill(victim)
    cluster.org.end_trouble()
    started = time.monotonic()
    job = cluster.wait_for_job(path, timeout=150)
    cluster.wait_until_synced(timeout=30)
    finished = cluster.database.rows(f"""
        SELECT coalesce(worker, ''), count(*) FROM sluice.finished_jobs
        WHERE kind = 'load_page' AND state = 'completed' AND created_at >= (SELECT created_at FROM sluice.all_jobs WHERE id = {job['id']})
        GROUP BY 1""")
    others = sum(int(count) for worker, count in finished if worker != name)
    report.check(
        job["state"] == "completed" and others >= int(pages),
        f"{victim} killed while it loaded {pages} pages: the load {job['state']} {time.monotonic() - started:.1f} s later, {others} pages by others "
        f"({job['outcome']})")
    cluster.compare_content(report, "Account", "after the reload whose worker died")
    cluster.formation.processes.pop(victim)
    cluster.formation.start_type("worker", int(victim.rpartition(".")[2]))


def scheduler_killed(cluster: Cluster, report: Report) -> None:
    """SIGKILL to the leading scheduler while another stands by."""
    standby = cluster.formation.start_type("scheduler", 2)
    wait_for("two schedulers live", 20, lambda: len(cluster.live("scheduler")) == 2)
    leader = cluster.leader()
    leaders = cluster.database.number("SELECT count(*) FROM sluice.live_workers WHERE role = 'scheduler' AND leads")
    victim = cluster.formation.name_of(leader)
    report.check(leaders == 1 and victim == "scheduler.1", f"of 2 schedulers {leaders} leads: {victim}")
    cluster.formation.kill("scheduler.1")
    killed = time.monotonic()
    wait_for("the standby leads", 30, lambda: cluster.leader() == standby.pid, 0.05)
    seconds = time.monotonic() - killed
    report.check(seconds <= 15, f"the leading scheduler killed: the standby leads after {seconds:.1f} s (at most 15)")
    changed = cluster.org.mutate("Contact", seed=99, update={"count": 25, "fields": {"Title": "after the fail-over"}})["updated"]
    started = time.monotonic()
    found = wait_for(
        "polling goes on", 45,
        lambda: cluster.database.number(f"SELECT count(*) FROM {SCHEMA}.contact WHERE title = 'after the fail-over'") == len(changed))
    report.check(found, f"polling goes on: {len(changed)} changes of Contacts in the org arrived {time.monotonic() - started:.1f} s later, polled every 10 s")
    cluster.formation.processes.pop("scheduler.1")


def stopped(cluster: Cluster, report: Report) -> None:
    """The end: content once more, then SIGTERM to everything."""
    for name in ROWS:
        cluster.run_action(name, "poll")
        cluster.compare_content(report, name, "at the end")
    names = list(cluster.formation.processes)
    died = cluster.formation.ended()
    report.check(not died, f"no process ended by itself: {len(names)} still running" if not died else f"processes ended by themselves: {', '.join(died)}")
    started = time.monotonic()
    statuses = cluster.formation.stop()
    report.check(
        set(statuses.values()) == {0},
        f"SIGTERM ends {len(statuses)} processes within {time.monotonic() - started:.1f} s, exit statuses {sorted(str(status) for status in statuses.values())}")
