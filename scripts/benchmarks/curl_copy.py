"""The limit of a load: curl of the same bulk result pages, piped into psql's \\copy into a table of the same shape with its primary key."""

import resource
import subprocess
import threading
import time
from dataclasses import dataclass

from checks.clients import SandboxOrg
from checks.cluster import SCHEMA, CommandFailed
from checks.database import Database

from .load_cluster import OBJECT, Org
from .machine import cpu_seconds, postmaster_pid, server_cpu_seconds

TABLE = f"{SCHEMA}.curl_copy"


@dataclass
class Copy:
    """What one copy took."""

    rows: int
    seconds: float
    # By who used them: beside other work, the two sides' CPU seconds tell more than their times.
    cpu: dict[str, float]

    @property
    def rate(self) -> float:
        return self.rows / self.seconds


def curl_copy(database: Database, org: Org, fields: list[str], pipes: int) -> Copy:
    """Makes a bulk query as a load does, and copies its pages by so many pipes at a time."""
    database.rows(f"""
        DROP TABLE IF EXISTS {TABLE};
        CREATE TABLE {TABLE} (LIKE {SCHEMA}.{OBJECT.lower()} INCLUDING DEFAULTS, PRIMARY KEY (id));
        CHECKPOINT;""")
    before = _cpu(database, org)
    started = time.monotonic()
    pages = result_pages(org.client, f"SELECT {', '.join(fields)} FROM {OBJECT}")
    failures: list[str] = []

    def drain() -> None:
        while pages and not failures:
            try:
                copy_page(database, org, pages.pop(0), fields)
            except (CommandFailed, IndexError) as error:
                if isinstance(error, CommandFailed):
                    failures.append(str(error))

    threads = [threading.Thread(target=drain) for _ in range(pipes)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.monotonic() - started
    if failures:
        raise CommandFailed(failures[0])
    after = _cpu(database, org)
    rows = database.number(f"SELECT count(*) FROM {TABLE}")
    database.rows(f"DROP TABLE {TABLE}")
    return Copy(rows, seconds, {name: after[name] - before[name] for name in after})


def _cpu(database: Database, org: Org) -> dict[str, float]:
    """CPU seconds so far; of curl and psql, those that have ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "org": cpu_seconds(org.process.pid), "Postgres": server_cpu_seconds(postmaster_pid(database)),
        "curl and psql": children.ru_utime + children.ru_stime}


def result_pages(client: SandboxOrg, soql: str) -> list[str]:
    """Runs a bulk query; returns the paths of its result pages."""
    jobs = "/services/data/v60.0/jobs/query"
    job = f"{jobs}/{client.expect({200}, 'POST', jobs, {'operation': 'query', 'query': soql}).json['id']}"
    while (state := client.expect({200}, "GET", job).json["state"]) != "JobComplete":
        if state in ("Failed", "Aborted"):
            raise CommandFailed(f"the bulk query ended as {state}")
        time.sleep(0.05)
    pages: list[str] = []
    path: str | None = f"{job}/resultPages"
    while path:
        answer = client.expect({200}, "GET", path).json
        pages += [page["resultUrl"] for page in answer["resultPages"]]
        path = answer.get("nextRecordsUrl")
    return pages


def copy_page(database: Database, org: Org, path: str, fields: list[str]) -> None:
    columns = ", ".join("sfid" if field == "Id" else field.lower() for field in fields)
    copy = f"\\copy {TABLE} ({columns}) FROM STDIN (FORMAT csv, HEADER true, FORCE_NULL ({columns}))"
    with subprocess.Popen(
            ["curl", "--silent", "--fail", "--header", f"Authorization: Bearer {org.client.token}", org.url + path],
            stdout=subprocess.PIPE) as curl:
        psql = subprocess.run(
            ["psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--command", copy, database.url], stdin=curl.stdout, capture_output=True,
            text=True, check=False)
    if curl.returncode or psql.returncode:
        raise CommandFailed(f"curl ended with {curl.returncode}, psql with {psql.returncode}: {psql.stderr.strip()}")
