"""The Dockerfile's steps as plain commands, and then the processes of what they made: python3 -m checks.image DATABASE_URL DIRECTORY

For machines without a container engine. Each stage has a root of its own, entered by chroot: for the image with the Swift toolchain that is this
machine with an empty layer over it, for Debian's slim image an empty folder that debootstrap fills. Nothing outside of DIRECTORY changes.
"""

import base64
import json
import os
import secrets
import shlex
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from .processes import end_on_signals, free_port
from .report import Report
from .steps import Stage, Step, parse
from .waiting import NotInTime, wait_for

ROOT = Path(__file__).resolve().parents[2]
# A release build on a machine that is full of others.
STEP_SECONDS = 7200


class StepFailed(Exception):
    """A step ended with another status than 0."""


@dataclass
class Root:
    """A root directory that steps are run in, and what the steps so far set."""

    path: Path
    overlay: Path | None = None
    directory: str = "/"
    user: str = "0:0"
    variables: dict[str, str] = field(default_factory=dict)
    command: list[str] = field(default_factory=list)

    def enter(self, words: list[str], user: str | None = None) -> list[str]:
        """The command line that runs words inside, with what a container has mounted and nothing that outlives it."""
        layer = self.overlay
        mounts = [f"mount -t overlay overlay -o lowerdir=/,upperdir={layer}/upper,workdir={layer}/work {self.path}"] if layer else []
        mounts += [f"mount --rbind {name} {self.path}{name}" for name in ("/proc", "/dev")]
        inner = f"cd {shlex.quote(self.directory)} && exec {shlex.join(words)}"
        script = " && ".join([*mounts, f"exec chroot --userspec={user or self.user} {self.path} /bin/sh -c {shlex.quote(inner)}"])
        return ["unshare", "--mount", "--propagation", "private", "/bin/sh", "-c", script]

    def seen(self, path: str) -> Path:
        """Where a file that a step made lies on this machine."""
        return (self.overlay / "upper" if self.overlay else self.path) / path.lstrip("/")


class Image:
    """The stages of a Dockerfile, built one after the other."""

    def __init__(self, report: Report, directory: Path) -> None:
        self.report = report
        self.directory = directory
        self.roots: dict[str, Root] = {}

    def build(self) -> Root:
        stages = parse((ROOT / "Dockerfile").read_text(encoding="utf-8"))
        for stage in stages:
            root = self.begin(stage)
            for step in stage.steps:
                self.take(root, step)
            self.roots[stage.name] = root
        return self.roots[stages[-1].name]

    def begin(self, stage: Stage) -> Root:
        place = self.directory / stage.name
        if stage.base.startswith("swift:"):
            for name in ("upper", "work", "root"):
                (place / name).mkdir(parents=True)
            said = subprocess.run(["swift", "--version"], capture_output=True, text=True, check=True).stdout.splitlines()[0]
            print(f"     {stage.base}: this machine instead, {said}", flush=True)
            variables = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
            return Root(place / "root", overlay=place, variables=variables)
        distribution, _, tag = stage.base.partition(":")
        if distribution != "debian":
            raise StepFailed(f"FROM {stage.base}: only swift:… and debian:… are known here")
        place.mkdir(parents=True)
        started = time.monotonic()
        self.run(["debootstrap", "--variant=minbase", tag.removesuffix("-slim"), str(place), "http://deb.debian.org/debian"], {"PATH": os.environ["PATH"]})
        print(f"     {stage.base}: debootstrap instead, in {time.monotonic() - started:.0f} s", flush=True)
        return Root(place, variables={"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"})

    def take(self, root: Root, step: Step) -> None:
        started = time.monotonic()
        match step.name:
            case "RUN":
                self.run(root.enter(["/bin/sh", "-c", step.text]), root.variables | {"DEBIAN_FRONTEND": "noninteractive"})
            case "COPY":
                self.copy(root, step.text.split())
            case "WORKDIR":
                root.directory = step.text
                root.seen(step.text).mkdir(parents=True, exist_ok=True)
            case "USER":
                root.user = step.text
            case "ENV":
                root.variables |= dict(word.split("=", 1) for word in shlex.split(step.text))
            case "CMD":
                root.command = json.loads(step.text)
        if step.name in {"RUN", "COPY"}:
            self.report.check(True, f"{step.name} {step.text[:90]}: in {time.monotonic() - started:.0f} s")

    def copy(self, root: Root, words: list[str]) -> None:
        source_root = None
        if words[0].startswith("--from="):
            source_root = self.roots[words.pop(0).removeprefix("--from=")]
        *sources, target = words
        for source in sources:
            origin = source_root.seen(source) if source_root else ROOT / source
            place = root.seen(os.path.join(root.directory, target))
            if target.endswith("/"):
                place = place / origin.name
            place.parent.mkdir(parents=True, exist_ok=True)
            if origin.is_dir():
                shutil.copytree(origin, place)
            else:
                shutil.copy2(origin, place)

    def run(self, words: list[str], variables: dict[str, str]) -> None:
        log = self.directory / "steps.log"
        with open(log, "ab") as output:
            done = subprocess.run(words, env=variables, stdin=subprocess.DEVNULL, stdout=output, stderr=output, timeout=STEP_SECONDS, check=False)
        if done.returncode != 0:
            tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
            raise StepFailed(f"exit {done.returncode}: {' '.join(words)[-300:]}\n{tail}")


class Processes:
    """The image's processes, as its user, until they are asked to stop."""

    def __init__(self, root: Root, database_url: str, directory: Path) -> None:
        self.root = root
        self.directory = directory
        key = base64.b64encode(secrets.token_bytes(32)).decode()
        self.variables = root.variables | {"DATABASE_URL": database_url, "SLUICE_SECRET_KEY": key}
        self.running: dict[str, subprocess.Popen] = {}

    def call(self, *words: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            self.root.enter(list(words)), env=self.variables, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False)

    def start(self, name: str, words: list[str]) -> None:
        with open(self.directory / f"{name}.log", "wb") as log:
            self.running[name] = subprocess.Popen(self.root.enter(words), env=self.variables, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def stop(self) -> dict[str, int | None]:
        """Asks all of them to stop; returns how they ended."""
        for process in self.running.values():
            process.send_signal(signal.SIGTERM)
        ended: dict[str, int | None] = {}
        for name, process in self.running.items():
            try:
                ended[name] = process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                ended[name] = None
        self.running.clear()
        return ended


def status(port: int, path: str) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def try_out(report: Report, root: Root, database_url: str, directory: Path) -> None:
    """What a platform does with the image."""
    processes = Processes(root, database_url, directory)
    linked = processes.call("ldd", "/usr/local/bin/sluice").stdout
    lost = [line.strip() for line in linked.splitlines() if "not found" in line or "libswift" in line or "libFoundation" in line]
    size = root.seen("/usr/local/bin/sluice").stat().st_size / 1e6
    report.check(not lost, f"sluice, {size:.0f} MB, has every shared library and none of Swift's{': ' + '; '.join(lost) if lost else ''}")
    version = processes.call("sluice", "--version")
    report.check(version.returncode == 0, f"sluice --version: {version.stdout.strip() or version.stderr.strip()}")
    identity = processes.call("id", "-u").stdout.strip()
    report.check(identity == root.user.partition(":")[0] != "0", f"processes run as user {identity}")
    migrated = processes.call("sluice", "migrate")
    report.check(migrated.returncode == 0, f"sluice migrate: exit {migrated.returncode}{' ' + migrated.stderr[-300:] if migrated.returncode else ''}")
    ports = {name: free_port() for name in ("api", "scheduler", "worker")}
    web = free_port()
    for name, port in ports.items():
        words = ["sluice", name, "--metrics-port", str(port)] + (["--port", str(web)] if name == "api" else [])
        processes.start(name, words)
    try:
        for name, port in [*ports.items(), ("web", web)]:
            try:
                wait_for(f"{name} is ready", 60, lambda port=port: status(port, "/readyz") == 200)
                report.check(True, f"{name}: /readyz and /healthz answer {status(port, '/readyz')} and {status(port, '/healthz')}")
            except NotInTime as error:
                report.fail(f"{error}; {(directory / f'{name}.log').read_text(errors='replace')[-400:] if name in ports else ''}")
    finally:
        ended = processes.stop()
    report.check(set(ended.values()) == {0}, f"SIGTERM ends them: {ended}")


def main() -> int:
    end_on_signals()
    database_url, directory = sys.argv[1], Path(sys.argv[2])
    report = Report()
    try:
        root = Image(report, directory).build()
        report.check(bool(root.command), f"the image's command: {' '.join(root.command)}")
        try_out(report, root, database_url, directory)
    except StepFailed as error:
        report.fail(str(error))
    except KeyboardInterrupt:
        return 130
    return report.verdict()


if __name__ == "__main__":
    sys.exit(main())
