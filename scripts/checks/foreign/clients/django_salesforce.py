"""django-salesforce: Salesforce as a Django database. It logs in by password and verifies the answer's signature."""

import datetime
import decimal

import django
from django.conf import settings

from checks.foreign.check import Check, start


def configure(check: Check) -> None:
    settings.configure(
        DATABASES={
            "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"},
            "salesforce": {
                "ENGINE": "salesforce.backend", "CONSUMER_KEY": check.client_id, "CONSUMER_SECRET": check.client_secret,
                "USER": check.username, "PASSWORD": check.password, "HOST": "https://login.salesforce.com"}},
        DATABASE_ROUTERS=["salesforce.router.ModelRouter"], INSTALLED_APPS=["salesforce"], USE_TZ=True, SALESFORCE_QUERY_TIMEOUT=(4, 30),
        DEFAULT_AUTO_FIELD="django.db.models.AutoField")
    django.setup()


check = start()
configure(check)

from django.db import connections  # noqa: E402 - models need the settings above
from django.db.models import Count, Q  # noqa: E402
from salesforce import models  # noqa: E402
from salesforce.dbapi.exceptions import SalesforceError  # noqa: E402


class User(models.Model):
    """A user."""

    Username = models.CharField(max_length=80)
    Email = models.CharField(max_length=100)

    class Meta:
        db_table = "User"
        app_label = "salesforce"


class Account(models.Model):
    """An account; most fields of the real object are left out, as applications do."""

    Name = models.CharField(max_length=255)
    Phone = models.CharField(max_length=255, null=True)
    Industry = models.CharField(max_length=100, null=True)
    AnnualRevenue = models.DecimalField(max_digits=18, decimal_places=0, null=True)
    Owner = models.ForeignKey(User, models.DO_NOTHING, default=models.DEFAULTED_ON_CREATE, db_column="OwnerId")
    LastModifiedDate = models.DateTimeField(sf_read_only=models.READ_ONLY)
    IsDeleted = models.BooleanField(default=False, sf_read_only=models.READ_ONLY)

    class Meta:
        db_table = "Account"
        app_label = "salesforce"


class Contact(models.Model):
    """A contact of an account."""

    LastName = models.CharField(max_length=80)
    FirstName = models.CharField(max_length=40, null=True)
    Name = models.CharField(max_length=121, sf_read_only=models.READ_ONLY)
    Email = models.EmailField(null=True)
    Account = models.ForeignKey(Account, models.DO_NOTHING, null=True, db_column="AccountId", related_name="contacts")

    class Meta:
        db_table = "Contact"
        app_label = "salesforce"


class Project(models.Model):
    """A custom object."""

    Name = models.CharField(max_length=80)
    External = models.CharField(db_column="External_Id__c", max_length=80, null=True)
    Account = models.ForeignKey(Account, models.DO_NOTHING, null=True, db_column="Account__c")
    Start = models.DateField(db_column="Start__c", null=True)
    Budget = models.DecimalField(db_column="Budget__c", max_digits=18, decimal_places=2, null=True)
    Billable = models.BooleanField(db_column="Billable__c", default=models.DEFAULTED_ON_CREATE)

    class Meta:
        db_table = "Project__c"
        app_label = "salesforce"


def reading(check: Check) -> None:
    expected = check.witness.rows("Account", ["Name", "Phone", "Industry"])
    got = {row.pk: {"Id": row.pk, "Name": row.Name, "Phone": row.Phone or "", "Industry": row.Industry or ""} for row in Account.objects.all()}
    check.equal(got, expected, f"all {len(expected)} accounts are read, page by page")
    check.equal(Account.objects.count(), len(expected), "count()")
    banking = {key for key, row in expected.items() if row["Industry"] == "Banking"}
    check.equal(set(Account.objects.filter(Industry="Banking").values_list("pk", flat=True)), banking, "filter()")
    names = {key for key, row in expected.items() if row["Name"].startswith("A") or row["Phone"] == ""}
    found = Account.objects.filter(Q(Name__startswith="A") | Q(Phone=None)).values_list("pk", flat=True)
    check.equal(set(found), names, "Q objects, LIKE and null")
    check.equal(set(Account.objects.exclude(Industry="Banking").values_list("pk", flat=True)), set(expected) - banking, "exclude()")
    ordered = list(Account.objects.order_by("Name", "pk").values_list("Name", flat=True)[:20])
    check.equal(ordered, sorted((row["Name"] for row in expected.values()), key=str.lower)[:20], "order_by() and a slice")
    some = list(expected)[:250]
    check.equal(set(Account.objects.filter(pk__in=some).values_list("pk", flat=True)), set(some), "pk__in")
    groups = {row["Industry"]: row["total"] for row in Account.objects.values("Industry").annotate(total=Count("pk")).order_by("Industry")}
    check.equal(groups.get("Banking"), len(banking), "annotate() groups")
    contact = Contact.objects.filter(Account__isnull=False).select_related("Account__Owner")[0]
    check.equal(contact.Account.Name, expected[contact.Account.pk]["Name"], "select_related() follows parents")
    check.true(bool(contact.Account.Owner.Username), "over two objects")
    check.equal(
        {item.pk for item in contact.Account.contacts.all()},
        {key for key, row in check.witness.rows("Contact", ["AccountId"]).items() if row["AccountId"] == contact.Account.pk}, "children")
    with connections["salesforce"].cursor() as cursor:
        cursor.execute("SELECT Id, Name FROM Account WHERE Industry = %s", ["Banking"])
        check.equal({row[0] for row in cursor.fetchall()}, banking, "raw SOQL with a parameter")


def writing(check: Check) -> None:
    account = Account(Name="Django's", AnnualRevenue=decimal.Decimal("1234567"))
    account.save()
    row = check.witness.row("Account", account.pk, ["Name", "AnnualRevenue", "OwnerId"])
    check.equal((row["Name"], float(row["AnnualRevenue"])), ("Django's", 1234567.0), "save() makes a record")
    check.true(row["OwnerId"].startswith("005"), "with its default owner")
    account.Name, account.Phone = "Renamed", "1"
    account.save(update_fields=["Name", "Phone"])
    row = check.witness.row("Account", account.pk, ["Name", "Phone"])
    check.equal((row["Name"], row["Phone"]), ("Renamed", "1"), "save() changes it")
    contact = Contact.objects.create(LastName="Adams", FirstName="Ann", Email="ann@example.com", Account=account)
    check.equal(Contact.objects.get(pk=contact.pk).Name, "Ann Adams", "a formula is read back")
    check.equal(account.contacts.count(), 1, "a related record is found")
    project = Project.objects.create(
        Name="Bridge", External="DJ-1", Account=account, Start=datetime.date(2027, 1, 31), Budget=decimal.Decimal("99.50"), Billable=True)
    back = Project.objects.get(External="DJ-1")
    check.equal(
        (back.pk, back.Start, back.Budget, back.Billable, back.Account.pk),
        (project.pk, datetime.date(2027, 1, 31), decimal.Decimal("99.50"), True, account.pk), "a date, a decimal, a flag and a reference come back")
    before = check.witness.live("Account")
    made = Account.objects.bulk_create([Account(Name=f"Bulk {number}") for number in range(150)])
    check.equal((len(made), check.witness.live("Account")), (150, before + 150), "bulk_create() makes 150 records")
    changed = Account.objects.filter(Name__startswith="Bulk ").update(Phone="555")
    rows = [row for row in check.witness.rows("Account", ["Name", "Phone"]).values() if row["Name"].startswith("Bulk ")]
    check.equal((changed, {row["Phone"] for row in rows}, len(rows)), (150, {"555"}, 150), "update() changes 150 records")
    Account.objects.filter(Name__startswith="Bulk ").delete()
    check.equal(check.witness.live("Account"), before, "delete() of a query deletes 150 records")
    key = contact.pk
    contact.delete()
    check.equal(check.witness.row("Contact", key, []), None, "delete() of one record")
    check.equal(list(Contact.objects.query_all().filter(pk=key).values_list("LastName", flat=True)), ["Adams"], "query_all() sees the deleted")
    try:
        Project.objects.create(Name="Twice", External="DJ-1")
        check.true(False, "a duplicate of a unique field is refused")
    except SalesforceError as error:
        check.true("DUPLICATE_VALUE" in str(error), "a duplicate of a unique field is refused")


def session(check: Check) -> None:
    check.witness.expect({204}, "POST", "/sandbox/expire-sessions")
    check.equal(Account.objects.count(), check.witness.live("Account"), "an ended session is renewed by itself")


if __name__ == "__main__":
    check.run(reading, writing, session)
