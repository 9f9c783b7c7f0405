"""aiosalesforce: REST, composite requests and Bulk 2.0 over asyncio, by client credentials at a My Domain host.

Each bulk job costs five seconds: so long it waits before it asks for the first time.
"""

import asyncio

from aiosalesforce import ClientCredentialsFlow, Salesforce
from aiosalesforce.exceptions import NotFoundError, SalesforceError
from httpx import AsyncClient

from checks.foreign.check import Check, start


async def use(check: Check) -> None:
    async with AsyncClient(timeout=60) as http:
        org = Salesforce(http, base_url="https://acme.my.salesforce.com", auth=ClientCredentialsFlow(check.client_id, check.client_secret))
        await rest(check, org)
        await composite(check, org)
        await bulk(check, org)


async def rest(check: Check, org: Salesforce) -> None:
    expected = check.witness.rows("Account", ["Name"])
    got = {row["Id"]: {"Id": row["Id"], "Name": row["Name"]} async for row in org.query("SELECT Id, Name FROM Account")}
    check.equal(got, expected, f"a query pages through {len(expected)} rows")
    key = await org.sobject.create("Contact", {"LastName": "Adams"})
    await org.sobject.update("Contact", key, {"LastName": "Baker"})
    check.equal((await org.sobject.get("Contact", key, fields=["LastName"]))["LastName"], "Baker", "create, update and get")
    first = await org.sobject.upsert("Project__c", "AIO-1", "External_Id__c", {"Name": "One"})
    second = await org.sobject.upsert("Project__c", "AIO-1", "External_Id__c", {"Name": "Two"})
    check.equal((first.created, second.created, first.id), (True, False, second.id), "upsert makes, then changes")
    await org.sobject.delete("Contact", key)
    try:
        await org.sobject.get("Contact", key)
        check.true(False, "a deleted record is not found")
    except (NotFoundError, SalesforceError) as error:
        check.equal(error.error_code, "ENTITY_IS_DELETED", "a deleted record is not found")
    all_rows = [row["Id"] async for row in org.query("SELECT Id FROM Contact WHERE IsDeleted = true", include_all_records=True)]
    check.equal(all_rows, [key], "but queryAll sees it")


async def composite(check: Check, org: Salesforce) -> None:
    before = check.witness.live("Account")
    async with org.composite(all_or_none=True) as request:
        account = request.sobject.create("Account", {"Name": "Composite"})
        contact = request.sobject.create("Contact", {"LastName": "Composite", "AccountId": str(account.reference.id)})
        query = request.query("SELECT Id FROM Account WHERE Name = 'Composite'")
    row = check.witness.row("Contact", contact.id, ["AccountId"])
    check.equal((row["AccountId"], len(query.records)), (account.id, 1), "a composite request refers to what it has made")
    async with org.composite(all_or_none=True) as request:
        fine = request.sobject.create("Account", {"Name": "Rolled back"})
        request.sobject.create("Contact", {"FirstName": "No last name"})
    check.equal((fine.is_success, check.witness.live("Account")), (False, before + 1), "one that fails is rolled back as a whole")
    async with org.composite.batch() as batch:
        found = batch.query("SELECT Id FROM Account LIMIT 3")
        made = batch.sobject.create("Account", {"Name": "Batch"})
    check.equal((len(found.records), check.witness.row("Account", made.id, ["Name"])["Name"]), (3, "Batch"), "a batch of two requests")


async def bulk(check: Check, org: Salesforce) -> None:
    before = check.witness.live("Lead")
    done = await org.bulk_v2.insert("Lead", [{"LastName": f"L{number}", "Company": "Bulk"} for number in range(700)] + [{"LastName": "None"}])
    counts = (len(done.successful_results), len(done.failed_results), len(done.unprocessed_records))
    check.equal((counts, check.witness.live("Lead")), ((700, 1, 0), before + 700), "bulk 2 inserts 700 of 701 rows")
    ids = [row["sf__Id"] for row in done.successful_results]
    await org.bulk_v2.update("Lead", [{"Id": key, "Company": "Changed"} for key in ids])
    changed = {key for key, row in check.witness.rows("Lead", ["Company"]).items() if row["Company"] == "Changed"}
    check.equal(changed, set(ids), "updates them")
    await org.bulk_v2.delete("Lead", [{"Id": key} for key in ids])
    check.equal(check.witness.live("Lead"), before, "and deletes them")


def everything(check: Check) -> None:
    asyncio.run(use(check))


if __name__ == "__main__":
    start().run(everything)
