"""What operators and admins do on the pages beyond Heroku's, against Postgres and the org."""

import json
from typing import Any

from ..cluster import SCHEMA
from ..waiting import wait_for
from .looks import LOOKS
from .world import Visitor, World


def _compared(visitor: Visitor, path: str) -> Any:
    """The explorer once Salesforce's side is there."""
    page = visitor.go(path)
    page.wait_for_selector("[data-late]", state="detached")
    return page


def _confirm(page: Any, menu: Any, label: str) -> str:
    menu.locator("summary").click()
    menu.get_by_role("link", name=label).first.click()
    told = page.inner_text(".confirmation")
    page.click(".confirmation button")
    page.wait_for_url("**/explorer?**")
    if "Begun as job" not in page.inner_text("main"):
        raise AssertionError(f"{label}: the page says {page.inner_text('main')[:300]}")
    return told


def explorer(world: World, browser: Any) -> None:
    visitor = Visitor(world, browser, world.cluster.token, **LOOKS["light"])
    sfid = world.cluster.database.value(f"SELECT max(sfid) FROM {SCHEMA}.contact")
    row = world.cluster.database.number(f"SELECT id FROM {SCHEMA}.contact WHERE sfid = '{sfid}'")
    page = _compared(visitor, f"{world.connection_path}/explorer?mapping=Contact&search={sfid}")
    world.check(page.locator(f"#compared tbody tr:has(code:text-is('{sfid}'))").count() == 1, "a row is found by its Salesforce id")
    page.locator("#compared details.values summary").first.click()
    here = world.cluster.database.value(f"SELECT lastname FROM {SCHEMA}.contact WHERE sfid = '{sfid}'")
    cells = page.locator("#compared details.values tr:has(code:text-is('lastname')) td").all_inner_texts()
    world.check(cells == [here, here], f"both sides are shown: {cells}, expected {here} twice")
    page = _compared(visitor, f"{world.connection_path}/explorer?mapping=Contact&state=only_here")
    world.check("No row is like that" in page.inner_text("#compared"), "no row is only here")
    page = visitor.go(f"{world.mapping_path('Contact')}/rows/{row}")
    world.check("History of row" in page.inner_text("main"), "a row has a history")
    visitor.context.close()


def repair_failed_write(world: World, browser: Any) -> None:
    visitor = Visitor(world, browser, world.cluster.token, **LOOKS["light"])
    failed = "SELECT count(*) FROM {0}._trigger_log WHERE state = 'FAILED' AND table_name = 'account'".format(SCHEMA)
    wait_for("a write failed", 60, lambda: world.cluster.database.number(failed) > 0)
    count = world.cluster.database.number(failed)
    page = _compared(visitor, f"{world.connection_path}/explorer?mapping=Account&state=failed")
    group = page.locator("section:has(#causes) tbody tr:has-text('Account')").first
    told = group.locator("td.number").inner_text()
    world.check(int(told.replace(",", "")) == count, f"failures of one cause are one group of {told}, expected {count}")
    world.cluster.database.rows(f"UPDATE {SCHEMA}.account SET numberofemployees = 7, annualrevenue = 1 WHERE _hc_lastop = 'FAILED'")
    asked = _confirm(page, group.locator("details.menu"), "Retry all")
    world.check(f"{count:,}" in asked, f"a retry of all says first how many: {asked.splitlines()[0]}")
    wait_for("nothing is failed any more", 60, lambda: world.cluster.database.number(
        f"SELECT count(*) FROM {SCHEMA}.account WHERE _hc_lastop = 'FAILED'") == 0)
    world.check(True, "a retried group is written")
    visitor.context.close()


def overwrite_either_side(world: World, browser: Any) -> None:
    visitor = Visitor(world, browser, world.cluster.token, **LOOKS["light"])
    sfid = world.cluster.database.value(f"SELECT max(sfid) FROM {SCHEMA}.account")
    site = f"SELECT site FROM {SCHEMA}.account WHERE sfid = '{sfid}'"
    # A change that no trigger captures: the sides differ and nothing waits.
    world.cluster.database.rows(
        f"BEGIN; SET LOCAL session_replication_role = replica; UPDATE {SCHEMA}.account SET site = 'only here' WHERE sfid = '{sfid}'; COMMIT")
    page = _compared(visitor, f"{world.connection_path}/explorer?mapping=Account&search={sfid}")
    world.check("only here" in page.inner_text("#compared .sides >> nth=0"), "what differs is marked")
    _confirm(page, page.locator("#compared tbody details.menu").first, "Overwrite Postgres")
    wait_for("Postgres has what Salesforce holds", 60, lambda: world.cluster.database.value(f"{site}") != "only here")
    world.check(True, "Overwrite Postgres brings back what Salesforce holds")
    world.cluster.database.rows(
        f"BEGIN; SET LOCAL session_replication_role = replica; UPDATE {SCHEMA}.account SET site = 'from here' WHERE sfid = '{sfid}'; COMMIT")
    page = _compared(visitor, f"{world.connection_path}/explorer?mapping=Account&search={sfid}")
    _confirm(page, page.locator("#compared tbody details.menu").first, "Overwrite Salesforce")
    wait_for("Salesforce has what Postgres holds", 60, lambda: world.cluster.org.count("Site = 'from here'", "Account") == 1)
    world.check(True, "Overwrite Salesforce writes what Postgres holds")
    visitor.context.close()


def find_by_letters(world: World, browser: Any) -> None:
    visitor = Visitor(world, browser, world.cluster.token, **LOOKS["light"])
    page = visitor.go(world.connection_path)
    page.keyboard.press("Control+k")
    page.keyboard.type("conta")
    page.wait_for_selector("dialog.palette a:has-text('Contact')")
    visitor.inspect("palette", "light")
    page.keyboard.press("Enter")
    page.wait_for_url("**/mappings/*")
    world.check("Contact" in page.inner_text("h2 >> nth=0"), "Ctrl-K leads to an object by a few letters")
    page.keyboard.press("Control+k")
    page.wait_for_selector("dialog.palette[open]")
    page.keyboard.press("Escape")
    world.check(page.locator("dialog.palette[open]").count() == 0, "and Escape closes it")
    visitor.context.close()


def logs_and_drains(world: World, browser: Any) -> None:
    visitor = Visitor(world, browser, world.cluster.token, **LOOKS["light"])
    page = visitor.go(f"{world.connection_path}/logs")
    page.select_option("#type", "read")
    page.wait_for_url("**type=read**")
    kinds = set(page.locator("tbody tr td:nth-child(6)").all_inner_texts())
    world.check(kinds == {"read"}, f"logs are filtered by type: {kinds}")
    page = visitor.go(f"{world.connection_path}/logs?text=polled")
    before = page.locator("tbody tr").count()
    world.cluster.database.rows(f"""
        INSERT INTO sluice.events (level, connection_id, type, message) VALUES ('info', '{world.cluster.connection_id}', 'read', 'polled by the check')""")
    visitor.sees("a new line shows on the open log", lambda: "polled by the check" in page.inner_text("main"))
    world.check(page.locator("tbody tr").count() >= before, "and the others stay")
    page.uncheck("#live")
    world.cluster.database.rows(f"""
        INSERT INTO sluice.events (level, connection_id, type, message) VALUES ('info', '{world.cluster.connection_id}', 'read', 'polled unseen')""")
    page.wait_for_timeout(3000)
    world.check("polled unseen" not in page.inner_text("main"), "a paused page stays as it is")
    page.check("#live")
    visitor.sees("and goes on where it is", lambda: "polled unseen" in page.inner_text("main"))
    row, sfid = world.cluster.database.rows(f"SELECT id, sfid FROM {SCHEMA}.account ORDER BY id LIMIT 1")[0]
    world.cluster.database.rows(f"""
        INSERT INTO sluice.events (level, connection_id, mapping_id, row_id, sfid, type, message)
        VALUES ('error', '{world.cluster.connection_id}', '{world.cluster.mapping_id("Account")}', {row}, '{sfid}', 'write', 'refused by the check')""")
    page = visitor.go(f"{world.connection_path}/logs?type=write&text=refused+by+the+check")
    page.click(f"tbody a:text-is('{sfid}')")
    page.wait_for_url("**/explorer?**")
    page.wait_for_selector("[data-late]", state="detached")
    found = page.locator("#compared .scroll > table > tbody > tr > th").all_inner_texts()
    world.check(len(found) == 1 and sfid in found[0], f"a line about a row leads to it: {found}")
    page = visitor.go(f"{world.connection_path}/outlets")
    page.fill("#address", "ftp://nowhere")
    before = len(world.complaints)
    page.click("button:has-text('Add')")
    world.check(page.locator("#fault").count() == 1, f"a drain at no possible address is refused: {page.inner_text('#fault')}")
    del world.complaints[before:]
    visitor.context.close()


def jobs(world: World, browser: Any) -> None:
    visitor = Visitor(world, browser, world.cluster.token, **LOOKS["light"])
    page = visitor.go(f"{world.connection_path}/jobs")
    text = page.inner_text("main")
    for words in ("The last hour", "Waiting", "Depth by kind", "Live processes", "Jobs that ended"):
        world.check(words in text, f"Jobs shows {words}")
    page.locator("section:has(#ended) tbody a").first.click()
    world.check("Kind" in page.inner_text(".facts"), "a job has a page of its own")
    visitor.context.close()


def settings(world: World, browser: Any) -> None:
    visitor = Visitor(world, browser, world.cluster.token, **LOOKS["light"])
    page = visitor.go(f"{world.connection_path}/settings")
    name = world.cluster.api.connection(world.cluster.connection_id)["name"]
    page.fill("#name", "Renamed by the check")
    page.click("button:has-text('Rename')")
    world.check(world.cluster.api.connection(world.cluster.connection_id)["name"] == "Renamed by the check", "a connection is renamed")
    page.fill("#name", name)
    page.click("button:has-text('Rename')")
    page.fill("#email", "viewer@sluice.example")
    page.select_option("#role", "viewer")
    page.click("button:has-text('Give access')")
    page.click("button:has-text('Revoke')")
    world.check(page.locator("button:has-text('Revoke')").count() == 0, "access is given and revoked")
    spent = world.cluster.database.number("SELECT max(calls) FROM sluice.mapping_usage")
    world.check(f"{spent:,} of 30,000" in page.inner_text("section:has(#calls)"), f"calls of today are shown beside their limit: {spent}")
    said = page.inner_text("section:has(#calls) + p")
    made, together = (world.cluster.database.number(question) for question in (
        "SELECT sum(calls) FROM sluice.api_usage", "SELECT count(*) * 30000 FROM sluice.mappings"))
    world.check(f"{together:,} that its mappings may take together" in said, f"what all mappings may ask together is their sum: {together:,}")
    world.check("Sluice made 0 " not in said and "From half of those on polls are slowed" in said, f"and what comes of it, beside {made:,} calls made")
    storage = page.locator("section:has(#storage) a.button").get_attribute("href") or ""
    world.check(storage == f"{world.cluster.org_url}/lightning/setup/CompanyResourceDisk/home", f"Salesforce's own page on storage is a click away: {storage}")
    page.select_option("#mode", "paused")
    page.fill("#deletes", "50")
    page.locator("section:has(#safety) button:has-text('Save')").click()
    page.wait_for_url("**/settings#safety")
    writes = f"/api/v3/connections/{world.cluster.connection_id}/writes"
    told = world.cluster.api.expect({200}, "GET", writes).json
    world.check((told["mode"], told["deletes_per_hour"]) == ("paused", 50), f"safety switches are set: {told['mode']}, {told['deletes_per_hour']}")
    world.cluster.api.expect({200}, "PATCH", writes, {"mode": "on", "deletes_per_hour": None})
    page = visitor.go(f"{world.connection_path}/audit")
    world.check("access.grant" in page.inner_text("main"), "the audit trail tells of it")
    with page.expect_download() as download:
        page.click("text=As CSV")
    world.check(download.value.suggested_filename.endswith(".csv"), "the audit trail comes as CSV")
    page = visitor.go("/account")
    page.fill("#name", "made by the check")
    page.select_option("#days", "90")
    page.click("button:has-text('Make')")
    ends = page.locator("tr:has-text('made by the check') td").nth(4).inner_text()
    world.check(ends in ("in 89 d", "in 90 d"), f"a token ends when it was told to: {ends}")
    token = page.inner_text(".done code")
    world.check(token.startswith("sluice_") and token not in visitor.go("/account").content(), "a token is shown once")
    page.locator("tr:has-text('made by the check') button").click()
    world.check(page.locator("tr:has-text('made by the check')").count() == 0, "and revoked")
    visitor.context.close()


def import_by_file(world: World, browser: Any) -> None:
    visitor = Visitor(world, browser, world.cluster.token, **LOOKS["light"])
    document = world.cluster.api.expect({200}, "GET", f"/api/v3/connections/{world.cluster.connection_id}/actions/export").json
    for mapping in document["mappings"]:
        if mapping["object_name"] == "Contact":
            mapping["config"]["sf_polling_seconds"] = 1200
    page = visitor.go(f"{world.connection_path}/import")
    page.set_input_files("#file", {"name": "export.json", "mimeType": "application/json", "buffer": json.dumps(document).encode()})
    visitor.sees("a chosen file is what is sent", lambda: page.input_value("#export") != "")
    page.click("button:has-text('Show what would change')")
    world.check("polls every 1200 s" in page.inner_text("tr:has(th:text-is('Contact'))"), "an import shows first what would change")
    visitor.inspect("import-preview", "light")
    page.click("button:has-text('Import')")
    page.wait_for_url("**/mappings")
    wait_for("the import is applied", 60, lambda: world.cluster.api.expect(
        {200}, "GET", f"/api/v3/mappings/{world.cluster.mapping_id('Contact')}").json["sf_polling_seconds"] == 1200)
    world.check(True, "and imports it")
    visitor.context.close()


def sql_preview(world: World, browser: Any) -> None:
    visitor = Visitor(world, browser, world.cluster.token, **LOOKS["light"])
    page = visitor.go(f"{world.mapping_path('Contact')}/edit")
    free = page.locator("input[name=field]:not(:checked)").first
    field = free.get_attribute("value")
    free.check()
    page.click("button:has-text('preview SQL')")
    statement = page.inner_text("pre")
    world.check(f"ADD COLUMN {field.lower()}" in statement.replace('"', ""), f"the SQL of a change is shown first: {statement}")
    world.check(page.is_checked(f"input[name=field][value='{field}']"), "and what was chosen is still there")
    visitor.inspect("sql-preview", "light")
    visitor.context.close()
