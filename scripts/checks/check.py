"""scripts/demo --check: every promise of the main job, asserted against the org and the database from outside."""

import sys
import traceback

from . import outages, reading, starting, writing
from .cluster import Cluster
from .processes import end_on_signals
from .report import Report

STEPS = [
    starting.up_under_honcho,
    starting.up,
    starting.imported,
    starting.content,
    reading.changes_in_the_org,
    writing.changes_in_postgres,
    writing.rejected,
    reading.actions_as_jobs,
    outages.worker_killed,
    outages.scheduler_killed,
    outages.stopped,
]
# Without these there is nothing to look at.
NEEDED = {starting.up_under_honcho, starting.up, starting.imported}


def run(cluster: Cluster) -> int:
    end_on_signals()
    report = Report()
    try:
        cluster.start_org()
        cluster.prepare()
        for step in STEPS:
            try:
                step(cluster, report)
            except Exception as error:  # A step that breaks off is a finding like any other.
                report.fail(f"{step.__name__}: {type(error).__name__}: {error}")
                with open(cluster.logs / "check.log", "a", encoding="utf-8") as log:
                    traceback.print_exc(file=log)
                if step in NEEDED:
                    break
    except Exception as error:
        report.fail(f"setting up: {type(error).__name__}: {error}")
    except KeyboardInterrupt:
        report.fail("interrupted")
    finally:
        cluster.stop()
    if report.failures:
        print(f"     the processes' logs are in {cluster.logs}", flush=True)
    return report.verdict()


if __name__ == "__main__":
    sys.exit(run(Cluster(sys.argv[1], sys.argv[2])))
