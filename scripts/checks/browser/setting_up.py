"""A connection from nothing, and one on a schema that Heroku Connect left, each by pages alone, against Postgres and the org."""

import json
from typing import Any

from ..clients import SandboxOrg
from ..cluster import APP, SCHEMA
from ..waiting import wait_for
from .looks import LOOKS
from .world import Visitor, World

INHERITED = "inherited"


def _look(world: World, visitor: Visitor, schema: str, name: str) -> Any:
    page = visitor.go("/new-connection")
    page.fill("#schema", schema)
    page.fill("#name", name)
    before = len(world.complaints)
    page.click("button:has-text('Look at the schema')")
    page.wait_for_load_state()
    # The browser itself reports refusals on its console.
    del world.complaints[before:]
    return page


def what_stands_in_schemas(world: World, browser: Any) -> None:
    world.cluster.sluice("app", "allow", APP, "DATABASE_URL")
    database = world.cluster.database
    database.rows("CREATE SCHEMA hollow")
    database.rows("CREATE TABLE public.orders (id int)")
    visitor = Visitor(world, browser, world.cluster.token, **LOOKS["light"])
    for schema, badge, usable in (
        ("nowhere", "new", True), ("hollow", "empty", True), ("public", "somebody else’s", True), (SCHEMA, "another connection’s", False),
    ):
        page = _look(world, visitor, schema, "Second")
        found = page.inner_text("section:has(#found)")
        offers = page.locator("button:has-text('Make the connection')").count() == 1
        world.check(badge in found and offers == usable, f"the schema {schema} is found to be {badge}: {found.splitlines()[0]}")
    for schema in ("sluice", "sluice_staging", "pg_catalog"):
        page = _look(world, visitor, schema, "Second")
        world.check(page.locator("#fault").count() == 1 and page.locator("button:has-text('Make the connection')").count() == 0,
                    f"the schema {schema} is refused: {page.locator('#fault').inner_text()[:60]}")
    database.rows("DROP SCHEMA hollow; DROP TABLE public.orders")
    visitor.context.close()


def sign_in_at_salesforce(world: World, page: Any) -> None:
    """From the page of the second step through the org's own log-in and back."""
    page.check("input[name=environment][value=custom]")
    page.fill("#domain", world.cluster.org_url)
    page.click("summary:has-text('Another External Client App')")
    page.fill("#client_id", SandboxOrg.CLIENT_ID)
    page.fill("#client_secret", SandboxOrg.CLIENT_SECRET)
    page.click("button:has-text('Sign in at Salesforce')")
    before = len(world.complaints)
    page.click("a:has-text('Go on to Salesforce')")
    page.click("button[value=allow]")
    page.wait_for_url(f"{world.base}/connections/*/setup**")
    # The org's own page lacks an icon.
    del world.complaints[before:]


def a_connection_from_nothing(world: World, browser: Any) -> None:
    visitor = Visitor(world, browser, world.cluster.token, **LOOKS["light"])
    page = visitor.go("/")
    page.click("text=New connection")
    visitor.inspect("new-connection-empty", "light")
    page = _look(world, visitor, "second", "Second")
    visitor.inspect("new-connection-found", "light")
    page.click("button:has-text('Make the connection')")
    page.wait_for_url("**/setup")
    world.check("Sign in at Salesforce" in page.inner_text("main"), "a new connection goes on to the sign-in")
    visitor.inspect("setup-salesforce", "light")
    sign_in_at_salesforce(world, page)
    world.check("What shall be mapped?" in page.inner_text("main"), "who signed in at Salesforce comes back to the mappings")
    visitor.inspect("setup-mappings", "light")
    path = page.url.removeprefix(world.base).partition("?")[0].removesuffix("/setup")
    page.click("a:has-text('Create mapping')")
    page.wait_for_selector("[data-late]", state="detached")
    page.fill("#search", "campaign")
    page.locator("form.filter:has(#search) button").click()
    page.wait_for_selector("[data-late]", state="detached")
    page.locator("#objects-list tr:has(th:text-is('Campaign')) a").click()
    page.wait_for_url("**/new-mapping?object=Campaign")
    page.click("button:has-text('Create mapping')")
    page.wait_for_url("**/mappings/*")
    wait_for("the first mapping is loaded", 60, lambda: world.cluster.database.number(
        "SELECT count(*) FROM sluice.mappings m JOIN sluice.connections c ON c.id = m.connection_id WHERE c.schema_name = 'second' AND m.state = 'DATA_SYNCED'") == 1)
    records = world.cluster.org.count("Id != NULL", "Campaign")
    world.check(world.cluster.database.number("SELECT count(*) FROM second.campaign") == records, f"an object found by search is mapped: {records} rows")
    delete(world, visitor, path, "second")
    visitor.context.close()


def delete(world: World, visitor: Visitor, path: str, schema: str) -> None:
    page = visitor.go(f"{path}/confirm/delete")
    page.click("button:has-text('Delete connection')")
    page.wait_for_url(f"{world.base}/")
    wait_for("the connection is gone", 60, lambda: world.cluster.database.number(
        f"SELECT count(*) FROM sluice.connections WHERE schema_name = '{schema}'") == 0)
    world.check(True, f"the connection of {schema} is deleted after a question")


def a_schema_that_is_adopted(world: World, browser: Any) -> None:
    database = world.cluster.database
    organization = database.value(f"SELECT organization_id FROM sluice.connections WHERE id = '{world.cluster.connection_id}'")
    database.rows(f"""
        CREATE SCHEMA {INHERITED};
        CREATE TABLE {INHERITED}.account (LIKE {SCHEMA}.account INCLUDING ALL);
        INSERT INTO {INHERITED}.account SELECT * FROM {SCHEMA}.account;
        CREATE TABLE {INHERITED}._hcmeta (id serial PRIMARY KEY, hcver integer, org_id varchar(50), details text);
        INSERT INTO {INHERITED}._hcmeta (hcver, org_id, details) VALUES (26, '{organization}', '{{"cell": "3"}}')""")
    rows = f"SELECT md5(string_agg(id || sfid, '|' ORDER BY id)) FROM {INHERITED}.account"
    before = database.value(rows)
    account = next(mapping for mapping in world.cluster.mappings if mapping["object_name"] == "Account")
    visitor = Visitor(world, browser, world.cluster.token, **LOOKS["light"])
    page = _look(world, visitor, INHERITED, "Inherited")
    world.check("to adopt" in page.inner_text("section:has(#found)"), "a schema that Heroku Connect filled is found to be adoptable")
    visitor.inspect("new-connection-adoptable", "light")
    page.click("button:has-text('Make the connection')")
    page.wait_for_url("**/setup")
    path = page.url.removeprefix(world.base).removesuffix("/setup")
    sign_in_at_salesforce(world, page)
    page.click("a:has-text('Adopt the schema')")
    visitor.inspect("adopt", "light")
    page.fill("#export", "{no json")
    complaints = len(world.complaints)
    page.click("button:has-text('Show what would be done')")
    world.check("JSON" in page.inner_text("#fault"), f"a file that is none is refused: {page.inner_text('#fault')}")
    del world.complaints[complaints:]
    page.fill("#export", json.dumps({"version": 1, "mappings": [account]}))
    page.click("button:has-text('Show what would be done')")
    page.wait_for_selector("#report")
    world.check("can be adopted" in page.inner_text("#report") and page.locator("#adopted").count() == 1, "the plan is shown")
    world.check(database.number("SELECT count(*) FROM sluice.adoptions") == 0, "before anything is done")
    visitor.inspect("adoption-plan", "light")
    page.locator("button.primary:has-text('Adopt')").click()
    page.wait_for_url("**/adoptions/*")
    visitor.sees("the report comes by itself", lambda: page.locator("#report").count() == 1, 60)
    world.check("is adopted" in page.inner_text("#report"), f"the schema is adopted: {page.inner_text('#report')}")
    visitor.inspect("adoption-report", "light")
    world.check(database.value(rows) == before, "its rows stay with their ids")
    state = database.value(
        f"SELECT m.state FROM sluice.mappings m JOIN sluice.connections c ON c.id = m.connection_id WHERE c.schema_name = '{INHERITED}'")
    world.check(state == "DATA_SYNCED", f"and its mapping goes on from there: {state}")
    page = visitor.go(f"{path}/settings")
    wait_for("the connection rests", 30, lambda: database.value(f"SELECT state FROM sluice.connections WHERE schema_name = '{INHERITED}'") == "IDLE")
    page.click("button:has-text('Pause')")
    page = visitor.go(f"{path}/confirm/take-back")
    visitor.inspect("take-back", "light")
    page.click("button:has-text('Take back')")
    page.wait_for_url("**/adoptions/*")
    visitor.sees("its taking back is reported", lambda: page.locator("#report").count() == 1, 60)
    world.check("taken back" in page.inner_text("#report"), f"an adoption is taken back: {page.inner_text('main')[-600:]}")
    world.check(database.number(f"SELECT count(*) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace "
                                f"WHERE n.nspname = '{INHERITED}' AND NOT t.tgisinternal") == 0, "and leaves no trigger behind")
    delete(world, visitor, path, INHERITED)
    visitor.context.close()
