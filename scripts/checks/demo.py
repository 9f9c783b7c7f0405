"""scripts/demo: the cluster under honcho, with a little traffic both ways, until Ctrl-C."""

import json
import sys
import time

from .cluster import ROOT, SCHEMA, Cluster
from .processes import end_on_signals, ignore_signals

# So often somebody changes something in the org, and somebody else in Postgres.
TRAFFIC_SECONDS = 10


def start(cluster: Cluster) -> None:
    print("starting the sandbox org", flush=True)
    cluster.start_org()
    cluster.prepare()
    cluster.start_honcho(workers=2)
    cluster.wait_until_up(workers=2)
    exported = json.loads((ROOT / "config/demo-mappings.json").read_text(encoding="utf-8"))
    cluster.api.expect({200, 201, 202, 204}, "POST", f"/api/v3/connections/{cluster.connection_id}/actions/import", exported)
    print(f"""
  dashboard   http://127.0.0.1:{cluster.port}/
  API token   {cluster.token}
  database    psql {cluster.database.url}
  org         {cluster.org_url}
  logs        {cluster.logs}

Account (read_write) and Contact (read_only) are loading. Try, in psql:
  UPDATE {SCHEMA}.account SET name = 'Renamed in psql' WHERE id = 1;
  SELECT id, name, _hc_lastop, _hc_err FROM {SCHEMA}.account WHERE id = 1;
  SELECT * FROM sluice.all_jobs ORDER BY id DESC LIMIT 10;
Ctrl-C stops everything.
""", flush=True)


def summary(cluster: Cluster) -> str:
    """One line: every mapping, what waits, and the queue."""
    mappings = [
        f"{name} {state} {int(rows or 0):,} rows" + (f", {pending} to write" if int(pending) else "") + (f", {errors} failed" if int(errors) else "")
        for name, state, rows, pending, errors in cluster.database.rows(
            "SELECT object_name, state, db_count, pending_writes, errored_writes FROM sluice.mapping_status ORDER BY object_name")]
    jobs = cluster.database.counts("SELECT state, count(*) FROM sluice.all_jobs GROUP BY 1")
    queue = ", ".join(f"{jobs[state]} {state}" for state in ("running", "available", "completed", "failed") if state in jobs)
    return "  |  ".join([*mappings, f"jobs: {queue or 'none'}"])


def traffic(cluster: Cluster, turn: int) -> None:
    """A few changes on both sides."""
    cluster.org.mutate("Contact", seed=turn, update={"count": 20, "fields": {"Title": f"Title {turn}"}})
    cluster.database.rows(f"""
        UPDATE {SCHEMA}.account SET site = 'demo {turn}'
        WHERE sfid IN (SELECT sfid FROM {SCHEMA}.account WHERE sfid IS NOT NULL ORDER BY sfid LIMIT 20 OFFSET {turn % 1000 * 20})""")


def run(cluster: Cluster) -> int:
    end_on_signals()
    last, turn, next_traffic = "", 0, 0.0
    try:
        start(cluster)
        while cluster.honcho is not None and cluster.honcho.poll() is None:
            line = summary(cluster)
            if line != last:
                print(f"{time.strftime('%H:%M:%S')}  {line}", flush=True)
                last = line
            if set(cluster.states().values()) == {"DATA_SYNCED"} and time.monotonic() >= next_traffic:
                turn += 1
                traffic(cluster, turn)
                next_traffic = time.monotonic() + TRAFFIC_SECONDS
            time.sleep(1)
        print(f"a process ended, and honcho with it: see {cluster.logs / 'honcho.log'}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopping", flush=True)
        return 0
    finally:
        ignore_signals()
        cluster.stop()


if __name__ == "__main__":
    sys.exit(run(Cluster(sys.argv[1], sys.argv[2])))
