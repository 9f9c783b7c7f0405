"""A small process runner for checks that kill processes. A real runner such as honcho stops everything when one process dies."""

import os
import re
import signal
import socket
import subprocess
from pathlib import Path

from .waiting import NotInTime, wait_for

# SIGTERM to exit, by DESIGN.md.
SHUTDOWN_SECONDS = 25


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def procfile(root: Path) -> dict[str, str]:
    """The commands of the Procfile by process type."""
    lines = (root / "Procfile").read_text(encoding="utf-8").splitlines()
    return dict(match.groups() for line in lines if (match := re.match(r"(\w+):\s*(.+)", line)))


def end_on_signals() -> None:
    """Makes Ctrl-C, SIGTERM and a closed terminal unwind this program, also when a shell started it in the background: that ignores SIGINT."""

    ending = False

    def unwind(number: int, _frame: object) -> None:
        # One is enough, and the terminal and the script that started us may each send one: a second must not end the ending. Ignoring the
        # signals from here on would make Python complain of one that is already on its way.
        nonlocal ending
        if ending:
            return
        ending = True
        raise KeyboardInterrupt(number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, unwind)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:
        # A zombie still has a pid.
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def children(pid: int) -> list[int]:
    """The processes that a process started."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(stat.read_text(encoding="utf-8").rpartition(")")[2].split()[1]) == pid:
                found.append(int(stat.parent.name))
        except OSError:
            continue
    return found


class Formation:
    """Named processes, their logs and their ends. It restarts nothing."""

    def __init__(self, root: Path, logs: Path, environment: dict[str, str]) -> None:
        self.root = root
        self.logs = logs
        self.environment = environment
        self.processes: dict[str, subprocess.Popen] = {}
        logs.mkdir(parents=True, exist_ok=True)

    def start(self, name: str, command: str, **variables: str) -> subprocess.Popen:
        """Starts a shell command, which should `exec`; its output goes to a file of its name."""
        environment = self.environment | {"HONCHO_PROCESS_NAME": name} | variables
        with open(self.logs / f"{name}.log", "ab") as log:
            # A session of its own: Ctrl-C in the terminal is for the demo, which ends its processes in order.
            self.processes[name] = subprocess.Popen(
                ["sh", "-c", command], cwd=self.root, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True)
        return self.processes[name]

    def start_type(self, process_type: str, number: int = 1, **variables: str) -> subprocess.Popen:
        """Starts one more process of a type of the Procfile."""
        return self.start(f"{process_type}.{number}", procfile(self.root)[process_type], **variables)

    def name_of(self, pid: int) -> str | None:
        return next((name for name, process in self.processes.items() if process.pid == pid), None)

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> None:
        process = self.processes[name]
        process.send_signal(number)
        if number == signal.SIGKILL:
            process.wait()

    def ended(self) -> list[str]:
        """Processes that ended, and how."""
        return [f"{name} ({process.returncode})" for name, process in self.processes.items() if process.poll() is not None]

    def stop(self, *names: str) -> dict[str, int | None]:
        """Ends processes by SIGTERM, all at once; returns their exit statuses, None for one that had to be killed."""
        chosen = {name: self.processes.pop(name) for name in (names or tuple(self.processes)) if name in self.processes}
        for process in chosen.values():
            if process.poll() is None:
                process.terminate()
        try:
            wait_for("shutdown", SHUTDOWN_SECONDS, lambda: all(process.poll() is not None for process in chosen.values()), 0.05)
        except NotInTime:
            pass
        statuses: dict[str, int | None] = {}
        for name, process in chosen.items():
            statuses[name] = process.poll()
            if statuses[name] is None:
                process.kill()
                process.wait()
        return statuses

    def tail(self, name: str, lines: int = 15) -> str:
        path = self.logs / f"{name}.log"
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:]) if path.exists() else ""
