"""YAML, read by the environment's own parser: Python comes without one."""

import json
import subprocess
from pathlib import Path
from typing import Any


def documents(home: Path, path: Path) -> list[Any]:
    """The documents of a YAML file; `home` is the environment with the parser."""
    read = subprocess.run(
        [home / "bin/python", "-c", "import json, sys, yaml; print(json.dumps(list(yaml.safe_load_all(open(sys.argv[1], encoding='utf-8')))))", path],
        capture_output=True, text=True, timeout=60, check=False)
    if read.returncode != 0:
        raise ValueError(f"{path}: {read.stderr.strip().splitlines()[-1]}")
    return json.loads(read.stdout)
