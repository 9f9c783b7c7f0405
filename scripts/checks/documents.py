"""README.md and docs/*.md do as they say: python3 -m checks.documents DATABASE_URL BUILD

Every block has a language. `sh` blocks run as they stand, in order, in one shell's variables, a document after the other; a server that a block
starts goes on until the document's end. `sql` blocks run by psql, but those of operations.md, which a test of its own runs behind a million jobs.
`text` is a synopsis or a picture: a line that begins with a script or with sluice names one that is there, and options that it has. `console`
is for platforms that are not here.
"""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from .clients import SandboxOrg
from .cluster import ROOT, Cluster
from .commands_page import PAGE, page
from .processes import end_on_signals
from .report import Report
from .waiting import NotInTime, wait_for

LANGUAGES = {"sh", "sql", "text", "console", "swift", "json"}
# In this order, since what one sets up the next one uses.
FIRST = ["README.md", "docs/operations.md", "docs/deployment.md"]
SERVERS = re.compile(r"^(?:honcho start|sandbox-org serve)\b")
COMMAND_SECONDS = 600
# Made for the operations' queries, by OperationsQueriesTests.
ELSEWHERE = {"docs/operations.md"}


@dataclass
class Block:
    """A fenced block, and the line at which its content begins."""

    language: str
    text: str
    line: int


def blocks(text: str) -> list[Block]:
    """The fenced blocks of a document, in their order."""
    found: list[Block] = []
    lines = text.splitlines()
    number = 0
    while number < len(lines):
        if lines[number].startswith("```"):
            end = next((later for later in range(number + 1, len(lines)) if lines[later].startswith("```")), len(lines))
            found.append(Block(lines[number][3:].strip(), "\n".join(lines[number + 1:end]), number + 2))
            number = end
        number += 1
    return found


def indented_commands(text: str) -> list[int]:
    """Lines of commands in blocks without a language."""
    inside, found = False, []
    for number, line in enumerate(text.splitlines(), 1):
        inside ^= line.startswith("```")
        if not inside and re.match(r"^ {4,}(?:sluice|scripts/|honcho|curl|psql|sandbox-org|export|SELECT|\$ )", line):
            found.append(number)
    return found


class Shell:
    """Blocks run one after the other, as somebody types them into one terminal after another: what is exported stays."""

    def __init__(self, environment: dict[str, str], directory: Path) -> None:
        self.environment = environment
        self.directory = directory
        self.servers: list[subprocess.Popen] = []

    def run(self, block: Block) -> str | None:
        """Runs a block; returns what went wrong. Its last line may be a server, which is left to run."""
        *before, last = block.text.rstrip().splitlines()
        server = last if SERVERS.match(last) else None
        script = "\n".join(before if server else [*before, last])
        state = self.directory / "environment"
        done = subprocess.run(
            ["bash", "-c", f"set -euo pipefail\n{script}\nenv --null > {shlex.quote(str(state))}"], cwd=ROOT, env=self.environment,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False)
        if done.returncode != 0:
            return f"exit {done.returncode}: {(done.stderr or done.stdout).strip()[-500:]}"
        self.environment = dict(pair.split("=", 1) for pair in state.read_text(encoding="utf-8").split("\0") if "=" in pair)
        return self.start(server) if server else None

    def start(self, command: str) -> str | None:
        # Somebody who starts it once more has ended the one before: both want one port.
        for server in [server for server in self.servers if server.args[-1].split()[1] == command.split()[0]]:
            self.end(server)
            self.servers.remove(server)
        log = self.directory / f"server.{len(self.servers)}.log"
        with open(log, "wb") as output:
            server = subprocess.Popen(
                ["bash", "-c", f"exec {command}"], cwd=ROOT, env=self.environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                start_new_session=True)
        self.servers.append(server)

        def is_up() -> bool:
            text = log.read_text(errors="replace")
            return server.poll() is not None or '"instance_url"' in text or "listening on" in text

        try:
            wait_for(f"{command}: up", 60, is_up)
        except NotInTime as error:
            return f"{error}: {log.read_text(errors='replace')[-500:]}"
        return f"it ended with {server.returncode}: {log.read_text(errors='replace')[-500:]}" if server.poll() is not None else None

    def stop(self) -> None:
        """Ends the servers of a document."""
        for server in self.servers:
            self.end(server)
        self.servers.clear()

    def end(self, server: subprocess.Popen) -> None:
        if server.poll() is None:
            server.send_signal(signal.SIGTERM)
        try:
            server.wait(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()

    def queries(self, block: Block, url: str) -> str | None:
        done = subprocess.run(
            ["psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", url], input=f"SET statement_timeout = '60s';\n{block.text}", cwd=ROOT,
            capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False)
        return done.stderr.strip()[-500:] if done.returncode != 0 else None

    def knows(self, line: str) -> str | None:
        """What is wrong with a line of a synopsis; None when its command and options are there."""
        words = line.partition("#")[0].replace("[", " ").replace("]", " ").replace(";", " ; ").split()
        problems = []
        for command in " ".join(words).split(" ; "):
            parts = command.split()
            if parts[0].startswith("scripts/") and not (ROOT / parts[0]).exists():
                problems.append(f"no {parts[0]}")
            if parts[0] != "sluice":
                continue
            names = [part for part in parts[1:3] if re.fullmatch(r"[a-z|]+(?:-[a-z]+)?", part)]
            wanted = set(re.findall(r"--[a-z-]+", command))
            for last in (names[-1].split("|") if names else [""]):
                path = [*names[:-1], last] if last else []
                said = subprocess.run(
                    ["sluice", *path, "--help"], env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)
                if said.returncode != 0:
                    problems.append(f"sluice {' '.join(path)}: {(said.stderr or said.stdout).strip().splitlines()[0]}")
                else:
                    problems += [f"sluice {' '.join(path)} has no {option}" for option in sorted(wanted - set(re.findall(r"--[a-z-]+", said.stdout)))]
        return "; ".join(problems) or None


def check(report: Report, shell: Shell, name: str, url: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    for number in indented_commands(text):
        # Nobody can tell what it is meant to be.
        print(f"     {name}:{number}: a command in a block without a language, not run", flush=True)
    counts = {"sh": 0, "sql": 0, "text": 0}
    try:
        for block in blocks(text):
            if block.language not in LANGUAGES:
                print(f"     {name}:{block.line}: a block of language {block.language!r}, not run", flush=True)
                continue
            problem = None
            if block.language == "sh":
                problem = shell.run(block)
            elif block.language == "sql":
                if name in ELSEWHERE or "…" in block.text:
                    continue
                problem = shell.queries(block, url)
            elif block.language == "text":
                lines = [line for line in block.text.splitlines() if line.startswith(("sluice ", "scripts/"))]
                problem = "; ".join(found for line in lines if (found := shell.knows(line))) or None
            if problem:
                report.fail(f"{name}:{block.line}: {problem}")
            elif block.language in counts:
                counts[block.language] += 1
    finally:
        shell.stop()
    if any(counts.values()):
        report.check(True, f"{name}: " + ", ".join(f"{count} {language}" for language, count in counts.items() if count))


def main() -> int:
    end_on_signals()
    url, configuration = sys.argv[1], sys.argv[2]
    report = Report()
    cluster = Cluster(url, configuration, rows={"Account": 200, "Contact": 100}, logs="documents")
    cluster.logs.mkdir(parents=True, exist_ok=True)
    directory = Path(tempfile.mkdtemp(prefix="sluice-documents."))
    binaries = ROOT / ".build" / configuration
    shell = Shell(
        {name: os.environ[name] for name in ("HOME", "LANG", "USER", "http_proxy", "https_proxy") if name in os.environ} | {
            "PATH": f"{os.environ['PATH']}:{binaries}", "DATABASE_URL": url, "SALESFORCE_CLIENT_ID": SandboxOrg.CLIENT_ID,
            "SALESFORCE_CLIENT_SECRET": SandboxOrg.CLIENT_SECRET},
        directory)
    try:
        cluster.start_org()
        shell.environment["LOGIN_URL"] = cluster.org_url
        others = sorted(str(path.relative_to(ROOT)) for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
        if page(str(binaries / "sluice")) != PAGE.read_text(encoding="utf-8"):
            print(f"     docs/commands.md is older than the commands: python3 -m checks.commands_page {binaries}/sluice --write", flush=True)
        for name in FIRST + [name for name in others if name not in FIRST]:
            check(report, shell, name, url)
    except KeyboardInterrupt:
        return 130
    finally:
        shell.stop()
        cluster.stop()
        shutil.rmtree(directory, ignore_errors=True)
    return report.verdict()


if __name__ == "__main__":
    sys.exit(main())
