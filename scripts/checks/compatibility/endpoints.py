"""Every documented endpoint of Heroku Connect's API, by the numbers of the reference (heroku-connect.md 1.2 and 1.3), tried by a client of another
make and compared with the shapes that the service's own answers have."""

from typing import Any

from ..clients import Answer
from ..report import Report
from ..waiting import wait_for
from . import fixtures
from .shapes import Shape, anything, array, absolute, problems, record
from .world import APP, World

LEAD = {
    "object_name": "Lead",
    "config": {"access": "read_only", "sf_polling_seconds": 600, "fields": {"Id": {}, "SystemModstamp": {}, "IsDeleted": {}, "LastName": {}},
               "indexes": {"Id": {"unique": True}}}}

AUTHORIZE = "/api/v3/connections/{connection}/authorize_url"


def endpoints(world: World, report: Report) -> None:
    one = Endpoints(world, report)
    one.discovery()
    one.connections()
    one.mappings()
    one.questions()
    one.rest()


class Endpoints:
    """The endpoints of one connection, in an order in which each finds what it needs."""

    def __init__(self, world: World, report: Report) -> None:
        self.world = world
        self.report = report
        self.connection = world.connect("endpoints")
        self.path = f"/api/v3/connections/{self.connection}"
        self.mapping: dict[str, Any] = {}

    def call(self, number: str, method: str, path: str, status: int, shape: Shape | None = None, body: Any = None, *, empty: bool = False) -> Answer:
        answer = self.world.api.request(method, path, body)
        wrong = "" if answer.status == status else f"{answer.status}, expected {status}: {answer.body[:200]!r}"
        if not wrong and shape is not None:
            wrong = problems(answer.json, shape)
        if not wrong and empty and answer.body:
            wrong = f"the body is not empty: {answer.body[:80]!r}"
        shown = path.replace(self.connection, "<id>").replace(self.mapping.get("id", "-"), "<mapping>")
        self.report.check(not wrong, f"{number:>3}. {method} {shown}: {wrong or answer.status}")
        return answer

    def discovery(self) -> None:
        self.call("D1", "POST", f"/auth/{APP}", 200, fixtures.LINK)
        self.call("D2", "GET", f"/connections?app={APP}", 200, fixtures.DISCOVERY)
        empty = self.call("D2", "GET", "/connections?app=nothing", 200).json
        wanted = {"results": [], "regions": {}, "cells": {}, "next": None, "previous": None, "count": 0}
        self.report.check(empty == wanted, f"D2. nothing found: {empty}")

    def connections(self) -> None:
        self.call("1", "GET", f"/api/v3/connections?app={APP}", 200, fixtures.LISTED)
        self.call("1", "GET", f"/api/v3/connections?app={APP}&deep=true&resource_name=", 200, record({"results": array(record(
            fixtures.CONNECTION_KEYS | {"mappings": array(fixtures.MAPPING), "detail_url": absolute}))}))
        shallow = self.call("2", "GET", f"{self.path}?deep=False", 200, fixtures.CONNECTION).json
        self.report.check("mappings" not in shallow, "2. without deep no mappings are told")
        self.call("2", "GET", f"{self.path}?deep=True", 200, fixtures.DEEP_CONNECTION)
        self.call("3", "PATCH", self.path, 200, fixtures.CONNECTION, {"name": "renamed"})
        self.call("3", "PATCH", self.path, 200, fixtures.CONNECTION, {"schema_name": "endpoints", "db_key": "DATABASE_URL"})
        if self.world.serves(AUTHORIZE):
            self.call("4", "POST", f"{self.path}/authorize_url", 201, record({"redirect": absolute}), {
                "environment": "sandbox", "next": "http://localhost:18000"})
        else:
            print("--   4. authorize_url is not served", flush=True)
        self.call("5", "POST", f"{self.path}/actions/pause", 202, empty=True)
        self.call("6", "POST", f"{self.path}/actions/resume", 202, empty=True)
        self.call("7", "POST", f"{self.path}/actions/restart", 202, empty=True)
        self.call("8", "GET", f"{self.path}/actions/export", 200, fixtures.EXPORT)
        self.call("9", "POST", f"{self.path}/actions/import", 202, None, {"version": 1, "mappings": [
            {"object_name": "Account", "config": {"fields": {"Id": {}, "SystemModstamp": {}, "IsDeleted": {}, "Name": {}}}}]}, empty=True)
        self.world.wait_until_synced(self.connection, {"Account"})
        self.call("10", "GET", f"{self.path}/errors", 200, fixtures.WRITE_ERRORS)
        self.call("11", "GET", f"{self.path}/notifications?page_size=1", 200, fixtures.NOTIFICATIONS)
        self.call("12", "POST", f"{self.path}/notifications/acknowledge?page_size=1000", 204, empty=True)

    def mappings(self) -> None:
        self.call("18", "GET", f"{self.path}/mappings", 200, record({"results": array(fixtures.MAPPING)}))
        self.mapping = self.call("19", "POST", f"{self.path}/mappings", 201, fixtures.MAPPING, LEAD).json
        own = f"/api/v3/mappings/{self.mapping['id']}"
        self.call("19", "POST", f"{self.path}/mappings", 400, fixtures.ERROR, {"object_name": "Case", "config": {"fields": []}})
        self.world.wait_until_synced(self.connection, {"Lead"})
        self.call("20", "GET", own, 200, fixtures.MAPPING)
        revised = {"object_name": "Lead", "revision": 1, "config": LEAD["config"] | {"sf_polling_seconds": 900}}
        changed = self.call("21", "PUT", own, 200, fixtures.MAPPING, revised).json
        self.report.check(changed["config"]["revision"] == 2 and changed["sf_polling_seconds"] == 900, "21. the revision grows with the change")
        self.call("21", "PUT", own, 409, fixtures.ERROR, revised)
        self.call("21", "PATCH", own, 200, fixtures.MAPPING, {"config": {"sf_polling_seconds": 600}, "revision": 2})
        self.call("23", "POST", f"{own}/actions/reload", 202)
        self.call("24", "POST", f"{own}/actions/poll", 202)
        self.call("25", "GET", f"{own}/errors", 200, fixtures.WRITE_ERRORS)
        self.call("26", "GET", f"{own}/validations", 200, fixtures.VALIDATION)
        described = self.call("17", "GET", self.mapping["schema_url"].removeprefix(self.world.base), 200, fixtures.SCHEMA).json
        required = sorted(field["name"] for field in described["fields"] if field["required"])
        self.report.check("LastName" in required, f"17. a new record needs {required}")
        self.call("17", "GET", f"{self.path}/schemas/Nothing__c", 404, fixtures.ERROR)
        self.call("22", "DELETE", own, 204, empty=True)
        self.call("22", "DELETE", own, 404, fixtures.ERROR)

    def questions(self) -> None:
        started = self.call("13", "POST", f"{self.path}/validations", 202, record({"result_url": absolute})).json["result_url"]
        path = started.removeprefix(self.world.base)

        def answered() -> Answer | None:
            answer = self.world.api.request("GET", path)
            return answer if answer.status != 202 or answer.body else None

        wait_for("the validation", 60, answered)
        self.call("14", "GET", path, 200, fixtures.CONNECTION_VALIDATION)
        self.call("15", "GET", f"{self.path}/schema-diff?target_version=61", 200, fixtures.DIFFERENCE)
        self.call("15", "GET", f"{self.path}/schema-diff?target_version=999", 400, fixtures.ERROR)
        self.call("16", "POST", f"{self.path}/actions/change-sf-api-version", 409, fixtures.ERROR, {"target_version": "61.0"})
        self.world.wait_until_synced(self.connection, {"Account"})
        self.world.wait_for_state(self.connection, "IDLE")
        self.call("5", "POST", f"{self.path}/actions/pause", 202, empty=True)
        self.call("16", "POST", f"{self.path}/actions/change-sf-api-version", 202, fixtures.DIFFERENCE, {"target_version": "61.0"})
        self.call("6", "POST", f"{self.path}/actions/resume", 202, empty=True)

    def rest(self) -> None:
        self.call("27", "GET", f"/api/v3/apps/{APP}", 200, fixtures.DB_KEYS)
        self.call("28", "PATCH", "/api/v3/odata/services/1", 404, fixtures.ERROR, {"enabled": True})
        self.call("29", "POST", f"/api/v3/users/me/apps/{APP}/auth", 200, anything)
