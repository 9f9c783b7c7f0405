"""What people do on pages, against Postgres and the org."""

from typing import Any

from ..cluster import SCHEMA
from ..waiting import wait_for
from .looks import LOOKS
from .world import Visitor, World


def figures(world: World, browser: Any) -> None:
    visitor = Visitor(world, browser, world.cluster.token, **LOOKS["light"])
    page = visitor.go("/")
    lag = page.locator("#connections").locator("xpath=../..").locator("tbody time[data-lag]")
    world.check(lag.count() == 1 and "ago" not in lag.inner_text(), "the start page tells how far reading is behind")
    page = visitor.go(f"{world.connection_path}/mappings")
    for name in ("Account", "Contact"):
        cells = [text.strip() for text in page.locator(f"tr:has(a:text-is('{name}')) td").all_inner_texts()]
        rows = world.cluster.database.number(f"SELECT count(*) FROM {SCHEMA}.{name.lower()}")
        records = world.cluster.org.count("Id != NULL", name)
        fields = len(next(mapping["config"]["fields"] for mapping in world.cluster.mappings if mapping["object_name"] == name))
        expected = [f"{fields}", f"{records:,}", f"{rows:,}"]
        world.check(cells[2:5] == expected, f"{name}: fields, Salesforce rows and Postgres rows are {cells[2:5]}, expected {expected}")
    visitor.context.close()


def poll_and_reload(world: World, browser: Any) -> None:
    visitor = Visitor(world, browser, world.cluster.token, **LOOKS["light"])
    page = visitor.go(f"{world.connection_path}/mappings")
    world.cluster.org.mutate("Account", seed=7, update={"count": 5, "fields": {"Site": "browser"}})
    menu = page.locator("tr:has(a:text-is('Account')) details.menu")
    menu.locator("summary").click()
    menu.get_by_role("button", name="Poll now").click()
    page.wait_for_url("**/mappings")
    wait_for("the poll brings five rows", 30, lambda: world.cluster.database.number(
        f"SELECT count(*) FROM {SCHEMA}.account WHERE site = 'browser'") == 5)
    world.check(True, "Poll now brings what changed in the org")
    page = visitor.go(f"{world.connection_path}/mappings")
    menu = page.locator("tr:has(a:text-is('Contact')) details.menu")
    menu.locator("summary").click()
    menu.get_by_role("link", name="Reload").click()
    world.check("120 records are read again" in page.inner_text(".confirmation"), "a reload asks first and says what it touches")
    before = world.cluster.database.number("SELECT count(*) FROM sluice.all_jobs WHERE kind = 'load' AND finished_at IS NOT NULL")
    page.click("button:has-text('Reload')")
    wait_for("the reload ends", 60, lambda: world.cluster.database.number(
        "SELECT count(*) FROM sluice.all_jobs WHERE kind = 'load' AND finished_at IS NOT NULL") > before)
    world.check(True, "a confirmed reload runs")
    visitor.context.close()


def pause_and_resume(world: World, browser: Any) -> None:
    visitor = Visitor(world, browser, world.cluster.token, **LOOKS["light"])
    watcher = Visitor(world, browser, world.cluster.token, **LOOKS["light"])
    watcher.go(world.connection_path)
    page = visitor.go(f"{world.connection_path}/settings")
    wait_for("the connection rests", 30, lambda: world.cluster.api.connection(world.cluster.connection_id)["state"] == "IDLE")
    page.click("button:has-text('Pause')")
    world.check(world.cluster.api.connection(world.cluster.connection_id)["state"] == "PAUSED", "Pause pauses")
    watcher.sees("another open page shows Paused by itself", lambda: watcher.page.locator(".title .badge:text-is('Paused')").count() == 1)
    page.click("button:has-text('Resume')")
    watcher.sees("and that it was resumed", lambda: watcher.page.locator(".title .badge:text-is('Paused')").count() == 0)
    visitor.context.close()
    watcher.context.close()


def metrics(world: World, browser: Any) -> None:
    visitor = Visitor(world, browser, world.cluster.token, **LOOKS["light"])
    page = visitor.go(world.connection_path)
    names = page.locator(".metric dt").all_inner_texts()
    world.check(names[:2] == ["Read lag", "Write lag"] and {"Rows today", "Salesforce calls left"} <= set(names), f"the key metrics are {names}")
    rows = world.cluster.database.number("SELECT sum(rows) FROM sluice.activity")
    told = page.inner_text(".metric:has(dt:text-is('Rows today')) dd").splitlines()[0]
    world.check(told == f"{rows:,}", f"rows today are {told}, expected {rows:,}")
    actions = f"/api/v3/connections/{world.cluster.connection_id}/actions"
    wait_for("the connection rests", 30, lambda: world.cluster.api.connection(world.cluster.connection_id)["state"] == "IDLE")
    world.cluster.api.expect({202}, "POST", f"{actions}/pause")
    world.cluster.database.rows(f"UPDATE {SCHEMA}.account SET site = 'waits' WHERE sfid = (SELECT max(sfid) FROM {SCHEMA}.account)")
    world.cluster.database.rows(f"UPDATE {SCHEMA}._trigger_log SET created_at = created_at - interval '3 hours' WHERE state = 'NEW'")
    world.cluster.database.rows("UPDATE sluice.mappings SET watermark = watermark - interval '3 hours'")
    page = visitor.go(world.connection_path)
    lag = page.locator(".metric:has(dt:text-is('Write lag'))")
    for name in ("Read lag", "Write lag"):
        card = page.locator(f".metric:has(dt:text-is('{name}'))")
        told = " ".join(card.inner_text().split())
        calm = "alarming" not in (card.get_attribute("class") or "")
        world.check("3 h" in told and "paused" in told and calm, f"what waits in a paused connection is not late: {told}")
    world.cluster.api.expect({202}, "POST", f"{actions}/resume")
    visitor.sees("which ends when it is written", lambda: "nothing waits" in lag.inner_text(), 60)
    visitor.context.close()


def errored_write(world: World, browser: Any) -> None:
    visitor = Visitor(world, browser, world.cluster.token, **LOOKS["light"])
    page = visitor.go(world.connection_path)
    world.cluster.database.rows(f"""
        UPDATE {SCHEMA}.account SET numberofemployees = 2147483647, annualrevenue = 'NaN'
        WHERE sfid = (SELECT min(sfid) FROM {SCHEMA}.account)""")
    visitor.sees("an errored write shows on the open overview", lambda: page.locator(".metric.alarming:has-text('Errored writes')").count() == 1, 30)
    visitor.sees("and at the tab", lambda: page.locator(".tabs .count").count() == 1)
    world.cluster.database.rows(f"""
        INSERT INTO sluice.notifications (connection_id, event_type, message)
        VALUES ('{world.cluster.connection_id}', 'mapping-error', 'Account: raised by the check')""")
    watcher = Visitor(world, browser, world.viewer_token, **LOOKS["light"])
    watcher.go(world.connection_path)
    watcher_notice = watcher.page.locator(".notice:has-text('raised by the check')")
    world.check(watcher_notice.count() == 1 and watcher_notice.locator("button").count() == 0, "a viewer sees a notice and cannot dismiss it")
    watcher.context.close()
    page = visitor.go(world.connection_path)
    notice = page.locator(".notice:has-text('raised by the check')")
    cause = notice.locator("a").get_attribute("href") or ""
    world.check("mapping=Account" in cause and "state=failed" in cause, f"a notice of a write leads to its cause: {cause}")
    visitor.inspect("notices", "light")
    notice.locator("button").click()
    page.wait_for_url(f"**{world.connection_path}")
    world.check(page.locator(".notice:has-text('raised by the check')").count() == 0, "a notice can be dismissed")
    world.check(world.cluster.database.number("SELECT count(*) FROM sluice.audit_trail WHERE action = 'notifications.acknowledge'") == 1,
                "which the audit trail tells")
    visitor.context.close()


def histogram_by_keys(world: World, browser: Any) -> None:
    visitor = Visitor(world, browser, world.cluster.token, **LOOKS["light"])
    page = visitor.go(world.connection_path)
    page.locator(".histogram .bar[tabindex='0']").first.focus()
    told = page.locator(".histogram [data-readout]").first.inner_text()
    world.check(":" in told and "rows" in told, f"a focused bar says what it holds: {told}")
    page.goto(f"{world.base}{world.connection_path}?period=24h")
    world.check(page.locator("#period").input_value() == "24h", "a period in the address survives a reload")
    page.select_option("#period", "7d")
    page.wait_for_url("**period=7d")
    world.check(True, "choosing a period shows it at once")
    page.goto(f"{world.base}{world.connection_path}/mappings")
    menu = page.locator("details.menu").first
    menu.locator("summary").focus()
    page.keyboard.press("Enter")
    opened = menu.get_attribute("open") is not None
    page.keyboard.press("Escape")
    world.check(opened and menu.get_attribute("open") is None, "a menu opens by Enter and closes by Escape")
    visitor.context.close()


def edit_mapping(world: World, browser: Any) -> None:
    visitor = Visitor(world, browser, world.cluster.token, **LOOKS["light"])
    page = visitor.go(f"{world.connection_path}/new-mapping")
    page.fill("#object", "NoSuchThing__c")
    before = len(world.complaints)
    page.click("button:has-text('Next')")
    world.check("no object NoSuchThing__c" in page.inner_text("[role=alert]"), "an object that the org lacks is refused in words")
    # The browser itself reports the 404 on its console.
    del world.complaints[before:]
    page.fill("#object", "Lead")
    page.click("button:has-text('Next')")
    world.check(page.locator("input[value='Id'][type=hidden]").count() == 1, "Id is always mapped")
    world.check(page.is_disabled("input[aria-label='Map LastName']"), "what a record cannot be made without is mapped, and locked")
    page.check("input[name=field][value='Email']")
    visitor.inspect("new-mapping", "light")
    page.click("button:has-text('Create mapping')")
    page.wait_for_url("**/mappings/*")
    page_path = page.url.removeprefix(world.base)
    wait_for("the new mapping is loaded", 60, lambda: world.cluster.states().get("Lead") == "DATA_SYNCED")
    columns = world.cluster.database.value(
        f"SELECT string_agg(column_name, ',' ORDER BY column_name) FROM information_schema.columns WHERE table_schema = '{SCHEMA}' AND table_name = 'lead'")
    world.check("company,email" in columns, f"the page made a mapping and its table has its columns ({columns})")
    account = visitor.go(f"{world.mapping_path('Account')}/edit")
    world.check(account.is_checked("input[name=unique][value='External_Id__c']") or account.input_value("#upsert") == "External_Id__c",
                "what the mapping has is what the form shows")
    visitor.go(page_path)
    stale = page_path + "/edit"
    page = visitor.go(stale)
    page.check("input[name=field][value='Phone']")
    other = Visitor(world, browser, world.cluster.token, **LOOKS["light"])
    other.go(stale)
    other.page.fill("#interval", "900")
    other.page.click("button:has-text('Save')")
    other.page.wait_for_url("**/mappings/*")
    before = len(world.complaints)
    page.click("button:has-text('Save')")
    world.check("revision" in page.inner_text("[role=alert]"), "who saves over somebody else's change is told so")
    world.check(page.is_checked("input[name=field][value='Phone']"), "and what he chose is still there")
    del world.complaints[before:]
    page = visitor.go(stale)
    page.check("input[name=field][value='Phone']")
    page.click("button:has-text('Save')")
    page.wait_for_url("**/mappings/*")
    wait_for("the new column is there", 60, lambda: world.cluster.database.number(
        f"SELECT count(*) FROM information_schema.columns WHERE table_schema = '{SCHEMA}' AND table_name = 'lead' AND column_name = 'phone'") == 1)
    world.check(True, "an edited mapping gets its new column")
    visitor.context.close()
    other.context.close()


def hostile_names(world: World, browser: Any) -> None:
    name = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    before = world.cluster.api.connection(world.cluster.connection_id)["name"]
    world.cluster.api.expect({200, 202}, "PATCH", f"/api/v3/connections/{world.cluster.connection_id}", {"name": name})
    visitor = Visitor(world, browser, world.cluster.token, **LOOKS["light"])
    for path in ("/", world.connection_path, f"{world.connection_path}/settings"):
        page = visitor.go(path)
        world.check(name in page.inner_text("main") and page.locator("main img, main script").count() == 0, f"{path} shows a hostile name as text")
    world.cluster.api.expect({200, 202}, "PATCH", f"/api/v3/connections/{world.cluster.connection_id}", {"name": before})
    visitor.context.close()


def without_scripts(world: World, browser: Any) -> None:
    visitor = Visitor(world, browser, world.cluster.token, java_script_enabled=False, **LOOKS["light"])
    page = visitor.go(world.connection_path)
    page.select_option("#period", "6h")
    page.click("button:has-text('Show')")
    world.check("period=6h" in page.url, "without scripts the period has a button")
    page = visitor.go(f"{world.connection_path}/mappings")
    menu = page.locator("tr:has(a:text-is('Contact')) details.menu")
    menu.locator("summary").click()
    before = world.cluster.database.number("SELECT count(*) FROM sluice.audit_trail WHERE action = 'mapping.poll'")
    menu.get_by_role("button", name="Poll now").click()
    page.wait_for_url("**/mappings")
    after = world.cluster.database.number("SELECT count(*) FROM sluice.audit_trail WHERE action = 'mapping.poll'")
    world.check(after == before + 1, "without scripts Poll now polls")
    visitor.context.close()


def viewer(world: World, browser: Any) -> None:
    visitor = Visitor(world, browser, world.viewer_token, **LOOKS["light"])
    page = visitor.go(f"{world.connection_path}/mappings")
    page.locator("details.menu summary").first.click()
    world.check(page.get_by_role("button", name="Poll now").count() == 0, "a viewer is offered no Poll now")
    page = visitor.go(f"{world.connection_path}/settings")
    world.check(page.locator("button:has-text('Pause')").count() == 0, "a viewer is offered no Pause")
    page = visitor.go(f"{world.connection_path}/jobs")
    world.check("Live processes" not in page.inner_text("main"), "a viewer sees no processes and hosts")
    cookie = "; ".join(f"{item['name']}={item['value']}" for item in visitor.context.cookies())
    answer = visitor.context.request.post(
        f"{world.base}{world.connection_path}/actions/pause", headers={"Cookie": cookie, "Origin": world.base}, max_redirects=0)
    world.check(answer.status == 403, f"a viewer who sends the form all the same is refused ({answer.status})")
    visitor.context.close()
