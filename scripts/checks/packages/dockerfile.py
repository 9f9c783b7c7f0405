"""The Dockerfile: hadolint's rules, and what it has to be."""

import json
import subprocess
from pathlib import Path

from ..report import Report
from ..steps import parse
from . import commands


def check(report: Report, root: Path, home: Path) -> None:
    linted = subprocess.run(
        [home / "bin/hadolint", "--failure-threshold", "style", root / "Dockerfile"], capture_output=True, text=True, timeout=60, check=False)
    report.check(linted.returncode == 0, f"Dockerfile: hadolint has no finding{': ' + linted.stdout.strip() if linted.stdout.strip() else ''}")
    stages = parse((root / "Dockerfile").read_text(encoding="utf-8"))
    final = stages[-1].steps
    user = [step.text for step in final if step.name == "USER"]
    report.check(len(stages) > 1 and bool(user) and not user[-1].startswith(("0", "root")), f"Dockerfile: {len(stages)} stages, runs as {user[-1:]}")
    command = [json.loads(step.text) for step in final if step.name == "CMD"][-1]
    problem = commands.complaint(root, command)
    report.check(problem is None, f"Dockerfile: CMD {' '.join(command)}{': ' + problem if problem else ''}")
    kept = [line[1:] for line in (root / ".dockerignore").read_text(encoding="utf-8").splitlines() if line.startswith("!")]
    copied = [step.text.split()[0].removesuffix("/") for step in stages[0].steps if step.name == "COPY"]
    report.check(sorted(kept) == sorted(copied), f".dockerignore lets through what is copied: {', '.join(sorted(kept))}")
