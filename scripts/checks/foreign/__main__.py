"""Other people's clients, unmodified, against real sandbox-org processes: python3 -m checks.foreign BIN_DIRECTORY [CLIENT…]"""

import concurrent.futures
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from ..processes import end_on_signals
from .environments import NotInstalled, environment, version
from .keys import jwt_keys
from .sandbox import OrgProcess

ROOT = Path(__file__).resolve().parents[3]
# The rows that most checks read; few enough to be compared one by one.
ROWS = ["--rows", "Account=2300", "--rows", "Contact=400", "--rows", "Opportunity=50", "--rows", "Lead=30", "--rows", "Project__c=60"]
# What a client needs of its org beside that.
MY_DOMAIN = ["--instance-url", "https://acme.my.salesforce.com"]
ARGUMENTS = {"django-salesforce": MY_DOMAIN, "aiosalesforce": MY_DOMAIN, "sfdclib": MY_DOMAIN}
TIMEOUT_SECONDS = 240
# Clients wait more than they work.
AT_A_TIME = 4


@dataclass
class Outcome:
    """How one client's check ended."""

    client: str
    text: str
    passed: bool
    seconds: float
    output: str = ""


def check(client: str, binaries: Path, directory: Path) -> Outcome:
    started = time.monotonic()
    try:
        home = environment(client, ROOT)
    except NotInstalled as error:
        return Outcome(client, f"could not be installed, nothing was checked: {error}", False, time.monotonic() - started)
    started = time.monotonic()
    directory.mkdir(parents=True, exist_ok=True)
    key, certificate = jwt_keys(directory)
    org = OrgProcess(binaries / "sandbox-org", directory, [*ROWS, "--certificate", str(certificate), *ARGUMENTS.get(client, [])])
    try:
        output, status = run(client, home, directory, org, key)
    finally:
        org.stop()
    (directory / "check.log").write_text(output, encoding="utf-8")
    lines = output.strip().splitlines()
    text = lines[-1] if lines else "no output"
    return Outcome(client, text, status == 0, time.monotonic() - started, output)


def run(client: str, home: Path, directory: Path, org: OrgProcess, key: Path) -> tuple[str, int]:
    summary = org.summary
    given = {
        "url": summary["instance_url"], "key_file": str(key),
        "database_url": os.environ.get("SLUICE_TEST_DATABASE_URL", ""), "directory": str(directory),
    } | {name: summary[name] for name in ("client_id", "client_secret", "username", "password", "organization_id")}
    variables = org.environment() | {
        "PYTHONPATH": str(ROOT / "scripts"), "PYTHONDONTWRITEBYTECODE": "1", "SLUICE_CLIENT_CHECK": json.dumps(given)}
    module = f"checks.foreign.clients.{client.replace('-', '_')}"
    with open(directory / "client.log", "wb") as log:
        process = subprocess.Popen(
            [str(home / "bin" / "python"), "-m", module], cwd=directory, env=variables, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=log, text=True, start_new_session=True)
        try:
            output, _ = process.communicate(timeout=TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            output, _ = process.communicate()
            output += f"\nFAIL not done within {TIMEOUT_SECONDS} s"
    return output, process.returncode


def main(arguments: list[str]) -> int:
    end_on_signals()
    binaries = Path(arguments[0])
    known = sorted(path.stem for path in (Path(__file__).parent / "requirements").glob("*.txt"))
    clients = arguments[1:] or known
    for client in clients:
        if client not in known:
            print(f"{client}: no such client; there are {', '.join(known)}", file=sys.stderr)
            return 64
    directory = ROOT / ".sluice" / "client-checks"
    started = time.monotonic()
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(AT_A_TIME) as pool:
        runs = [pool.submit(check, client, binaries, directory / client) for client in clients]
        for future in concurrent.futures.as_completed(runs):
            outcome = future.result()
            failed += not outcome.passed
            for line in outcome.output.splitlines():
                if line.startswith("FAIL") and line != outcome.text:
                    print(f"     {outcome.client}: {line}", flush=True)
            mark = "ok  " if outcome.passed else "FAIL"
            text = outcome.text.removeprefix("ok   ").removeprefix("FAIL ")
            print(f"{mark} {outcome.client} {version(outcome.client)}: {text} ({outcome.seconds:.0f} s)", flush=True)
    seconds = time.monotonic() - started
    if failed:
        print(f"FAIL {failed} of {len(clients)} clients, in {seconds:.0f} s; logs in {directory}", flush=True)
        return 1
    print(f"ok   all {len(clients)} clients of other people work unmodified, in {seconds:.0f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
