"""The dashboard, driven by headless Chromium against a running cluster: python3 -m checks.browser BUILD [--screenshots DIRECTORY]

BUILD is debug or release. The Postgres of SLUICE_TEST_DATABASE_URL holds a database of its own for the time of the check.
"""

import os
import subprocess
import sys
from pathlib import Path

from .environment import NotInstalled, chromium, python

ROOT = Path(__file__).resolve().parents[3]


def main(arguments: list[str]) -> int:
    try:
        browser, interpreter = chromium(), python(ROOT)
    except NotInstalled as error:
        print(f"FAIL the browser's check could not be installed, nothing was checked: {error}", file=sys.stderr)
        return 1
    environment = os.environ | {"PYTHONPATH": str(ROOT / "scripts"), "PYTHONDONTWRITEBYTECODE": "1", "SLUICE_CHROMIUM": browser}
    os.execve(interpreter, [str(interpreter), "-m", "checks.browser.check", *arguments], environment)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
