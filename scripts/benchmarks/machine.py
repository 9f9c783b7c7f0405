"""What a figure depends on: the machine, the server, the commit; and what processes cost."""

import os
import subprocess
from datetime import datetime, timezone
from pathlib import Path

from checks.database import Database
from checks.processes import children

TICKS = os.sysconf("SC_CLK_TCK")


def describe(database: Database, root: Path) -> str:
    """One line for the head of a report."""
    info = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    model = next((line.partition(":")[2].strip() for line in info.splitlines() if line.startswith("model name")), "unknown CPU")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=root, capture_output=True, text=True, check=False).stdout.strip()
    server = database.value("SHOW server_version").split()[0]
    settings = ", ".join(f"{name} {database.value(f'SHOW {name}')}" for name in ("fsync", "synchronous_commit", "shared_buffers", "max_wal_size"))
    when = datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    return f"{when}, commit {commit or 'unknown'}, {os.cpu_count()} x {model}, {memory:.0f} GB; PostgreSQL {server}: {settings}"


def cpu_seconds(pid: int, with_ended_children: bool = False) -> float:
    """User and system time of a process; 0 when it has gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(int(ticks) for ticks in fields[11 : 15 if with_ended_children else 13]) / TICKS


def server_cpu_seconds(postmaster: int) -> float:
    """All of a Postgres server: the postmaster, those of its processes that have ended, and those that live."""
    return cpu_seconds(postmaster, with_ended_children=True) + sum(cpu_seconds(pid) for pid in children(postmaster))


def postmaster_pid(database: Database) -> int:
    """The server's first process: the parent of our own backend."""
    backend = database.number("SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'")
    return int(Path(f"/proc/{backend}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])


def peak_megabytes(pid: int) -> float:
    """The most memory a process has had resident."""
    return _status_megabytes(pid, "VmHWM")


def resident_megabytes(pid: int) -> float:
    """The memory a process has resident now."""
    return _status_megabytes(pid, "VmRSS")


def _status_megabytes(pid: int, name: str) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(name)) / 1024
