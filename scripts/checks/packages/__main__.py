"""python3 -m checks.packages: nothing of it is run, all of it is checked; docs/deployment.md says by what."""

import sys
from pathlib import Path

from ..foreign.environments import environment
from ..report import Report
from . import dockerfile, heroku, kubernetes, monitoring, systemd

ROOT = Path(__file__).resolve().parents[3]
REQUIREMENTS = ROOT / "scripts/checks/requirements"


def main() -> int:
    report = Report()
    home = environment("packages", ROOT, REQUIREMENTS)
    dockerfile.check(report, ROOT, home)
    heroku.check(report, ROOT, home)
    kubernetes.check(report, ROOT, home)
    systemd.check(report, ROOT)
    monitoring.check(report, ROOT, home)
    return report.verdict()


if __name__ == "__main__":
    sys.exit(main())
