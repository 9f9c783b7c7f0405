"""A cluster with an org behind it, and a browser before it."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, Playwright, Request

from ..cluster import APP, Cluster
from ..database import Database
from ..report import Report

ROWS = {"Account": 600, "Contact": 120}
ROLES = ("viewer", "operator")


class World:
    """Everything that a check of pages needs."""

    def __init__(self, configuration: str, screenshots: Path | None) -> None:
        self.server = Database(os.environ["SLUICE_TEST_DATABASE_URL"])
        self.name = f"browser_{secrets.token_hex(4)}"
        self.server.rows(f"CREATE DATABASE {self.name}")
        self.cluster = Cluster(self.server.url.rpartition("/")[0] + f"/{self.name}", configuration, rows=ROWS, logs="browser")
        self.screenshots = screenshots
        self.report = Report()
        # What the browser complained of: an error on the console, a script that broke, a resource that was refused.
        self.complaints: list[str] = []

    def start(self) -> None:
        self.cluster.start_org()
        self.cluster.prepare()
        for process_type in ("web", "scheduler", "worker"):
            self.cluster.formation.start_type(process_type, PORT=str(self.cluster.port), SLUICE_STYLEGUIDE="1")
        self.cluster.wait_until_up(workers=1)
        self.cluster.api.expect(
            {200, 201, 202, 204}, "POST", f"/api/v3/connections/{self.cluster.connection_id}/actions/import",
            {"mappings": self.cluster.mappings, "version": 1})
        self.cluster.wait_until_synced(120)
        self.tokens = {
            role: self.cluster.sluice("user", "add", f"{role}@sluice.example", "--app", APP, "--role", role, "--json")["token"] for role in ROLES}
        self.viewer_token = self.tokens["viewer"]

    def stop(self) -> None:
        self.cluster.stop()
        self.server.rows(f"DROP DATABASE {self.name} WITH (FORCE)")

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.cluster.port}"

    @property
    def connection_path(self) -> str:
        return f"/connections/{self.cluster.connection_id}"

    def mapping_path(self, name: str) -> str:
        return f"/mappings/{self.cluster.mapping_id(name)}"

    def check(self, passed: bool, text: str) -> bool:
        return self.report.check(passed, text)


class Visitor:
    """Somebody at a browser of his own, signed in."""

    def __init__(self, world: World, browser: Any, token: str, **options: Any) -> None:
        self.world = world
        self.context: BrowserContext = browser.new_context(**options)
        self.context.set_default_timeout(20_000)
        self.page: Page = self.context.new_page()
        self.page.on("console", lambda message: self._complain(message.text) if message.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self._complain(str(error)))
        self.page.on("requestfailed", self._note_failure)
        self.page.on("dialog", lambda dialog: (self._complain(f"a dialog: {dialog.message}"), dialog.dismiss()))
        self.sign_in(token)

    def _complain(self, text: str) -> None:
        self.world.complaints.append(f"{self.page.url}: {text}")

    def _note_failure(self, request: Request) -> None:
        # Chromium gives up what it still loads when the page goes elsewhere.
        if "asset" in request.url and request.failure != "net::ERR_ABORTED":
            self._complain(f"{request.url}: {request.failure}")

    def sign_in(self, token: str) -> None:
        self.go("/login")
        self.page.fill("#token", token)
        self.page.click("form:has(#token) button[type=submit]")
        self.page.wait_for_url(f"{self.world.base}/")

    def go(self, path: str) -> Page:
        self.page.goto(self.world.base + path)
        return self.page

    def sees(self, what: str, condition: Callable[[], bool], seconds: float = 20) -> bool:
        """Whether something comes to be seen without the page being loaded again."""
        waited = 0.0
        while not condition():
            if waited > seconds:
                return self.world.check(False, f"{what}: not within {seconds:g} s")
            self.page.wait_for_timeout(100)
            waited += 0.1
        return self.world.check(True, what)

    def inspect(self, name: str, look: str) -> None:
        """Runs axe-core over the page, looks for anything that sticks out, and takes a picture when pictures are wanted."""
        results = Axe().run(self.page)
        found = [f"{item['id']} ({item['impact']}) at {item['nodes'][0]['target']}" for item in results.response["violations"]]
        self.world.check(not found, f"{name}, {look}: axe-core finds nothing{': ' + '; '.join(found) if found else ''}")
        excess = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        self.world.check(excess <= 0, f"{name}, {look}: nothing is wider than the window ({excess} px)")
        text = self.page.inner_text("main")
        markup = [tag for tag in ("<div", "<span", "<p ", "<a ", "<td", "&lt;") if tag in text]
        self.world.check(not markup, f"{name}, {look}: no markup is shown as text{': ' + ', '.join(markup) if markup else ''}")
        if self.world.screenshots is not None:
            self.page.screenshot(path=str(self.world.screenshots / f"{name}-{look}.png"), full_page=True)


def launch(playwright: Playwright) -> Any:
    # Everything runs as root in CI, where Chromium's own sandbox does not start.
    return playwright.chromium.launch(executable_path=os.environ["SLUICE_CHROMIUM"], args=["--no-sandbox", "--disable-dev-shm-usage"])
