"""scripts/demo: the cluster under honcho, with a little traffic both ways, until Ctrl-C."""

import json
import shutil
import sys
import time

from .cluster import EMAIL, ROOT, SCHEMA, Cluster
from .processes import end_on_signals
from .signin import OneClick

# So often somebody changes something in the org, and somebody else in Postgres.
TRAFFIC_SECONDS = 10


def start(cluster: Cluster) -> OneClick:
    print("demo: starting the sandbox org", flush=True)
    cluster.start_org()
    print("demo: migrating, making a user and a connection", flush=True)
    cluster.prepare()
    print("demo: starting web, scheduler and two workers", flush=True)
    cluster.start_honcho(workers=2)
    cluster.wait_until_up(workers=2)
    exported = json.loads((ROOT / "config/demo-mappings.json").read_text(encoding="utf-8"))
    cluster.api.expect({200, 201, 202, 204}, "POST", f"/api/v3/connections/{cluster.connection_id}/actions/import", exported)
    sign_in = OneClick(f"http://127.0.0.1:{cluster.port}", cluster.token)
    print(f"""
  dashboard   http://127.0.0.1:{cluster.port}/
  sign in     {sign_in.url}     one click: a session as {EMAIL}
  API token   {cluster.token}
  database    psql {cluster.database.url}
  org         {cluster.org_url}
  logs        {cluster.logs}

Account (read_write) and Contact (read_only) are loading. Three things to try:
  1. Open the sign-in's address, choose the connection, and watch both tables load.
  2. Change a record in psql, and see it go to Salesforce within a second:
     UPDATE {SCHEMA}.account SET name = 'Renamed in psql' WHERE id = 1;
     SELECT id, name, _hc_lastop, _hc_err FROM {SCHEMA}.account WHERE id = 1;
  3. Write what the org refuses, and see why, in the row and in the log; then mend it:
     UPDATE {SCHEMA}.account SET name = NULL WHERE id = 2;
     SELECT id, state, sf_message FROM {SCHEMA}._trigger_log ORDER BY id DESC LIMIT 3;
Ctrl-C stops everything.
""", flush=True)
    return sign_in


def summary(cluster: Cluster) -> str:
    """One line: every mapping, what waits, and the queue."""
    mappings = [
        f"{name} {state} {int(rows or 0):,}" + (f", {pending} to write" if int(pending) else "") + (f", {errors} failed" if int(errors) else "")
        for name, state, rows, pending, errors in cluster.database.rows(
            "SELECT object_name, state, db_count, pending_writes, errored_writes FROM sluice.mapping_status ORDER BY object_name")]
    jobs = cluster.database.counts("SELECT state, count(*) FROM sluice.all_jobs GROUP BY 1")
    queue = f"jobs {jobs.get('running', 0)} running, {jobs.get('available', 0)} waiting, {jobs.get('completed', 0)} done"
    failed = f", {jobs['failed']} failed" if "failed" in jobs else ""
    return " | ".join([*mappings, queue + failed])


def traffic(cluster: Cluster, turn: int) -> None:
    """A few changes on both sides."""
    cluster.org.mutate("Contact", seed=turn, update={"count": 20, "fields": {"Title": f"Title {turn}"}})
    cluster.database.rows(f"""
        UPDATE {SCHEMA}.account SET site = 'demo {turn}'
        WHERE sfid IN (SELECT sfid FROM {SCHEMA}.account WHERE sfid IS NOT NULL ORDER BY sfid LIMIT 20 OFFSET {turn % 1000 * 20})""")


class LiveLine:
    """The summary: one line that changes in a terminal, lines now and then in a file."""

    EVERY = 10.0

    def __init__(self) -> None:
        self.in_terminal = sys.stdout.isatty()
        self.next = 0.0

    def show(self, text: str) -> None:
        line = f"{time.strftime('%H:%M:%S')}  {text}"
        if self.in_terminal:
            width = shutil.get_terminal_size().columns - 1
            print(f"\r{line[:width]:<{width}}", end="", flush=True)
        elif time.monotonic() >= self.next:
            print(line, flush=True)
            self.next = time.monotonic() + self.EVERY


def run(cluster: Cluster) -> int:
    end_on_signals()
    live, turn, next_traffic = LiveLine(), 0, 0.0
    sign_in: OneClick | None = None
    try:
        sign_in = start(cluster)
        while cluster.honcho is not None and cluster.honcho.poll() is None:
            live.show(summary(cluster))
            if set(cluster.states().values()) == {"DATA_SYNCED"} and time.monotonic() >= next_traffic:
                turn += 1
                traffic(cluster, turn)
                next_traffic = time.monotonic() + TRAFFIC_SECONDS
            time.sleep(1)
        print(f"\na process ended, and honcho with it: see {cluster.logs / 'honcho.log'}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopping", flush=True)
        return 0
    finally:
        if sign_in is not None:
            sign_in.stop()
        cluster.stop()


if __name__ == "__main__":
    sys.exit(run(Cluster(sys.argv[1], sys.argv[2])))
