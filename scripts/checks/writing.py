"""Changes made in Postgres by plain SQL arrive in the org."""

import time

from .cluster import SCHEMA, Cluster
from .reading import DELETED, INSERTED, UPDATED, quoted
from .report import Report
from .waiting import wait_for

TABLE = f"{SCHEMA}.account"
LOG = f"(SELECT * FROM {SCHEMA}._trigger_log UNION ALL SELECT * FROM {SCHEMA}._trigger_log_archive) AS log"
REJECTED = "Account names must not contain INVALID"


def statuses(cluster: Cluster, where: str) -> dict[str, int]:
    """How many rows have each `_hc_lastop`."""
    return cluster.database.counts(f"SELECT coalesce(_hc_lastop, 'NULL'), count(*) FROM {TABLE} WHERE {where} GROUP BY 1")


def is_written(cluster: Cluster) -> bool:
    """Whether no captured change waits."""
    return cluster.database.number(f"SELECT count(*) FROM {SCHEMA}._trigger_log WHERE state IN ('NEW', 'PENDING')") == 0


def changes_in_postgres(cluster: Cluster, report: Report) -> None:
    """One session updates, inserts and deletes; the org follows, and the rows say how far they are."""
    mine = "site IN ('changed in Postgres', 'made in Postgres')"
    logged_before = cluster.database.number(f"SELECT count(*) FROM {LOG}")
    started = time.monotonic()
    rows = cluster.database.rows(f"""
        BEGIN;
        UPDATE {TABLE} SET site = 'changed in Postgres', annualrevenue = 815, description = E'tab\\t, quote " and ''line''\\nbreak, Zürich 東京'
        WHERE sfid IN (SELECT sfid FROM {TABLE} WHERE sfid IS NOT NULL ORDER BY sfid LIMIT {UPDATED} OFFSET 1000);
        INSERT INTO {TABLE} (name, site, external_id__c, industry, active__c, score__c, customer_since__c)
        SELECT 'Made in Postgres ' || n, 'made in Postgres', 'PG-' || n, 'Energy', true, n / 8.0, DATE '2024-02-29'
        FROM generate_series(1, {INSERTED}) AS n;
        DELETE FROM {TABLE} WHERE sfid IN (SELECT sfid FROM {TABLE} WHERE sfid IS NOT NULL ORDER BY sfid LIMIT {DELETED} OFFSET 5000) RETURNING sfid;
        SELECT _hc_lastop, count(*) FROM {TABLE} WHERE {mine} GROUP BY 1;
        COMMIT;""")
    deleted = [row[0] for row in rows if len(row) == 1]
    captured = {row[0]: int(row[1]) for row in rows if len(row) == 2}
    seen = [set(captured)]

    def is_done() -> bool:
        now = set(statuses(cluster, mine))
        if now != seen[-1]:
            seen.append(now)
        return "PENDING" not in now and is_written(cluster)

    wait_for("every change written", 60, is_done, 0.05)
    seconds = time.monotonic() - started
    written = statuses(cluster, mine)
    log = cluster.database.counts(f"SELECT state, count(*) FROM {LOG} WHERE id IN (SELECT id FROM {LOG} ORDER BY id DESC LIMIT {UPDATED + INSERTED + DELETED}) GROUP BY 1")
    in_org = (
        cluster.org.count("Site = 'changed in Postgres'"), cluster.org.count("Site = 'made in Postgres'"),
        cluster.org.count(f"Id IN ({quoted(deleted)})"))
    report.check(
        in_org == (UPDATED, INSERTED, 0) and len(deleted) == DELETED,
        f"changed in Postgres by plain SQL, after {seconds:.1f} s in the org: {in_org[0]} of {UPDATED} updates, {in_org[1]} of {INSERTED} inserts, "
        f"{in_org[2]} of {len(deleted)} deleted records left; trigger log {log}")
    made = {row[0] for row in cluster.database.rows(f"SELECT sfid FROM {TABLE} WHERE site = 'made in Postgres'")}
    report.check(
        made == cluster.org.ids("Site = 'made in Postgres'") and len(made) == INSERTED,
        f"every inserted row has its sfid: {len(made)} in Postgres, the same {INSERTED} in the org")
    logged = cluster.database.number(f"SELECT count(*) FROM {LOG}")
    writes = cluster.org.writes("Account")
    cluster.run_action("Account", "poll")
    wait_for("writes seen by a poll", 20, lambda: statuses(cluster, mine) == {"SYNCED": UPDATED + INSERTED})
    order = [" and ".join(sorted(step)) for step in seen] + [" and ".join(sorted(statuses(cluster, mine)))]
    report.check(
        captured == {"PENDING": UPDATED + INSERTED} and written == {"UPDATED": UPDATED, "INSERTED": INSERTED},
        f"_hc_lastop went {' -> '.join(order)}: {captured.get('PENDING', 0)} PENDING when they were made, {written.get('UPDATED', 0)} UPDATED and "
        f"{written.get('INSERTED', 0)} INSERTED when written, {UPDATED + INSERTED} SYNCED after a poll")
    cluster.compare_content(report, "Account", "after writing and a poll")
    # A second poll sees what the first overlapped with, and what an echo would have caused.
    cluster.run_action("Account", "poll")
    report.check(
        is_written(cluster) and cluster.org.writes("Account") == writes and cluster.database.number(f"SELECT count(*) FROM {LOG}") == logged,
        f"nothing written came back as a change: trigger log {logged - logged_before} rows for {UPDATED + INSERTED + DELETED} changes, before and "
        "after two polls; the org counted no further write")


def rejected(cluster: Cluster, report: Report) -> None:
    """What Salesforce refuses says so in the row and in the log, and stops nobody else."""
    keys = [row[0] for row in cluster.database.rows(f"SELECT sfid FROM {TABLE} WHERE sfid IS NOT NULL ORDER BY sfid LIMIT 3 OFFSET 2000")]
    names = dict(cluster.database.rows(f"SELECT sfid, name FROM {TABLE} WHERE sfid IN ({quoted(keys)})"))
    cluster.database.rows(f"""
        BEGIN;
        UPDATE {TABLE} SET name = 'Neighbour 1' WHERE sfid = '{keys[0]}';
        UPDATE {TABLE} SET name = 'An INVALID name' WHERE sfid = '{keys[1]}';
        UPDATE {TABLE} SET name = 'Neighbour 2' WHERE sfid = '{keys[2]}';
        COMMIT;""")
    wait_for("the rejected change written or failed", 30, lambda: is_written(cluster))
    rows = {sfid: (lastop, err) for sfid, lastop, err in cluster.database.rows(
        f"SELECT sfid, _hc_lastop, coalesce(_hc_err, '') FROM {TABLE} WHERE sfid IN ({quoted(keys)})")}
    logged = cluster.database.rows(
        f"SELECT state, coalesce(sf_message, '') FROM {LOG} WHERE sfid = '{keys[1]}' ORDER BY id DESC LIMIT 1")[0]
    report.check(
        rows[keys[1]][0] == "FAILED" and REJECTED in rows[keys[1]][1] and logged[0] == "FAILED" and REJECTED in logged[1],
        f"a row that Salesforce rejects: _hc_lastop {rows[keys[1]][0]}, _hc_err {rows[keys[1]][1]}; _trigger_log {logged[0]}, {logged[1]}")
    in_org = cluster.org.count(f"Id IN ({quoted([keys[0], keys[2]])}) AND Name LIKE 'Neighbour %'")
    report.check(
        in_org == 2 and {rows[keys[0]][0], rows[keys[2]][0]} == {"UPDATED"},
        f"its neighbours succeeded: {in_org} of 2 in the org, _hc_lastop {rows[keys[0]][0]} and {rows[keys[2]][0]}")
    text = names[keys[1]].replace("'", "''")
    cluster.database.rows(f"UPDATE {TABLE} SET name = '{text}' WHERE sfid = '{keys[1]}'")
    wait_for("the repaired row written", 30, lambda: statuses(cluster, f"sfid = '{keys[1]}'") == {"UPDATED": 1})
    error = cluster.database.value(f"SELECT coalesce(_hc_err, 'NULL') FROM {TABLE} WHERE sfid = '{keys[1]}'")
    report.check(error == "NULL", f"the row, given a name that is allowed, is written: _hc_lastop UPDATED, _hc_err {error}")
