"""ingestr: SOAP login and Bulk 1.0 in JSON, loaded into Postgres with its own command line."""

import os
import subprocess
import sys
import urllib.parse
from pathlib import Path

from checks.foreign.check import Check, start

FIELDS = {"Account": ["Name", "Phone", "AnnualRevenue", "Industry"], "Contact": ["LastName", "Email", "AccountId"]}


def database(check: Check) -> str:
    """A database of this check's own."""
    name = f"ingestr_{os.getpid()}"
    psql(check.database_url, f"CREATE DATABASE {name}")
    parts = urllib.parse.urlsplit(check.database_url)
    return urllib.parse.urlunsplit(parts._replace(path=f"/{name}"))


def psql(url: str, sql: str) -> list[list[str]]:
    done = subprocess.run(
        ["psql", url, "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--field-separator", "\t", "--command", sql],
        capture_output=True, text=True, timeout=60, check=True)
    return [line.split("\t") for line in done.stdout.splitlines() if line]


def ingest(source: str, target: str, table: str) -> subprocess.CompletedProcess:
    program = Path(sys.executable).parent / "ingestr"
    return subprocess.run(
        [str(program), "ingest", "--source-uri", source, "--source-table", table, "--dest-uri", target, "--dest-table", f"public.{table}",
         "--yes", "--progress", "log"], capture_output=True, text=True, timeout=150, check=False)


def loading(check: Check) -> None:
    target = database(check)
    try:
        source = "salesforce://?" + urllib.parse.urlencode(
            {"username": check.username, "password": check.password[:-4], "token": check.password[-4:], "domain": check.url})
        for name, fields in FIELDS.items():
            table = name.lower()
            done = ingest(source, target, table)
            if not check.true(done.returncode == 0, f"{name} is loaded" + ("" if done.returncode == 0 else f": {(done.stderr or done.stdout)[-400:]}")):
                continue
            expected = check.witness.rows(name, fields)
            columns = [row[0] for row in psql(target, f"SELECT column_name FROM information_schema.columns WHERE table_name = '{table}'")]
            by_key = {column.replace("_", "").lower(): column for column in columns}
            selected = ", ".join(f"coalesce({by_key[field.lower()]}::text, '')" for field in ["Id", *fields])
            got = {row[0]: row[1:] for row in psql(target, f"SELECT {selected} FROM public.{table}")}
            wanted = {key: [number(row[field]) for field in fields] for key, row in expected.items()}
            found = {key: [number(value) for value in row] for key, row in got.items()}
            check.equal(found, wanted, f"{len(expected)} rows of {name}, {len(fields)} fields, are the org's")
    finally:
        psql(check.database_url, f"DROP DATABASE IF EXISTS {urllib.parse.urlsplit(target).path[1:]} WITH (FORCE)")


def number(text: str) -> str:
    try:
        return f"{float(text):.6g}"
    except ValueError:
        return text


def refused(check: Check) -> None:
    source = "salesforce://?" + urllib.parse.urlencode(
        {"username": check.username, "password": "wrong", "token": "word", "domain": check.url})
    done = ingest(source, check.database_url, "account")
    check.true(done.returncode != 0 and "INVALID_LOGIN" in done.stdout + done.stderr, "a wrong password is refused, in the org's words")


if __name__ == "__main__":
    start().run(loading, refused)
