"""Every tab, light, dark and on a phone: accessible, nothing sticks out, nothing is refused by the browser."""

from typing import Any

from .world import Visitor, World

LOOKS = {
    "light": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light", "has_touch": True, "is_mobile": True},
}


def tabs(world: World) -> dict[str, str]:
    connection, mapping = world.connection_path, world.mapping_path("Account")
    return {
        "connections": "/",
        "overview": connection,
        "mappings": f"{connection}/mappings",
        "mapping": mapping,
        "edit": f"{mapping}/edit",
        "choose": f"{connection}/new-mapping",
        "reload": f"{mapping}/confirm/reload",
        "delete": f"{mapping}/confirm/delete",
        "explorer": f"{connection}/explorer?mapping=Account",
        "explorer-failed": f"{connection}/explorer?mapping=Account&state=failed",
        "logs": f"{connection}/logs",
        "jobs": f"{connection}/jobs",
        "settings": f"{connection}/settings",
        "audit": f"{connection}/audit",
        "outlets": f"{connection}/outlets",
        "objects": f"{connection}/objects",
        "version": f"{connection}/version",
        "import": f"{connection}/import",
        "delete-connection": f"{connection}/confirm/delete",
        "new-connection": "/new-connection",
        "setup": f"{connection}/setup",
        "adopt": f"{connection}/adopt",
        "account": "/account",
        "find": "/find?q=acc",
        "styleguide": "/styleguide",
    }


def every_tab_in_every_look(world: World, browser: Any) -> None:
    paths = tabs(world)
    for look, options in LOOKS.items():
        visitor = Visitor(world, browser, world.cluster.token, **options)
        for name, path in paths.items():
            page = visitor.go(path)
            page.wait_for_selector("[data-late]", state="detached")
            if name == "mappings":
                menu = page.locator("details.menu").first
                menu.locator("summary").click()
                page.wait_for_timeout(100)
                right = menu.locator("ul").evaluate("list => list.getBoundingClientRect().right")
                world.check(right <= options["viewport"]["width"], f"{look}: all of an open menu is in sight ({right:g} px)")
            visitor.inspect(name, look)
        visitor.context.close()


# What a role may not even see.
CLOSED = {
    "viewer": {"edit", "choose", "reload", "delete", "import", "delete-connection", "new-connection", "setup", "adopt"},
    "operator": {"edit", "choose", "delete", "import", "delete-connection", "new-connection", "setup", "adopt"},
}
# What a role is not offered.
UNSEEN = {
    "viewer": ("Poll now", "Pause", "Rename", "Give access", "Delete connection", "Create mapping", "Import"),
    "operator": ("Rename", "Give access", "Delete connection", "Create mapping", "Import"),
}


def every_tab_of_every_role(world: World, browser: Any) -> None:
    for role, token in world.tokens.items():
        visitor = Visitor(world, browser, token, **LOOKS["light"])
        found: dict[str, int] = {}
        offered: set[str] = set()
        before = len(world.complaints)
        for name, path in tabs(world).items():
            answer = visitor.page.goto(world.base + path)
            found[name] = answer.status if answer else 0
            buttons = visitor.page.locator("main button, main a").all_text_contents()
            if name != "styleguide":
                offered |= {word for word in UNSEEN[role] if any(text.strip().startswith(word) for text in buttons)}
        # The browser itself reports what is refused on its console.
        del world.complaints[before:]
        expected = {name: 403 if name in CLOSED[role] else 200 for name in found}
        wrong = {name: status for name, status in found.items() if status != expected[name]}
        world.check(not wrong, f"{role}: every page opens that may, and no other{f': {wrong}' if wrong else ''}")
        world.check(not offered, f"{role}: is offered nothing that he may not do{f': {offered}' if offered else ''}")
        visitor.context.close()


def sign_in_form(world: World, browser: Any) -> None:
    visitor = Visitor(world, browser, world.cluster.token, **LOOKS["light"])
    page = visitor.page
    page.click("text=Log out")
    page.wait_for_url("**/login")
    visitor.inspect("login", "light")
    page.fill("#token", "sluice_wrong")
    before = len(world.complaints)
    page.click("form:has(#token) button[type=submit]")
    world.check("not valid" in page.inner_text("[role=alert]"), "a wrong token is refused in words")
    # The browser itself reports the 401 on its console.
    del world.complaints[before:]
    page.goto(world.base + world.connection_path)
    world.check(page.url.endswith("/login"), "whoever is not signed in is sent to the sign-in")
    visitor.context.close()
