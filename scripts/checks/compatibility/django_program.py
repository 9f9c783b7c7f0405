"""What an application with django-heroku-connect does, run by its own Python: python -m checks.compatibility.django_program, the surroundings in CONTRACT."""

import json
import os
import sys
import time
import uuid
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

import django
from django.conf import settings

Value = TypeVar("Value")
GIVEN: dict[str, str] = json.loads(os.environ["CONTRACT"])
FAILURES: list[str] = []


def check(passed: object, text: str) -> None:
    print(f"{'ok  ' if passed else 'FAIL'} {text}", flush=True)
    if not passed:
        FAILURES.append(text)


def eventually(what: str, condition: Callable[[], Value], seconds: float = 60) -> Value:
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {seconds:g} s")
        time.sleep(0.2)
    return value


def configure() -> None:
    url = urlsplit(GIVEN["database_url"])
    settings.configure(
        HEROKU_CONNECT_SCHEMA=GIVEN["schema"], HEROKU_CONNECT_API_ENDPOINT=GIVEN["endpoint"], HEROKU_AUTH_TOKEN=GIVEN["token"],
        HEROKU_CONNECT_APP_NAME=GIVEN["app"], USE_TZ=True, SECRET_KEY="contract", DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        DATABASES={"default": {
            "ENGINE": "heroku_connect.db.backends.postgresql", "NAME": url.path[1:], "HOST": url.hostname, "PORT": url.port,
            "USER": url.username, "PASSWORD": url.password or ""}},
        DATABASE_ROUTERS=["heroku_connect.db.router.HerokuConnectRouter"], INSTALLED_APPS=["health_check", "heroku_connect"])
    django.setup()


def models() -> tuple[Any, Any]:
    from heroku_connect.db import models as connect

    class Account(connect.HerokuConnectModel):
        sf_object_name = "Account"
        sf_access = connect.READ_WRITE
        name = connect.Text(sf_field_name="Name", max_length=255)
        key = connect.ExternalID(sf_field_name="External_Id__c", upsert=True, max_length=80)

        class Meta:
            app_label = "heroku_connect"

    class Contact(connect.HerokuConnectModel):
        sf_object_name = "Contact"
        last_name = connect.Text(sf_field_name="LastName", max_length=80)

        class Meta:
            app_label = "heroku_connect"

    return Account, Contact


def run() -> None:
    configure()
    account, contact = models()
    from django.core.management import call_command
    from heroku_connect import utils
    from heroku_connect.contrib.heroku_connect_health_check.backends import HerokuConnectHealthCheck
    from heroku_connect.db.exceptions import WriteNotSupportedError
    from heroku_connect.models import TriggerLog

    utils.link_connection_to_account(GIVEN["app"])
    found = {one["id"]: one for one in utils.get_connections(GIVEN["app"])}
    check(GIVEN["connection"] in found, f"get_connections finds {len(found)} connections, ours among them")
    call_command("import_mappings", "--connection", GIVEN["connection"], "--wait", "--wait-interval", "1", stdout=sys.stderr)

    def synced() -> bool:
        states = {one["object_name"]: one["state"] for one in utils.get_connection(GIVEN["connection"], deep=True)["mappings"]}
        return states == {"Account": "DATA_SYNCED", "Contact": "DATA_SYNCED"}

    eventually("both mappings loaded", synced)
    check(True, "import_mappings --wait comes back, and both mappings are loaded")
    check(account.objects.count() > 0 and contact.objects.exclude(sf_id=None).count() == contact.objects.count(), "the ORM reads both tables")
    mode = utils.get_connection_write_mode(GIVEN["connection"])
    check(mode == utils.WriteAlgorithm.ORDERED_WRITES, f"the write algorithm is {mode.name}")

    made = account.objects.create(name="From Django", key=uuid.uuid4())
    stored = eventually("a written record has its id", lambda: account.objects.filter(pk=made.pk).exclude(sf_id=None).first())
    check(len(stored.sf_id) == 18, f"a created row is written to the org within its time and gets the id {stored.sf_id}")
    entries = list(TriggerLog.objects.filter(table_name="account", record_id=stored.pk))
    check([entry.action for entry in entries] == ["INSERT"] and "From Django" in entries[0].values and entries[0].related().count() == 1, "the trigger log tells of it")
    try:
        contact.objects.create(last_name="No")
        check(False, "a read-only model can be written")
    except WriteNotSupportedError:
        check(True, "a read-only model refuses to be written")

    broken = account.objects.create(name="x" * 255, key=uuid.uuid4())
    account.objects.filter(pk=broken.pk).update(name=None)
    failed = eventually(
        "a change that the org refuses", lambda: TriggerLog.objects.filter(record_id=broken.pk, state="FAILED").first())
    check("Name" in (failed.sf_message or ""), f"a refused change says why: {(failed.sf_message or '')[:60]!r}")
    account.objects.filter(pk=broken.pk).update(name="Mended")
    failed.redo()
    eventually("the change that is done again", lambda: TriggerLog.objects.filter(pk=failed.pk, state__in=["REQUEUED", "SUCCESS"]).first())
    check(True, "redo() requeues a failed change")

    # Connections of other checks are the same app's, and may be in any state: only ours is looked at.
    utils.get_connections = lambda app: [utils.get_connection(GIVEN["connection"])]
    health = HerokuConnectHealthCheck()
    eventually("the health check is content", lambda: is_content(health))
    check(True, "the health check finds nothing to complain of")


def is_content(health: Any) -> bool:
    health.errors = []
    health.check_status()
    return not health.errors


if __name__ == "__main__":
    run()
    sys.exit(1 if FAILURES else 0)
