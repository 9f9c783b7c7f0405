"""A second Postgres like the one that is measured, whose figures of the same seconds tell what the machine could do in them."""

import shlex
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from checks.cluster import ROOT
from checks.database import Database


@contextmanager
def twin_server(server: Database) -> Iterator[Database]:
    """A new cluster with the few settings that scripts/bench changed; stopped and removed at the end."""
    settings = [f"{name}={server.value(f'SHOW {name}')}" for name in ("max_connections", "log_min_messages")]
    directory = tempfile.mkdtemp(prefix="sluice-bench.")
    port = _free_port()
    try:
        _postgres("start_postgres", directory, str(port), *settings)
        yield Database(f"postgres://sluice@127.0.0.1:{port}/postgres")
    finally:
        _postgres("stop_postgres", directory)


def _postgres(function: str, *arguments: str) -> None:
    """Calls a function of scripts/postgres.sh."""
    subprocess.run(
        ["bash", "-c", f"set -euo pipefail; source scripts/postgres.sh; {function} {shlex.join(arguments)}"], cwd=ROOT, stdin=subprocess.DEVNULL,
        check=True, timeout=120)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]
