"""The cluster comes up, and loads."""

import json
import time
import urllib.request

from .cluster import EMAIL, ROOT, ROWS, SCHEMA, Cluster
from .processes import children, is_alive
from .report import Report
from .signin import OneClick
from .waiting import wait_for


def up_under_honcho(cluster: Cluster, report: Report) -> None:
    """The whole Procfile under a real runner, scaled by its concurrency, ended by one SIGTERM."""
    cluster.start_honcho(workers=3)
    cluster.wait_until_up(workers=3)
    assert cluster.honcho is not None
    pids = children(cluster.honcho.pid)
    live = {role: len(cluster.live(role)) for role in ("scheduler", "worker")}
    report.check(
        live == {"scheduler": 1, "worker": 3} and len(pids) == 5,
        f"honcho runs the Procfile with worker=3: {len(pids)} processes, of which {live['scheduler']} scheduler and {live['worker']} workers live")
    started = time.monotonic()
    cluster.stop_honcho()
    left = [pid for pid in pids if is_alive(pid)]
    report.check(
        not left and not cluster.live("worker"),
        f"honcho ended by SIGTERM after {time.monotonic() - started:.1f} s: {len(left)} of {len(pids)} processes left running, "
        f"{len(cluster.live('worker'))} workers still announced")


def up(cluster: Cluster, report: Report) -> None:
    """The formation of the demo, under the checks' own runner."""
    cluster.formation.start_type("web", PORT=str(cluster.port))
    cluster.formation.start_type("scheduler")
    for number in (1, 2):
        cluster.formation.start_type("worker", number)
    cluster.wait_until_up(workers=2)
    rows = cluster.org.stats()["rows"]
    report.check(
        all(rows[name] == count for name, count in ROWS.items()) and len(cluster.live("scheduler")) == 1,
        f"1 scheduler, {len(cluster.live('worker'))} workers, API and sandbox org up; the org has "
        + " and ".join(f"{rows[name]:,} {name}s" for name in ROWS))
    one_click = OneClick(f"http://127.0.0.1:{cluster.port}", cluster.token)
    try:
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        with browser.open(one_click.url, timeout=30) as page:
            seen = page.read().decode()
        report.check(EMAIL in seen and page.url.startswith(f"http://127.0.0.1:{cluster.port}/"), f"one click signs in: {page.url} greets {EMAIL}")
    finally:
        one_click.stop()
    answer = cluster.api.request("GET", "/api/v3/connections", token="not-a-token")
    report.check(answer.status == 401 and bool(answer.body), f"a wrong token is answered {answer.status} with {len(answer.body)} bytes of body")


def imported(cluster: Cluster, report: Report) -> None:
    """A mapping file goes in through the API, and everything it names is loaded."""
    path = f"/api/v3/connections/{cluster.connection_id}/actions/import"
    refused = cluster.api.request("POST", path, {"version": 1})
    report.check(
        refused.status == 400 and b"mappings" in refused.body, f"a file without mappings is refused with {refused.status}: {message(refused.body)}")
    exported = json.loads((ROOT / "config/demo-mappings.json").read_text(encoding="utf-8"))
    answer = cluster.api.expect({200, 201, 202, 204}, "POST", path, exported)
    seconds = cluster.wait_until_synced(timeout=120)
    counts = {name: cluster.database.number(f'SELECT count(*) FROM {SCHEMA}.{name.lower()}') for name in ROWS}
    report.check(
        counts == ROWS,
        f"demo-mappings.json imported ({answer.status}); Account and Contact DATA_SYNCED after {seconds:.1f} s, "
        f"{sum(counts.values()):,} rows, {sum(counts.values()) / seconds:,.0f} rows/s")
    mapping = wait_for(
        "counts in the API", 15,
        lambda: found if (found := cluster.api.mapping(cluster.connection_id, "Account"))["counts"]["db"] == ROWS["Account"] else None)
    report.check(
        mapping["counts"]["sf"] == ROWS["Account"] and mapping["access"] == "read_write" and mapping["upsert_field"] == "External_Id__c",
        f"the API reports Account {mapping['state']}, {mapping['access']}, {mapping['counts']['db']:,} rows of {mapping['counts']['sf']:,}")


def content(cluster: Cluster, report: Report) -> None:
    """Row by row and column by column the org's."""
    for name in ROWS:
        cluster.compare_content(report, name, "after the load")


def message(body: bytes) -> str:
    """The message of an error's body."""
    try:
        return str(json.loads(body)["message"])
    except (ValueError, KeyError, TypeError):
        return repr(body[:120])
