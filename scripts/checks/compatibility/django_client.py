"""django-heroku-connect, unmodified, in an environment of its own, against the running server."""

import json
import os
import subprocess
from pathlib import Path

from ..foreign.environments import NotInstalled, environment
from ..report import Report
from .world import APP, ROOT, World

CLIENT = "django-heroku-connect"
REQUIREMENTS = Path(__file__).parent / "requirements"
TIMEOUT_SECONDS = 180


def django(world: World, report: Report) -> None:
    try:
        home = environment(CLIENT, ROOT, REQUIREMENTS)
    except NotInstalled as error:
        report.fail(f"{CLIENT} could not be installed, nothing was checked: {error}")
        return
    connection = world.connect("django")
    # It demands that all connections of an app write alike, and takes the first: an app of its own.
    given = {
        "endpoint": f"{world.base}/api/v3", "token": world.token, "app": APP, "connection": connection, "schema": "django",
        "database_url": world.database_url}
    variables = os.environ | {"CONTRACT": json.dumps(given), "PYTHONPATH": str(ROOT / "scripts"), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [str(home / "bin" / "python"), "-m", "checks.compatibility.django_program"], env=variables, stdin=subprocess.DEVNULL, capture_output=True,
        text=True, timeout=TIMEOUT_SECONDS, check=False)
    lines = [line for line in done.stdout.splitlines() if line.startswith(("ok   ", "FAIL "))]
    for line in lines:
        report.check(line.startswith("ok"), f"{CLIENT}: {line[5:]}")
    if done.returncode or not lines:
        report.fail(f"{CLIENT} ended with {done.returncode}: {done.stderr.strip()[-400:]}")
