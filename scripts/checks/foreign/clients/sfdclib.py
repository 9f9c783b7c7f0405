"""sfdclib: login by the enterprise SOAP API, and Bulk 1.0 in CSV. It takes no address but one of salesforce.com."""

import csv
import io

from checks.foreign.check import Check, start
from sfdclib import SfdcBulkApi, SfdcSession


def bulk(check: Check) -> SfdcBulkApi:
    session = SfdcSession(username=check.username, password=check.password, api_version="59.0")
    session.login()
    check.true(session.is_connected(), "login by the enterprise API")
    return SfdcBulkApi(session)


def jobs(check: Check) -> None:
    org = bulk(check)
    fields = ["Id", "Name", "Phone", "AnnualRevenue"]
    expected = check.witness.rows("Account", fields)
    rows = csv.DictReader(io.StringIO(org.export("Account", f"SELECT {', '.join(fields)} FROM Account")))
    check.equal({row["Id"]: dict(row) for row in rows}, expected, f"{len(expected)} rows are exported")
    check.equal(org.export("Account", "SELECT Id FROM Account WHERE Name = 'nobody'"), "", "and none where there are none")
    before = check.witness.live("Project__c")
    done = org.upsert("Project__c", "External_Id__c,Name\r\nSF-1,Zoë\r\nSF-2,\r\n", "External_Id__c")
    check.equal((done["state"], done["processed"], done["failed"]), ("Completed", "2", "1"), "an upsert counts what failed")
    results = list(csv.DictReader(io.StringIO(done["results"])))
    check.equal([row["Success"] for row in results], ["true", "false"], "and says how each row ended")
    check.true("REQUIRED_FIELD_MISSING" in results[1]["Error"], "and why")
    key = results[0]["Id"]
    check.equal(org.update("Project__c", f"Id,Name\n{key},Changed\n")["failed"], "0", "an update")
    check.equal(check.witness.row("Project__c", key, ["Name"])["Name"], "Changed", "is there")
    check.equal(org.delete("Project__c", f"Id\n{key}\n")["failed"], "0", "a delete")
    check.equal(check.witness.live("Project__c"), before, "leaves what was before")


def refused(check: Check) -> None:
    for what, use, text in [
        ("a wrong password", lambda: SfdcSession(check.username, check.password, "wrong").login(), "INVALID_LOGIN"),
        ("an unknown field", lambda: bulk(check).export("Account", "SELECT Nope FROM Account"), "No such column 'Nope'"),
        ("an unknown object", lambda: bulk(check).export("Nope__c"), "InvalidEntity"),
    ]:
        try:
            use()
            check.true(False, f"{what} is refused")
        except Exception as error:  # pylint: disable=broad-except
            check.true(text in str(error), f"{what} is refused, in the org's words ({str(error)[:80]})")


if __name__ == "__main__":
    start().run(jobs, refused)
