"""The units: systemd-analyze, in a root that has nothing but them and an executable of the right name."""

import configparser
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path

from ..report import Report
from . import commands

# systemd-analyze's measure of what a service could do to the machine, in tenths: 0 nothing, 100 everything. Its "OK" ends at 50.
EXPOSURE = 20


def check(report: Report, root: Path) -> None:
    units = sorted((root / "deploy/systemd").iterdir())
    if shutil.which("systemd-analyze") is None:
        report.fail("systemd: systemd-analyze is not here, nothing was checked (apt-get install systemd)")
        return
    with tempfile.TemporaryDirectory() as place:
        system = Path(place, "etc/systemd/system")
        for directory in (system, Path(place, "usr/local/bin"), Path(place, "etc/sluice")):
            directory.mkdir(parents=True)
        Path(place, "usr/local/bin/sluice").write_text("#!/bin/sh\n", encoding="utf-8")
        Path(place, "usr/local/bin/sluice").chmod(0o755)
        Path(place, "etc/sluice/sluice.env").touch()
        for unit in units:
            shutil.copy(unit, system)
        names = [unit.name.replace("@.", "@01.") for unit in units]
        verified = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", f"--root={place}", *names],
            capture_output=True, text=True, timeout=60, check=False)
        said = verified.stderr.strip()
        report.check(verified.returncode == 0 and not said, f"systemd: verify has no finding in {len(units)} units{': ' + said if said else ''}")
    for unit in units:
        if unit.suffix != ".service":
            continue
        looked = subprocess.run(
            ["systemd-analyze", "security", "--offline=true", "--no-pager", f"--threshold={EXPOSURE}", unit],
            capture_output=True, text=True, timeout=60, check=False)
        report.check(looked.returncode == 0, f"systemd: {(looked.stdout.strip().splitlines() or ['no output'])[-1].lstrip('→ ').rstrip(' 🙂')}")
        # A unit may name a key twice.
        parser = configparser.ConfigParser(strict=False, interpolation=None)
        parser.optionxform = str  # type: ignore[assignment]
        parser.read(unit)
        problem = commands.complaint(root, shlex.split(parser["Service"]["ExecStart"]))
        report.check(problem is None, f"systemd: {unit.name} runs {parser['Service']['ExecStart']}{': ' + problem if problem else ''}")
