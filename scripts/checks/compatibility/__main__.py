"""Clients of Heroku Connect against real Sluice processes: python3 -m checks.compatibility BIN_DIRECTORY [PART…]

Needs a Postgres, named by SLUICE_TEST_DATABASE_URL, where it makes a database of its own."""

import os
import sys
from pathlib import Path

from ..processes import end_on_signals
from ..report import Report
from .commands import commands, refusals
from .django_client import django
from .endpoints import endpoints
from .exports import imports
from .loads import loads
from .world import ROOT, World

PARTS = {"commands": commands, "refusals": refusals, "endpoints": endpoints, "imports": imports, "loads": loads, "django": django}


def main(arguments: list[str]) -> int:
    end_on_signals()
    parts = arguments[1:] or list(PARTS)
    for name in parts:
        if name not in PARTS:
            print(f"{name}: no such part; there are {', '.join(PARTS)}", file=sys.stderr)
            return 64
    report = Report()
    world = World(os.environ["SLUICE_TEST_DATABASE_URL"], Path(arguments[0]), ROOT / ".sluice" / "compatibility-checks")
    try:
        world.start()
        for name in parts:
            try:
                PARTS[name](world, report)
            except Exception as error:  # pylint: disable=broad-except
                report.fail(f"{name} broke off: {type(error).__name__}: {error}")
    finally:
        world.stop()
    return report.verdict()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
