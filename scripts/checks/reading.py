"""Changes made in the org arrive in Postgres."""

from .cluster import SCHEMA, Cluster
from .report import Report

UPDATED, INSERTED, DELETED = 500, 50, 20


def quoted(ids: list[str] | set[str]) -> str:
    """Salesforce ids as a list for IN."""
    return ", ".join(f"'{record_id}'" for record_id in ids) or "NULL"


def changes_in_the_org(cluster: Cluster, report: Report) -> None:
    """Others change, make and delete records; one poll brings all of it."""
    changed = cluster.org.mutate(
        "Account", seed=7,
        update={"count": UPDATED, "fields": {"Site": "changed in the org", "NumberOfEmployees": 4711}},
        insert={"count": INSERTED, "fields": {"Name": "Made in the org %d", "External_Id__c": "ORG-%d"}},
        delete={"count": DELETED})
    job = cluster.run_action("Account", "poll")
    table = f"{SCHEMA}.account"
    updated = cluster.database.number(
        f"SELECT count(*) FROM {table} WHERE sfid IN ({quoted(changed['updated'])}) AND site = 'changed in the org' AND numberofemployees = 4711")
    inserted = cluster.database.number(
        f"SELECT count(*) FROM {table} WHERE sfid IN ({quoted(changed['inserted'])}) AND name LIKE 'Made in the org %' AND _hc_lastop = 'SYNCED'")
    deleted = cluster.database.number(f"SELECT count(*) FROM {table} WHERE sfid IN ({quoted(changed['deleted'])})")
    report.check(
        (updated, inserted, deleted) == (UPDATED, INSERTED, 0),
        f"changed in the org, after one poll ({job['state']}: {job['outcome']}): {updated} of {UPDATED} updates and {inserted} of {INSERTED} "
        f"inserts in Postgres, {deleted} of {DELETED} deleted records left")
    cluster.compare_content(report, "Account", "after the poll")


def actions_as_jobs(cluster: Cluster, report: Report) -> None:
    """What the API was asked to do is a job that anybody can watch."""
    # The Accounts that were deleted took Contacts with them; those are gone from the table before its rows are compared with a reload's.
    cluster.run_action("Contact", "poll")
    before = cluster.database.rows(f"SELECT min(id), max(id), count(*) FROM {SCHEMA}.contact")[0]
    path = cluster.api.act(cluster.mapping_id("Contact"), "reload")
    job_id = int(path.rsplit("/", 1)[1])
    first = cluster.database.rows(f"SELECT kind, state, worker FROM sluice.all_jobs WHERE id = {job_id}")
    report.check(
        len(first) == 1 and first[0][1] in {"available", "running", "completed"},
        f"reload of Contact through the API is job {job_id}; psql sees it as {first[0][0]}, {first[0][1]}" if first
        else f"reload of Contact through the API is job {job_id}, which psql does not see")
    seen = cluster.api.job(path)["state"]
    job = cluster.wait_for_job(path)
    row = cluster.database.rows(f"SELECT state, outcome FROM sluice.all_jobs WHERE id = {job_id}")[0]
    report.check(
        job["state"] == "completed" and [job["state"], job["outcome"] or ""] == row,
        f"job {job_id}: {seen}, then {job['state']} by the API, {row[0]} by psql, both with the outcome: {row[1]}")
    cluster.wait_until_synced(timeout=30)
    after = cluster.database.rows(f"SELECT min(id), max(id), count(*) FROM {SCHEMA}.contact")[0]
    report.check(before == after, f"the reload kept the rows' ids: {before[0]} to {before[1]}, {before[2]} rows, and {after[0]} to {after[1]}, {after[2]} rows")
    poll = cluster.run_action("Contact", "poll")
    report.check(poll["state"] == "completed", f"poll of Contact through the API is job {poll['id']}: {poll['state']}, {poll['outcome']}")
