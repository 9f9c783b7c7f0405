"""The plugin's commands, replayed one by one against the running server, in the shape of 0.12 and of 0.13."""

import json
import urllib.parse
from collections.abc import Callable

from ..report import Report
from ..waiting import wait_for
from . import fixtures
from .endpoints import AUTHORIZE
from .plugin import CommandError, Plugin
from .shapes import problems
from .world import APP, World

FILE = {
    "version": 1, "connection": {"app_name": APP, "organization_id": "", "exported_at": "2026-01-01T00:00:00+00:00"},
    "mappings": [
        {"object_name": name, "config": {
            "access": access, "sf_notify_enabled": False, "sf_polling_seconds": 600, "sf_max_daily_api_calls": 30000,
            "fields": {field: {} for field in ("CreatedDate", "Id", "IsDeleted", "SystemModstamp", *fields)},
            "indexes": {"Id": {"unique": True}, "SystemModstamp": {"unique": False}}}}
        for name, access, fields in [("Account", "read_write", ["Name", "Phone"]), ("Contact", "read_only", ["LastName", "Email"])]]}


def commands(world: World, report: Report) -> None:
    for version in ("0.12.3", "0.13.3"):
        run = Run(world, report, version)
        for number, command in enumerate(run.all, 1):
            plugin = Plugin(world.base, world.token, APP, version)
            try:
                said = command(plugin)
                report.check(True, f"{version} {number:2}. {said}")
            except (AssertionError, CommandError, KeyError, TypeError, ValueError, OSError, RuntimeError) as error:
                calls = "; ".join(f"{method} {path} {status}" for method, path, status in plugin.log[-4:])
                report.fail(f"{version} {number:2}. {command.__name__}: {type(error).__name__}: {error} ({calls})")


def require(condition: object, what: str) -> None:
    if not condition:
        raise AssertionError(what)


class Run:
    """One version of the plugin going through all it can do, in an order in which a person might."""

    def __init__(self, world: World, report: Report, version: str) -> None:
        self.world = world
        self.report = report
        self.version = version
        self.connection = world.connection_id

    @property
    def all(self) -> list[Callable[[Plugin], str]]:
        own = [self.manage_sf_api_version] if self.version.startswith("0.13") else []
        sign_in = [self.sf_auth] if self.world.serves(AUTHORIZE) else []
        if not sign_in:
            print("--  sf:auth is not tried: authorize_url is not served", flush=True)
        return [
            self.info, self.state, self.db_set, *sign_in, self.import_file, self.mapping_state, self.export, self.diagnose,
            self.mapping_diagnose, self.mapping_reload, self.pause, self.resume, self.recover, *own, self.write_errors,
            self.mapping_write_errors, self.notifications, self.notifications_acknowledge, self.mapping_delete]

    def info(self, plugin: Plugin) -> str:
        plugin.succeed("POST", f"{plugin.discovery}/auth/{plugin.app}")
        found = plugin.search()
        detailed = [plugin.detailed(one) for one in found]
        shown = [f"[{one['id']}] / {one['resource_name']} ({one['state']})" for one in detailed]
        require(all(isinstance(one["mappings"], list) for one in detailed), "mappings is no list")
        return f"info shows {len(shown)} connection: {shown[0]}"

    def state(self, plugin: Plugin) -> str:
        rows = [plugin.detailed(one) for one in plugin.search()]
        for row in rows:
            wrong = problems(row, fixtures.DEEP_CONNECTION)
            require(not wrong, wrong)
        return f"state shows {[(row['db_key'], row['schema_name'], row['state']) for row in rows]}"

    def db_set(self, plugin: Plugin) -> str:
        connection, base = plugin.with_connection()
        keys = plugin.succeed("GET", f"{connection['region_url']}/api/v3/apps/{connection['app_name']}").json["db_keys"]
        shown = [f"{key['name']} ({key['addon']['plan'] if key['addon'] else 'Unknown Plan'})" for key in keys]
        require(any(key["name"] == "DATABASE_URL" for key in keys), f"DATABASE_URL is not among {shown}")
        changed = plugin.succeed("PATCH", base, {"db_key": "DATABASE_URL", "schema_name": connection["schema_name"]}).json
        require(changed["db_key"] == "DATABASE_URL", "db_key")
        return f"db:set offers {shown} and sets one"

    def sf_auth(self, plugin: Plugin) -> str:
        _, base = plugin.with_connection()
        domain = urllib.parse.urlsplit(self.world.org_url).netloc
        reply = plugin.send(
            "POST", f"{base}/authorize_url", {"environment": "production", "next": "http://localhost:18000"})
        require(reply.status == 201, f"authorize_url answers {reply.status} {reply.body[:200]!r}")
        redirect = reply.json["redirect"]
        require(redirect.startswith("https://login.salesforce.com/services/oauth2/authorize?"), redirect)
        return f"sf:auth is sent to {urllib.parse.urlsplit(redirect).netloc} (custom domains such as {domain} are tried by the sign-in's tests)"

    def import_file(self, plugin: Plugin) -> str:
        _, base = plugin.with_connection()
        reply = plugin.succeed("POST", f"{base}/actions/import", FILE)
        require(not reply.body, "an import's answer is empty")
        self.world.wait_until_synced(self.connection, {"Account", "Contact"})
        return f"import is taken with {reply.status}, and both mappings are loaded"

    def mapping_state(self, plugin: Plugin) -> str:
        mapping, _ = plugin.with_mapping("account")
        wrong = problems(mapping, fixtures.MAPPING)
        require(not wrong, wrong)
        try:
            plugin.with_mapping("Acc")
            raise AssertionError("a name is compared whole")
        except CommandError as error:
            require("No mapping configured for Acc" in str(error), error)
        return f"mapping:state account is {mapping['state']}"

    def export(self, plugin: Plugin) -> str:
        _, base = plugin.with_connection()
        document = plugin.succeed("GET", f"{base}/actions/export").json
        wrong = problems(document, fixtures.EXPORT)
        require(not wrong, wrong)
        require(document["mappings"] == FILE["mappings"], "the mappings are not those that were imported")
        return f"export has {len(json.dumps(document, indent=4).splitlines())} lines"

    def diagnose(self, plugin: Plugin) -> str:
        connection, base = plugin.with_connection()
        started = plugin.succeed("POST", f"{base}/validations")
        require(started.status == 202, f"validations answers {started.status}")
        result = plugin.poll_result(connection["region_url"], started.json["result_url"])
        wrong = problems(result, fixtures.CONNECTION_VALIDATION)
        require(not wrong, wrong)
        lines = plugin.rendered(result) + [line for one in result["mappings"].values() for line in plugin.rendered(one)]
        require(set(result["mappings"]) == {"Account", "Contact"}, "not every mapping is told of")
        return f"diagnose prints {len(lines)} lines, {sum(line.startswith('RED') for line in lines)} red"

    def mapping_diagnose(self, plugin: Plugin) -> str:
        _, base = plugin.with_mapping("Contact")
        result = plugin.succeed("GET", f"{base}/validations").json
        wrong = problems(result, fixtures.VALIDATION)
        require(not wrong, wrong)
        return f"mapping:diagnose prints {len(plugin.rendered(result))} lines at once"

    def mapping_reload(self, plugin: Plugin) -> str:
        _, base = plugin.with_mapping("Contact")
        plugin.exactly(202, "POST", f"{base}/actions/reload")
        self.world.wait_until_synced(self.connection, {"Contact"})
        return "mapping:reload is taken with 202"

    def pause(self, plugin: Plugin) -> str:
        self.world.wait_for_state(self.connection, "IDLE")
        _, base = plugin.with_connection()
        plugin.succeed("POST", f"{base}/actions/pause")
        return f"pause leaves it {self.world.wait_for_state(self.connection, 'PAUSED')}"

    def resume(self, plugin: Plugin) -> str:
        _, base = plugin.with_connection()
        plugin.succeed("POST", f"{base}/actions/resume")
        return f"resume leaves it {self.world.wait_for_state(self.connection, 'IDLE')}"

    def recover(self, plugin: Plugin) -> str:
        _, base = plugin.with_connection()
        plugin.succeed("POST", f"{base}/actions/restart")
        self.world.wait_until_synced(self.connection, {"Account", "Contact"})
        return "recover (restart) leaves every mapping synced"

    def manage_sf_api_version(self, plugin: Plugin) -> str:
        connection, base = plugin.with_connection()
        current = connection["sf_info"]["api_version"]
        target = "62.0" if current != "62.0" else "61.0"
        difference = plugin.succeed("GET", f"{base}/schema-diff?target_version={target}").json
        wrong = problems(difference, fixtures.DIFFERENCE)
        require(not wrong, wrong)
        refused = plugin.send("POST", f"{base}/actions/change-sf-api-version", {"target_version": target})
        require(refused.status == 409 and "paused" in refused.json["message"], f"{refused.status} {refused.body!r}")
        plugin.succeed("POST", f"{base}/actions/pause")
        changed = plugin.succeed("POST", f"{base}/actions/change-sf-api-version", {"target_version": target})
        require(changed.status == 202 and changed.json["target_version"] == target, changed.body)
        plugin.succeed("POST", f"{base}/actions/resume")
        require(plugin.with_connection()[0]["sf_info"]["api_version"] == target, "the version is not the new one")
        return f"manage-sf-api-version goes from {current} to {target}, shows the refusal first: {refused.json['message']!r}"

    def fail_a_write(self) -> None:
        """A change that the org refuses, as an application would make it."""
        self.world.database.rows("INSERT INTO salesforce.account (phone) VALUES ('1')")

        def failed() -> bool:
            sql = "SELECT count(*) FROM salesforce._trigger_log WHERE state = 'FAILED'"
            return self.world.database.number(sql) > 0

        wait_for("a write that fails", 60, failed)

    def write_errors(self, plugin: Plugin) -> str:
        self.fail_a_write()
        _, base = plugin.with_connection()
        errors = plugin.succeed("GET", f"{base}/errors").json
        wrong = problems(errors, fixtures.WRITE_ERRORS)
        require(not wrong, wrong)
        require(errors["count"] >= 1, "the failed write is not told of")
        return f"write-errors prints {errors['count']}: {errors['results'][0]['message'][:60]!r}"

    def mapping_write_errors(self, plugin: Plugin) -> str:
        _, base = plugin.with_mapping("Account")
        errors = plugin.succeed("GET", f"{base}/errors").json
        require(errors["count"] >= 1 and not problems(errors, fixtures.WRITE_ERRORS), errors)
        _, other = plugin.with_mapping("Contact")
        require(plugin.succeed("GET", f"{other}/errors").json == {"count": 0, "results": []}, "errors of another mapping")
        return "mapping:write-errors tells of the mapping's own alone"

    def notifications(self, plugin: Plugin) -> str:
        self.world.database.rows(
            f"INSERT INTO sluice.notifications (connection_id, event_type, message) VALUES ('{self.connection}', 'mapping-error', 'one'), "
            f"('{self.connection}', 'postgres-connection', 'two')")
        _, base = plugin.with_connection()
        listed = plugin.succeed("GET", f"{base}/notifications?page_size=1000", null_body=True).json
        wrong = problems(listed, fixtures.NOTIFICATIONS)
        require(not wrong, wrong)
        query = "after=2020-01-01&before=2999-01-01&event_type=postgres-connection&page_size=1000"
        filtered = plugin.succeed("GET", f"{base}/notifications?{query}", null_body=True).json
        require({item["event_type"] for item in filtered["results"]} == {"postgres-connection"}, filtered)
        return f"notifications lists {listed['count']}, {filtered['count']} of one type"

    def notifications_acknowledge(self, plugin: Plugin) -> str:
        _, base = plugin.with_connection()
        plugin.exactly(204, "POST", f"{base}/notifications/acknowledge?page_size=1000", null_body=True)
        require(plugin.succeed("GET", f"{base}/notifications?page_size=1000", null_body=True).json["results"] == [], "some are left")
        return "notifications:acknowledge leaves none"

    def mapping_delete(self, plugin: Plugin) -> str:
        _, base = plugin.with_mapping("Contact")
        plugin.exactly(204, "DELETE", base)
        names = [one["object_name"] for one in plugin.with_connection()[0]["mappings"]]
        require("Contact" not in names, names)
        return "mapping:delete ends with 204"


def refusals(world: World, report: Report) -> None:
    """What the plugin shows when it does not go well."""
    plugin = Plugin(world.base, world.token, "no-such-app", "0.13.3")
    report.check(plugin.search() == [], "an app without connections: an empty list, not an error")
    wrong = Plugin(world.base, "sluice_wrong", APP, "0.13.3").send("GET", f"{world.base}/connections?app={APP}")
    report.check(wrong.status == 401 and bool(wrong.json["message"]), f"a wrong token: {wrong.status} with a message")
    missing = Plugin(world.base, world.token, APP, "0.13.3").send("DELETE", f"{world.base}/api/v3/mappings/00000000-0000-0000-0000-000000000000")
    report.check(missing.status == 404 and not problems(missing.json, fixtures.ERROR), f"a mapping that is not there: {missing.status} with a message")
