"""A virtual environment per client, since their dependencies clash; made once, and again when the pinned versions change."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

REQUIREMENTS = Path(__file__).parent / "requirements"
INSTALL_SECONDS = 600


class NotInstalled(Exception):
    """A client's packages could not be had."""


def version(client: str, requirements: Path = REQUIREMENTS) -> str:
    """The pinned version of the package that bears the client's name."""
    for line in (requirements / f"{client}.txt").read_text(encoding="utf-8").splitlines():
        name, _, pinned = line.partition("==")
        if name.lower() == client:
            return pinned
    raise NotInstalled(f"requirements/{client}.txt: no version of {client}")


def environment(client: str, root: Path, requirements: Path = REQUIREMENTS, resolves: bool = True) -> Path:
    """The directory of the client's environment, under .sluice/clients; without `resolves`, what is pinned is installed whatever it says it needs."""
    pinned = requirements / f"{client}.txt"
    key = hashlib.sha256(pinned.read_bytes() + sys.version.encode()).hexdigest()[:12]
    directory = root / ".sluice" / "clients" / f"{client}-{key}"
    complete = directory / "complete"
    if complete.exists():
        return directory
    for old in directory.parent.glob(f"{client}-*"):
        shutil.rmtree(old, ignore_errors=True)
    steps = [
        [sys.executable, "-m", "venv", str(directory)],
        [str(directory / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", "--requirement", str(pinned),
         *([] if resolves else ["--no-deps"])],
    ]
    for step in steps:
        try:
            done = subprocess.run(
                step, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=INSTALL_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            raise NotInstalled(f"{step[0]}: not done within {INSTALL_SECONDS} s") from None
        if done.returncode:
            last = (done.stdout.strip().splitlines() or ["no output"])[-1]
            raise NotInstalled(last)
    complete.touch()
    return directory
