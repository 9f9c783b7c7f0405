"""What drives the browser: Playwright and axe-core from PyPI in an environment of their own, and Debian's Chromium."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

PINNED = Path(__file__).parent / "requirements.txt"
INSTALL_SECONDS = 600


class NotInstalled(Exception):
    """Something that the check needs could not be had."""


def chromium() -> str:
    """The browser; `scripts/setup --browser` installs it."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        raise NotInstalled("chromium is missing: run scripts/setup --browser")
    return path


def python(root: Path) -> Path:
    """The interpreter that has the packages, made once and again when the pinned versions change."""
    key = hashlib.sha256(PINNED.read_bytes() + sys.version.encode()).hexdigest()[:12]
    directory = root / ".sluice" / "browser" / key
    if (directory / "complete").exists():
        return directory / "bin" / "python"
    shutil.rmtree(directory.parent, ignore_errors=True)
    steps = [
        [sys.executable, "-m", "venv", str(directory)],
        [str(directory / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", "--requirement", str(PINNED)],
    ]
    for step in steps:
        try:
            done = subprocess.run(
                step, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=INSTALL_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            raise NotInstalled(f"{step[0]}: not done within {INSTALL_SECONDS} s") from None
        if done.returncode:
            raise NotInstalled((done.stdout.strip().splitlines() or ["no output"])[-1])
    (directory / "complete").touch()
    return directory / "bin" / "python"
