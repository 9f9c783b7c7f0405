"""The dashboard behind much: a connection with 100 mappings, 1,000,000 lines of log and 1,000,000 captured changes; how long until a page's first byte."""

import http.client
import time
from typing import Any

from checks.cluster import SCHEMA, CommandFailed
from checks.database import Database
from checks.signin import session_cookie

from .entry import Run
from .load_cluster import LoadCluster, Org
from .results import percentile, say

# What the issue asks for.
FIRST_BYTE_MS = 50.0
# So many of each page, one after another; those before warm the process's sessions and statements.
ASKED, WARM = 200, 5
FIELDS = ["Id", "Name", "SystemModstamp", "IsDeleted", "CreatedDate", "Amount__c", "Note__c", "Due__c"]

# Over the month that is kept; one line of log in a hundred tells of trouble, and one change in ten thousand failed.
HISTORY = """
CREATE TEMP TABLE mapped AS SELECT row_number() OVER (ORDER BY internal_id) - 1 AS place, id, connection_id, table_name FROM sluice.mappings;
INSERT INTO sluice.events (at, level, type, connection_id, mapping_id, message)
SELECT sluice.clock() - interval '30 days' * (1 - n::float8 / {lines}), CASE n % 100 WHEN 0 THEN 'warning' WHEN 1 THEN 'error' ELSE 'info' END,
       CASE n % 2 WHEN 0 THEN 'read' ELSE 'write' END, m.connection_id, m.id, 'Polling found ' || n || ' changed rows'
FROM generate_series(1, {lines}) AS n JOIN mapped m ON m.place = n % {mappings} ORDER BY n;
INSERT INTO {schema}._trigger_log (txid, created_at, updated_at, processed_at, processed_tx, state, action, table_name, record_id, sfid, "values", sf_message)
SELECT n, at, at, at, n, CASE WHEN n % 10000 = 0 THEN 'FAILED' ELSE 'SUCCESS' END, 'UPDATE', m.table_name, n % 10 + 1, lpad(n::text, 18, '0'),
       '"name"=>"changed"', CASE WHEN n % 10000 = 0 THEN 'REQUIRED_FIELD_MISSING: Required fields are missing: [Name]' END
FROM (SELECT n, clock_timestamp() - interval '1 day' * (1 - n::float8 / {lines}) AS at FROM generate_series(1, {lines}) AS n) AS c
JOIN mapped m ON m.place = c.n % {mappings} ORDER BY c.n;
INSERT INTO sluice.activity (mapping_id, direction, bucket, rows, errors, is_hour)
SELECT m.id, d, date_trunc('hour', sluice.clock()) - h * interval '1 hour', 100 + h, h % 7 / 6, true
FROM mapped m, unnest(ARRAY['sf_to_db', 'db_to_sf']) AS d, generate_series(3, 720) AS h;
VACUUM ANALYZE;
"""


class PageCluster(LoadCluster):
    """A cluster whose objects are the benchmark's own, so many as are asked for."""

    def __init__(self, run: Run, org: Org, mappings: int) -> None:
        super().__init__(run.server, "bench_pages", run.configuration, org)
        names = [f"Paged_{number}__c" for number in range(1, mappings + 1)]
        org.client.expect({200}, "POST", "/sandbox/schema", [{"change": "add_object", "object": custom_object(name)} for name in names])
        self.mappings = [
            {"object_name": name, "config": {"access": "read_write", "sf_polling_seconds": 3600, "fields": {field: {} for field in FIELDS}}}
            for name in names]

    def fill(self, lines: int) -> None:
        """Ends those who work, and writes what they would have told in a month."""
        self.formation.stop(*[name for name in self.formation.processes if not name.startswith("web")])
        self.database.rows("SET client_min_messages = warning;" + HISTORY.format(lines=lines, mappings=len(self.mappings), schema=SCHEMA))


def custom_object(name: str) -> dict[str, Any]:
    return {
        "name": name, "label": name, "rows": 10,
        "fields": [
            {"name": "Name", "type": "string", "label": "Name", "length": 80, "nillable": False, "nameField": True},
            {"name": "Amount__c", "type": "currency", "label": "Amount", "precision": 18, "scale": 2, "generate": {"kind": "number", "min": 1, "max": 90000}},
            {"name": "Note__c", "type": "string", "label": "Note", "length": 100},
            {"name": "Due__c", "type": "date", "label": "Due", "generate": {"kind": "date", "min": 18993, "max": 20454}},
        ]}


def pages(run: Run) -> None:
    """Every page of a connection, one after another, as one viewer opens them."""
    mappings, lines = run.options.page_mappings, run.options.page_lines
    with Org(run.binaries, 0, 50_000) as org:
        cluster = PageCluster(run, org, mappings)
        try:
            cluster.start(2)
            cluster.import_mappings(600)
            cluster.fill(lines)
            say(f"  {mappings} mappings, {lines:,} lines of log and as many captured changes of one connection; {ASKED} times each:")
            cookie = session_cookie(cluster.api.base, cluster.token).partition(";")[0]
            for name, path in addresses(cluster.database, cluster.connection_id).items():
                times, size = first_bytes(cluster.port, cookie, path)
                run.results.add(f"page_{name}_p99_ms", percentile(times, 0.99), "ms", bar=FIRST_BYTE_MS)
                say(f"      {size:,} bytes, p50 {percentile(times, 0.5):.1f} ms, longest {max(times):.1f} ms")
        finally:
            cluster.end()


def addresses(database: Database, connection: str) -> dict[str, str]:
    mapping, name = database.rows("SELECT id, object_name FROM sluice.mappings ORDER BY internal_id LIMIT 1")[0]
    middle = database.value("SELECT max(id) / 2 FROM sluice.events")
    base = f"/connections/{connection}"
    return {
        "connections": "/", "overview": base, "mappings": f"{base}/mappings", "explorer": f"{base}/explorer?mapping={name}", "logs": f"{base}/logs",
        "logs_errors": f"{base}/logs?level=error", "logs_older": f"{base}/logs?before={middle}", "jobs": f"{base}/jobs", "settings": f"{base}/settings",
        "mapping": f"/mappings/{mapping}"}


def first_bytes(port: int, cookie: str, path: str) -> tuple[list[float], int]:
    """Milliseconds from sending a request until the answer's head has come, over one kept connection; and the answer's size."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    times: list[float] = []
    size = 0
    try:
        for _ in range(WARM + ASKED):
            started = time.monotonic()
            connection.request("GET", path, headers={"Cookie": cookie, "Accept": "text/html"})
            answer = connection.getresponse()
            times.append((time.monotonic() - started) * 1000)
            size = len(answer.read())
            if answer.status != 200:
                raise CommandFailed(f"GET {path}: {answer.status}, expected 200")
    finally:
        connection.close()
    return times[WARM:], size
