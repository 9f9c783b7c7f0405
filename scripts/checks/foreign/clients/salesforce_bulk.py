"""salesforce-bulk: SOAP login and Bulk 1.0 in CSV, JSON and XML, with PK chunking."""

import csv
import io
import json

from checks.foreign.check import Check, start
from salesforce_bulk import BulkApiError, CsvDictsAdapter, SalesforceBulk
from salesforce_bulk.util import IteratorBytesIO

SECONDS = 30


def client(check: Check) -> SalesforceBulk:
    return SalesforceBulk(username=check.username, password=check.password, security_token="")


def results(bulk: SalesforceBulk, batch: str, job: str) -> bytes:
    return b"".join(IteratorBytesIO(result).read() for result in bulk.get_all_results_for_query_batch(batch, job))


def queries(check: Check) -> None:
    bulk = client(check)
    expected = {key: row["Name"] for key, row in check.witness.rows("Account", ["Name"]).items()}
    for kind in ("CSV", "JSON", "XML"):
        job = bulk.create_query_job("Account", contentType=kind)
        batch = bulk.query(job, "SELECT Id, Name FROM Account")
        bulk.close_job(job)
        bulk.wait_for_batch(job, batch, timeout=SECONDS, sleep_interval=1)
        data = results(bulk, batch, job)
        if kind == "CSV":
            got = {row["Id"]: row["Name"] for row in csv.DictReader(io.StringIO(data.decode()))}
        elif kind == "JSON":
            got = {row["Id"]: row["Name"] for row in json.loads(data)}
        else:
            # The id comes twice, as in every partner document.
            parts = data.decode().split("<records")[1:]
            got = {part.split("<Id>")[1].split("</Id>")[0]: part.split("<Name>")[1].split("</Name>")[0].replace("&amp;", "&") for part in parts}
        check.equal(got, expected, f"{len(expected)} rows by a query in {kind}")
    job = bulk.create_query_job("Account", contentType="CSV", pk_chunking=500)
    bulk.query(job, "SELECT Id FROM Account")
    bulk.close_job(job)
    batches = bulk.get_batch_list(job)
    check.equal([batch["state"] for batch in batches].count("NotProcessed"), 1, f"PK chunking makes of one batch {len(batches) - 1}")
    ids: list[str] = []
    for batch in batches:
        if batch["state"] != "NotProcessed":
            bulk.wait_for_batch(job, batch["id"], timeout=SECONDS, sleep_interval=1)
            ids += [row["Id"] for row in csv.DictReader(io.StringIO(results(bulk, batch["id"], job).decode()))]
    check.equal(sorted(ids), sorted(expected), "which have every row once")


def ingest(check: Check) -> None:
    bulk = client(check)
    before = check.witness.live("Lead")
    job = bulk.create_insert_job("Lead", contentType="CSV")
    rows = [{"LastName": f'Zoë, "{number}"', "Company": "CSV"} for number in range(250)] + [{"LastName": "", "Company": "none"}]
    batch = bulk.post_batch(job, CsvDictsAdapter(iter(rows)))
    bulk.wait_for_batch(job, batch, timeout=SECONDS, sleep_interval=1)
    done = bulk.get_batch_results(batch, job)
    bulk.close_job(job)
    check.equal([item.success for item in done], ["true"] * 250 + ["false"], "an insert in CSV says how each row ended, in their order")
    check.true("REQUIRED_FIELD_MISSING" in done[-1].error, "and why one failed")
    status = bulk.job_status(job)
    check.equal((status["numberRecordsProcessed"], status["numberRecordsFailed"]), ("251", "1"), "and so does the job")
    names = {row["LastName"] for row in check.witness.rows("Lead", ["LastName", "Company"]).values() if row["Company"] == "CSV"}
    check.equal((check.witness.live("Lead"), names), (before + 250, {row["LastName"] for row in rows[:250]}), "the rows are there")
    job = bulk.create_delete_job("Lead", contentType="CSV")
    batch = bulk.post_batch(job, CsvDictsAdapter(iter({"Id": item.id} for item in done[:250])))
    bulk.wait_for_batch(job, batch, timeout=SECONDS, sleep_interval=1)
    bulk.close_job(job)
    check.equal(check.witness.live("Lead"), before, "a delete removes them")


def refused(check: Check) -> None:
    bulk = client(check)
    try:
        bulk.create_query_job("Nope__c", contentType="CSV")
        check.true(False, "an unknown object is refused")
    except BulkApiError as error:
        check.true("InvalidEntity" in str(error) or "INVALID" in str(error).upper(), "an unknown object is refused")
    job = bulk.create_query_job("Account", contentType="CSV")
    batch = bulk.query(job, "SELECT Nope FROM Account")
    try:
        bulk.wait_for_batch(job, batch, timeout=SECONDS, sleep_interval=1)
        check.true(False, "a query of an unknown field fails")
    except BulkApiError as error:
        check.true("InvalidBatch" in str(error) or "No such column" in str(error), "a query of an unknown field fails")


if __name__ == "__main__":
    start().run(queries, ingest, refused)
