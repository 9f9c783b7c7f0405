"""singer-io tap-salesforce: discovery and sync, by REST and by Bulk 1.0, with its own command line."""

import datetime
import json
import subprocess
import sys
from pathlib import Path

from checks.foreign.check import Check, start
from checks.foreign.sandbox import refresh_token

FIELDS = {
    "Account": ["Name", "Phone", "AnnualRevenue", "NumberOfEmployees", "SystemModstamp", "IsDeleted"],
    "Project__c": ["Name", "Budget__c", "Start__c", "Kickoff__c", "Billable__c", "Notes__c", "SystemModstamp", "IsDeleted"],
}


class Tap:
    """The tap's program with a configuration of its own."""

    def __init__(self, check: Check, api: str) -> None:
        self.directory = Path(check.directory) / api.lower()
        self.directory.mkdir(parents=True, exist_ok=True)
        self.config = self.directory / "config.json"
        login = {
            "client_id": check.client_id, "client_secret": check.client_secret, "username": check.username, "password": check.password}
        self.config.write_text(json.dumps({
            "client_id": check.client_id, "client_secret": check.client_secret, "refresh_token": refresh_token(check.url, login), "api_type": api,
            "start_date": "2000-01-01T00:00:00Z", "select_fields_by_default": "true"}), encoding="utf-8")
        self.catalog = self.directory / "catalog.json"

    def run(self, *arguments: str) -> str:
        program = Path(sys.executable).parent / "tap-salesforce"
        done = subprocess.run(
            [str(program), "--config", str(self.config), *arguments], capture_output=True, text=True, timeout=150, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"exit {done.returncode}")
        return done.stdout

    def discover(self, streams: list[str]) -> dict:
        catalog = json.loads(self.run("--discover"))
        for stream in catalog["streams"]:
            for entry in stream["metadata"]:
                if not entry["breadcrumb"]:
                    entry["metadata"]["selected"] = stream["stream"] in streams
                    entry["metadata"]["replication-key"] = (entry["metadata"].get("valid-replication-keys") or [None])[0]
                    entry["metadata"]["replication-method"] = "INCREMENTAL"
        self.catalog.write_text(json.dumps(catalog), encoding="utf-8")
        return {stream["stream"]: stream for stream in catalog["streams"]}

    def sync(self, state: dict | None = None) -> tuple[dict[str, list[dict]], dict]:
        arguments = ["--properties", str(self.catalog)]
        if state:
            path = self.directory / "state.json"
            path.write_text(json.dumps(state), encoding="utf-8")
            arguments += ["--state", str(path)]
        records: dict[str, list[dict]] = {}
        last = state or {}
        for line in self.run(*arguments).splitlines():
            message = json.loads(line)
            if message["type"] == "RECORD":
                records.setdefault(message["stream"], []).append(message["record"])
            elif message["type"] == "STATE":
                last = message["value"]
        return records, last


def plain(value: object, kind: str) -> object:
    """One form for what the tap sends and what the org exports."""
    if value is None or value == "":
        return None
    if kind == "number":
        return float(value)
    if kind == "boolean":
        return str(value).lower()
    if kind == "time":
        return datetime.datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    return str(value)


KINDS = {
    "AnnualRevenue": "number", "NumberOfEmployees": "number", "Budget__c": "number", "SystemModstamp": "time", "Kickoff__c": "time",
    "Start__c": "time", "IsDeleted": "boolean", "Billable__c": "boolean"}


def compare(check: Check, api: str, name: str, got: list[dict]) -> None:
    fields = FIELDS[name]

    def as_time(field: str, value: object) -> object:
        # The tap makes a date a time.
        return f"{value}T00:00:00Z" if field == "Start__c" and value and len(str(value)) == 10 else value

    def form(row: dict) -> dict:
        return {field: plain(as_time(field, row.get(field)), KINDS.get(field, "text")) for field in fields}

    expected = {key: form(row) for key, row in check.witness.rows(name, fields).items()}
    # The tap asks for the recycle bin as well.
    received = {row["Id"]: form(row) for row in got if plain(row["IsDeleted"], "boolean") == "false"}
    different = [key for key in expected if received.get(key) != expected[key]]
    check.equal(
        (len(received), different[:3]), (len(expected), []),
        f"{api}: {len(expected)} rows of {name}, {len(fields)} fields, are the org's"
        + (f" (first: {received.get(different[0])} for {expected[different[0]]})" if different else ""))


def by(api: str):
    def part(check: Check) -> None:
        tap = Tap(check, api)
        found = tap.discover(list(FIELDS))
        check.true(set(FIELDS) <= set(found), f"{api}: discovery finds the objects, {len(found)} in all")
        properties = found["Account"]["schema"]["properties"]
        check.equal(properties["AnnualRevenue"]["type"], ["null", "number"], f"{api}: a currency field is a number")
        records, state = tap.sync()
        for name in FIELDS:
            compare(check, api, name, records.get(name, []))
        check.true("SystemModstamp" in state["bookmarks"]["Account"], f"{api}: a bookmark is kept")
        changed = check.witness.mutate("Project__c", update={"count": 3, "field": "Name", "value": f"{api} %d"}, delete={"count": 2}, seed=len(api))
        records, _ = tap.sync(state)
        got = {row["Id"]: row for row in records.get("Project__c", [])}
        check.true(
            set(changed["updated"]) <= {key for key, row in got.items() if row["Name"].startswith(api)}, f"{api}: a second sync brings the changes")
        check.true(
            set(changed["deleted"]) <= {key for key, row in got.items() if plain(row["IsDeleted"], "boolean") == "true"},
            f"{api}: and the deleted, marked")
        check.true(len(got) < 20, f"{api}: and not everything again ({len(got)} rows)")

    part.__name__ = api
    return part


def chunked(check: Check) -> None:
    """A batch that runs into a time-out makes the tap try again by primary key chunks, which it would poll each minute."""
    tap = Tap(check, "BULK")
    tap.discover(["Account"])
    check.witness.expect({200}, "POST", "/sandbox/faults", {"failing_jobs": 1, "job_failure": "InvalidBatch : Failed to process query: QUERY_TIMEOUT"})
    records, _ = tap.sync()
    compare(check, "BULK by chunks", "Account", records.get("Account", []))
    requests = check.witness.stats()["requests"]
    check.true(requests["asyncCreate"] >= 4, "a second job was made for them")


def refused(check: Check) -> None:
    tap = Tap(check, "REST")
    config = json.loads(tap.config.read_text(encoding="utf-8"))
    tap.config.write_text(json.dumps(config | {"refresh_token": "wrong"}), encoding="utf-8")
    try:
        tap.run("--discover")
        check.true(False, "a refresh token that is no good is refused")
    except RuntimeError as error:
        check.true("expired access/refresh token" in str(error), "a refresh token that is no good is refused, in the org's words")


if __name__ == "__main__":
    start().run(by("REST"), by("BULK"), chunked, refused)
