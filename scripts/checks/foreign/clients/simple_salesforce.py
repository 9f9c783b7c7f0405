"""simple-salesforce: every login, queries, records, Bulk 1.0 and Bulk 2.0, through the proxy, since it knows https only."""

import csv
import datetime
import io
from pathlib import Path

from checks.foreign.check import Check, start
from simple_salesforce import Salesforce, SalesforceAuthenticationFailed, format_soql
from simple_salesforce.exceptions import (
    SalesforceError, SalesforceExpiredSession, SalesforceMalformedRequest, SalesforceResourceNotFound)

UTC = datetime.timezone.utc


def client(check: Check) -> Salesforce:
    return Salesforce(
        username=check.username, password=check.password, consumer_key=check.client_id, consumer_secret=check.client_secret, domain="login")


def logins(check: Check) -> None:
    """Password with security token, organization id, password with consumer key, JWT, client credentials, session id."""
    key = Path(check.key_file).read_text(encoding="utf-8")
    ways = {
        # The client appends the token to the password; the org has none, so the password is cut in two.
        "password and security token (SOAP)": {
            "username": check.username, "password": check.password[:-4], "security_token": check.password[-4:]},
        "password and no security token (SOAP)": {"username": check.username, "password": check.password, "security_token": ""},
        "password and organization id (SOAP)": {
            "username": check.username, "password": check.password, "organizationId": check.organization_id},
        "password at test.salesforce.com (SOAP)": {
            "username": check.username, "password": check.password, "security_token": "", "domain": "test"},
        "password and consumer key": {
            "username": check.username, "password": check.password, "consumer_key": check.client_id,
            "consumer_secret": check.client_secret},
        "JWT": {"username": check.username, "consumer_key": check.client_id, "privatekey": key},
        "JWT from a file": {"username": check.username, "consumer_key": check.client_id, "privatekey_file": check.key_file},
        "client credentials": {"consumer_key": check.client_id, "consumer_secret": check.client_secret, "domain": "acme.my"},
    }
    for name, arguments in ways.items():
        try:
            org = Salesforce(**arguments)
            check.equal(org.query("SELECT COUNT() FROM Account")["totalSize"], check.witness.live("Account"), f"login by {name}")
        except Exception as error:
            check.true(False, f"login by {name}: {type(error).__name__}: {error}")
    first = client(check)
    direct = Salesforce(instance_url=check.url, session_id=first.session_id)
    check.equal(direct.query("SELECT COUNT() FROM Account")["totalSize"], check.witness.live("Account"), "login by session id")
    wrong = {
        "a wrong password (SOAP)": ({"username": check.username, "password": "wrong", "security_token": ""}, "INVALID_LOGIN"),
        "a wrong security token (SOAP)": (
            {"username": check.username, "password": check.password, "security_token": "wrong"}, "INVALID_LOGIN"),
        "a wrong password": (
            {"username": check.username, "password": "wrong", "consumer_key": check.client_id, "consumer_secret": check.client_secret},
            "invalid_grant"),
        "a wrong user name by JWT": ({"username": "x@y.z", "consumer_key": check.client_id, "privatekey": key}, "invalid_grant"),
    }
    for name, (arguments, code) in wrong.items():
        try:
            Salesforce(**arguments)
            check.true(False, f"{name} is refused")
        except SalesforceAuthenticationFailed as error:
            check.equal(error.code, code, f"{name} is refused with {code}")


def queries(check: Check) -> None:
    org = client(check)
    fields = ["Id", "Name", "Phone", "Industry"]
    expected = check.witness.rows("Account", fields)
    result = org.query_all(f"SELECT {', '.join(fields)} FROM Account")
    got = {row["Id"]: {field: row[field] or "" for field in fields} for row in result["records"]}
    check.equal((result["totalSize"], result["done"], got), (len(expected), True, expected), f"query_all pages through {len(expected)} rows")
    check.equal({row["Id"] for row in org.query_all_iter("SELECT Id FROM Account")}, set(expected), "query_all_iter as well")
    page = org.query("SELECT Id FROM Account")
    check.equal((len(page["records"]), page["done"]), (2000, False), "a first page has 2000 rows")
    more = org.query_more(page["nextRecordsUrl"], True)
    check.equal((len(more["records"]), more["done"]), (len(expected) - 2000, True), "query_more finishes it")
    name = next(iter(expected.values()))["Name"]
    found = org.query(format_soql("SELECT Id FROM Account WHERE Name = {}", name))
    check.equal(
        {row["Id"] for row in found["records"]}, {key for key, row in expected.items() if row["Name"] == name}, "a value that was escaped is found")
    nested = org.query("SELECT Id, Account.Name, (SELECT Id FROM Cases) FROM Contact WHERE AccountId != null LIMIT 5")["records"]
    check.true(all(row["Account"]["Name"] for row in nested), "parents come nested")
    check.equal(org.api_usage["api-usage"].total, 1_000_000, "the api usage header is understood")
    describe = org.describe()
    check.true({"Account", "Contact", "User"} <= {item["name"] for item in describe["sobjects"]}, "global describe")
    check.equal(org.Account.describe()["name"], "Account", "describe")
    check.equal(org.Account.metadata()["objectDescribe"]["name"], "Account", "metadata")
    check.true("DailyApiRequests" in org.limits(), "limits")
    check.true(org.is_sandbox() in (True, False), "is_sandbox asks the Organization")
    for what, ask, kind in [
        ("a malformed query", lambda: org.query("SELECT FROM"), SalesforceMalformedRequest),
        ("an unknown field", lambda: org.query("SELECT Nope FROM Account"), SalesforceMalformedRequest),
        ("an unknown record", lambda: org.Account.get("001Sb0000000zzz"), SalesforceResourceNotFound),
        ("an unknown object", lambda: org.Nope__c.describe(), SalesforceResourceNotFound),
    ]:
        try:
            ask()
            check.true(False, f"{what} is refused")
        except SalesforceError as error:
            check.true(isinstance(error, kind), f"{what} raises {kind.__name__} ({type(error).__name__})")


def records(check: Check) -> None:
    org = client(check)
    made = org.Contact.create({"LastName": "Adams", "FirstName": "Zoë", "Email": "zoe@example.com"})
    check.equal((made["success"], made["errors"]), (True, []), "create")
    row = check.witness.row("Contact", made["id"], ["LastName", "FirstName", "Email"])
    check.equal((row["LastName"], row["FirstName"], row["Email"]), ("Adams", "Zoë", "zoe@example.com"), "with the values that were sent")
    check.equal(org.Contact.update(made["id"], {"LastName": "Baker", "Email": None}), 204, "update")
    row = check.witness.row("Contact", made["id"], ["LastName", "Email"])
    check.equal((row["LastName"], row["Email"]), ("Baker", ""), "changes and clears")
    check.equal(org.Contact.get(made["id"])["LastName"], "Baker", "get")
    before = check.witness.live("Project__c")
    check.equal(org.Project__c.upsert("External_Id__c/SS-1", {"Name": "Upserted"}), 201, "upsert makes")
    check.equal(org.Project__c.upsert("External_Id__c/SS-1", {"Name": "Again"}), 200, "upsert changes")
    check.equal(check.witness.live("Project__c"), before + 1, "one record in all")
    check.equal(org.Project__c.get_by_custom_id("External_Id__c", "SS-1")["Name"], "Again", "get_by_custom_id")
    start_date = datetime.datetime.now(UTC) - datetime.timedelta(minutes=10)
    end_date = datetime.datetime.now(UTC) + datetime.timedelta(minutes=2)
    check.true(made["id"] in org.Contact.updated(start_date, end_date)["ids"], "updated")
    check.equal(org.Contact.delete(made["id"]), 204, "delete")
    check.equal(check.witness.row("Contact", made["id"], []), None, "removes it")
    deleted = org.Contact.deleted(start_date, end_date)["deletedRecords"]
    check.true(made["id"] in [item["id"] for item in deleted], "deleted")
    check.true(made["id"] in [row["Id"] for row in org.query_all("SELECT Id FROM Contact WHERE IsDeleted = true", include_deleted=True)["records"]], "query_all with include_deleted")
    many = org.restful("composite/sobjects", method="POST", json={
        "allOrNone": False, "records": [{"attributes": {"type": "Account"}, "Name": f"C{number}"} for number in range(200)]})
    check.true(len(many) == 200 and all(item["success"] for item in many), "200 records by collections")
    try:
        org.Contact.create({"FirstName": "Only"})
        check.true(False, "a record without its required field is refused")
    except SalesforceMalformedRequest as error:
        check.equal(error.content[0]["errorCode"], "REQUIRED_FIELD_MISSING", "a record without its required field is refused")
    check.witness.expect({204}, "POST", "/sandbox/expire-sessions")
    again = Salesforce(instance_url=check.url, session_id=org.session_id)
    try:
        again.query("SELECT Id FROM Account LIMIT 1")
        check.true(False, "an ended session is refused")
    except SalesforceExpiredSession:
        check.true(True, "an ended session is refused")


def bulk2(check: Check) -> None:
    org = client(check)
    wait = 1
    before = check.witness.live("Lead")
    rows = [{"LastName": f'Bulk "{number}", two\nlines', "Company": "B2"} for number in range(2500)]
    done = org.bulk2.Lead.insert(records=rows, wait=wait)
    check.equal((done[0]["numberRecordsProcessed"], done[0]["numberRecordsFailed"]), (2500, 0), "bulk 2 inserts 2500 rows")
    check.equal(check.witness.live("Lead"), before + 2500, "and they are there")
    results = "".join(org.bulk2.Lead.query("SELECT Id, LastName, Company FROM Lead WHERE Company = 'B2'", max_records=1000))
    got = [row for row in csv.DictReader(io.StringIO(results)) if row["Id"] != "Id"]
    check.equal(sorted(row["LastName"] for row in got), sorted(row["LastName"] for row in rows), "bulk 2 queries them, page by page")
    changed = [{"Id": row["Id"], "Company": "Changed"} for row in got[:10]] + [{"Id": "00QSb0000000zzz", "Company": "x"}]
    done = org.bulk2.Lead.update(records=changed, wait=wait)
    check.equal((done[0]["numberRecordsProcessed"], done[0]["numberRecordsFailed"]), (11, 1), "bulk 2 updates, and says what failed")
    failed = org.bulk2.Lead.get_failed_records(done[0]["job_id"])
    check.true("sf__Error" in failed and "00QSb0000000zzz" in failed, "with the failed rows")
    check.equal(len(list(csv.reader(io.StringIO(org.bulk2.Lead.get_successful_records(done[0]["job_id"]))))), 11, "and the successful ones")
    done = org.bulk2.Project__c.upsert(
        records=[{"External_Id__c": f"B2-{number}", "Name": f"Project {number}"} for number in range(20)], external_id_field="External_Id__c", wait=wait)
    check.equal((done[0]["numberRecordsProcessed"], done[0]["numberRecordsFailed"]), (20, 0), "bulk 2 upserts")
    done = org.bulk2.Lead.delete(records=[{"Id": row["Id"]} for row in got], wait=wait)
    check.equal((done[0]["numberRecordsFailed"], check.witness.live("Lead")), (0, before), "bulk 2 deletes")
    everything = "".join(org.bulk2.Lead.query_all("SELECT Id FROM Lead WHERE IsDeleted = true"))
    check.equal(len([row for row in csv.reader(io.StringIO(everything)) if row != ["Id"]]), 2500, "bulk 2 query_all sees the deleted")


def bulk1(check: Check) -> None:
    """Jobs are complete when the client asks for the first time; it would wait for five seconds otherwise."""
    org = client(check)
    before = check.witness.live("Opportunity")
    rows = [{"Name": f"Bulk {number}", "StageName": "Prospecting", "CloseDate": "2027-01-31"} for number in range(300)]
    done = org.bulk.Opportunity.insert(rows, batch_size=100)
    check.equal([item["success"] for item in done], [True] * 300, "bulk 1 inserts 300 rows in three batches")
    check.equal(check.witness.live("Opportunity"), before + 300, "and they are there")
    ids = [item["id"] for item in done]
    found = {
        row["Id"]: row
        for row in org.bulk.Opportunity.query("SELECT Id, Name, CreatedDate, Account.Name FROM Opportunity WHERE StageName = 'Prospecting'")}
    check.true(set(ids) <= set(found), "bulk 1 queries")
    check.true(isinstance(found[ids[1]]["CreatedDate"], int), "with times in milliseconds")
    check.true(any((row["Account"] or {}).get("Name") for row in found.values()), "and parents nested")
    pages = org.bulk.Account.query("SELECT Id FROM Account", lazy_operation=True)
    check.equal(sum(len(page) for page in pages), check.witness.live("Account"), "a lazy query has every row")
    updated = org.bulk.Opportunity.update([{"Id": ids[0], "Name": "Changed"}, {"Id": "006Sb0000000zzz", "Name": "x"}])
    check.equal([item["success"] for item in updated], [True, False], "bulk 1 updates, and says what failed")
    check.true(bool(updated[1]["errors"]) and "statusCode" in updated[1]["errors"][0], "with the error")
    check.equal(check.witness.row("Opportunity", ids[0], ["Name"])["Name"], "Changed", "the update is there")
    projects = [{"External_Id__c": f"B1-{number}", "Name": f"Project {number}"} for number in range(3)]
    for created in (True, False):
        upserted = org.bulk.Project__c.upsert(projects, "External_Id__c", batch_size="auto")
        check.equal([(item["success"], item["created"]) for item in upserted], [(True, created)] * 3, f"bulk 1 upserts, created {created}")
    detailed = org.bulk.Opportunity.update([{"Id": ids[1], "Name": "Detailed"}], include_detailed_results=True)
    check.equal((detailed[0]["success"], detailed[0]["Name"]), (True, "Detailed"), "detailed results have the request's values")
    check.equal([item["success"] for item in org.bulk.Opportunity.delete([{"Id": key} for key in ids[200:]])], [True] * 100, "bulk 1 deletes")
    everything = list(org.bulk.Opportunity.query_all("SELECT Id FROM Opportunity WHERE IsDeleted = true"))
    check.equal({row["Id"] for row in everything}, set(ids[200:]), "query_all sees the deleted")
    check.equal([item["success"] for item in org.bulk.Opportunity.hard_delete([{"Id": ids[199]}])], [True], "bulk 1 deletes past the bin")
    check.equal(check.witness.live("Opportunity"), before + 199, "and no more than that")
    try:
        list(org.bulk.Opportunity.query("SELECT Nope FROM Opportunity"))
        check.true(False, "a query of an unknown field fails")
    except SalesforceError as error:
        check.true("No such column 'Nope'" in str(error), "a query of an unknown field fails, in the org's words")
    try:
        org.bulk.Nope__c.insert([{"Name": "x"}])
        check.true(False, "an unknown object is refused")
    except SalesforceMalformedRequest as error:
        check.equal(error.content["exceptionCode"], "InvalidEntity", "an unknown object is refused")


if __name__ == "__main__":
    start().run(logins, queries, bulk2, bulk1, records)
