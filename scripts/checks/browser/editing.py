"""The form of a mapping: what it says while it is filled in, what it locks, and what comes of it."""

from typing import Any

from ..cluster import SCHEMA
from ..waiting import wait_for
from .looks import LOOKS
from .world import Visitor, World


def live_validations(world: World, browser: Any) -> None:
    visitor = Visitor(world, browser, world.cluster.token, **LOOKS["light"])
    page = visitor.go(f"{world.mapping_path('Contact')}/edit")
    page.wait_for_selector("[data-late]", state="detached")
    world.check(page.is_disabled("input[aria-label='Map LastName']"), "a field that records cannot be made without is locked")
    identifiers = page.locator("#upsert option").all_inner_texts()
    world.check(identifiers == ["none", "External_Id__c"], f"only unique External IDs are offered as identifier: {identifiers}")
    page.fill("#filter", "Nonsense__c = 1")
    page.press("#filter", "Tab")
    visitor.sees("a condition that Salesforce refuses is told while the form is filled in",
                 lambda: page.locator("#checks .badge.bad").count() == 1 and "Row Filter" in page.inner_text("#checks"))
    visitor.inspect("edit-checked", "light")
    page.fill("#filter", "Email != NULL")
    page.press("#filter", "Tab")
    visitor.sees("and that one which it takes is not", lambda: page.locator("#checks .badge.bad").count() == 0 and "SQL" in page.inner_text("#checks"))
    parent = page.locator("#parents input[name=field][value='Account__External_Id__c']")
    world.check(parent.count() == 1, "External IDs of parents are offered")
    parent.check()
    visitor.sees("the SQL of a change shows by itself", lambda: "account__external_id__c" in (page.locator("#checks pre").text_content() or ""))
    page.fill("#calls", "25000")
    page.click("button:has-text('Save')")
    page.wait_for_url("**/mappings/*")
    config = world.cluster.api.expect({200}, "GET", f"/api/v3/mappings/{world.cluster.mapping_id('Contact')}").json["config"]
    world.check((config["row_filter"], config["sf_max_daily_api_calls"]) == ("Email != NULL", 25000), f"what was chosen is saved: {config['row_filter']}")
    wait_for("only those records are mapped", 90, lambda: world.cluster.database.number(
        f"SELECT count(*) FROM {SCHEMA}.contact WHERE email IS NULL") == 0 and world.cluster.states().get("Contact") == "DATA_SYNCED")
    rows = world.cluster.database.number(f"SELECT count(*) FROM {SCHEMA}.contact")
    wait_for("all of those", 60, lambda: world.cluster.database.number(f"SELECT count(*) FROM {SCHEMA}.contact")
             == world.cluster.org.count("Email != NULL", "Contact"))
    world.check(world.cluster.database.number(
        f"SELECT count(*) FROM information_schema.columns WHERE table_schema = '{SCHEMA}' AND column_name = 'account__external_id__c'") == 1,
        f"and the parents' column is there ({rows} rows)")
    page = visitor.go(f"{world.mapping_path('Contact')}/edit")
    page.fill("#filter", "")
    page.click("button:has-text('Save')")
    page.wait_for_url("**/mappings/*")
    wait_for("all records are mapped again", 90, lambda: world.cluster.database.number(f"SELECT count(*) FROM {SCHEMA}.contact")
             == world.cluster.org.count("Id != NULL", "Contact") and world.cluster.states().get("Contact") == "DATA_SYNCED")
    visitor.context.close()


def without_a_script(world: World, browser: Any) -> None:
    visitor = Visitor(world, browser, world.cluster.token, java_script_enabled=False, **LOOKS["light"])
    page = visitor.go(f"{world.mapping_path('Contact')}/edit")
    page.fill("#filter", "Nonsense__c = 1")
    page.click("button:has-text('Check and preview SQL')")
    world.check("Row Filter" in page.inner_text("#checks"), "without scripts a button checks")
    world.check(page.input_value("#filter") == "Nonsense__c = 1", "and what was written is still there")
    page.click("#parents a")
    world.check(page.locator("#parents tbody tr").count() > 0, "and parents' External IDs are a page away")
    visitor.context.close()


def removed_field(world: World, browser: Any) -> None:
    """A field that the org no longer has is red, and its removal is one click."""
    world.cluster.database.rows(f"""
        UPDATE sluice.mappings SET config = jsonb_set(config::jsonb, '{{fields,Gone__c}}', '{{}}')::json
        WHERE id = '{world.cluster.mapping_id("Contact")}'""")
    visitor = Visitor(world, browser, world.cluster.token, **LOOKS["light"])
    page = visitor.go(f"{world.mapping_path('Contact')}/edit")
    row = page.locator("tr.removed")
    world.check(row.count() == 1 and "Gone__c" in row.inner_text(), f"a removed field is marked: {row.inner_text()}")
    page.uncheck("input[aria-label='Map Gone__c']")
    page.click("button:has-text('Save')")
    page.wait_for_url("**/mappings/*")
    fields = world.cluster.api.expect({200}, "GET", f"/api/v3/mappings/{world.cluster.mapping_id('Contact')}").json["config"]["fields"]
    world.check("Gone__c" not in fields, "and unmapped")
    visitor.context.close()
