"""Every page that keeps itself fresh, left open while its connection works, holds no more after hundreds of updates than after a few."""

from dataclasses import dataclass
from typing import Any

from ..waiting import wait_for
from .looks import CLOSED, LOOKS, tabs
from .world import Visitor, World

# Updates that a page takes over before it is measured, and again before it is measured a second time. What comes within a second is one update,
# so that an hour in which something is new at every moment is some 1,800 of them, and one in which nothing is new is 180: 200 stand for both,
# since a single node that stayed of each would be more than the bound.
FIRST, MORE = 5, 200
# Nodes beyond those that a page shows: the insides of fields and menus are some 90 of them, while one page that was read and is held on to, or
# the attributes of a page as nodes of their own, are hundreds.
NODES = 150
# How often a page is measured that holds more, before it is said to.
MOMENTS = 20
# What V8 learns of code that runs often.
HEAP_BYTES = 200_000
LIVE = {"connections", "overview", "mappings", "mapping", "loading", "logs", "jobs", "settings"}


@dataclass(frozen=True)
class Held:
    """What a page holds once everything is collected that can be."""

    shown: int
    nodes: int
    listeners: int
    heap: int


class OpenPage:
    """A page that stands open, and how often it took fresh content over."""

    def __init__(self, world: World, browser: Any, path: str) -> None:
        self.visitor = Visitor(world, browser, world.tokens["viewer"], **LOOKS["light"])
        self.page = self.visitor.page
        self.updates = 0
        self.visitor.go(path)
        self.page.on("requestfinished", self._count)
        self.tools = self.visitor.context.new_cdp_session(self.page)

    def _count(self, request: Any) -> None:
        self.updates += 1 if request.resource_type == "fetch" else 0

    def held(self) -> Held:
        # What one collection lets go of may be all that held something else.
        for _ in range(3):
            self.tools.send("HeapProfiler.collectGarbage")
        shown = self.page.evaluate("""() => {
            const walk = document.createTreeWalker(document);
            let count = 1;
            while (walk.nextNode()) count += 1;
            return count;
        }""")
        counters = self.tools.send("Memory.getDOMCounters")
        return Held(shown, counters["nodes"], counters["jsEventListeners"], self.tools.send("Runtime.getHeapUsage")["usedSize"])


def pages_left_open(world: World, browser: Any) -> None:
    cluster = world.cluster
    contact = cluster.mapping_id("Contact")
    # A load that does not end by itself: by a bulk query, however few rows there are, that stays in progress.
    own = f"WHERE id = '{cluster.connection_id}'"
    threshold = cluster.database.number(f"SELECT large_query_threshold FROM sluice.connections {own}")
    cluster.database.rows(f"UPDATE sluice.connections SET large_query_threshold = 1 {own}")
    cluster.org.expect({200, 204}, "POST", "/sandbox/faults", {"bulk_delay_ms": 3_600_000})
    load = cluster.api.act(contact, "reload")
    open_pages: dict[str, OpenPage] = {}
    try:
        wait_for("the reload runs", 60, lambda: cluster.states()["Contact"] == "WAIT_BULK_LOAD")
        paths = tabs(world) | {"loading": world.mapping_path("Contact")}
        visitor = Visitor(world, browser, world.tokens["viewer"], **LOOKS["light"])
        for name in sorted(paths.keys() - CLOSED["viewer"]):
            is_live = visitor.go(paths[name]).evaluate("'live' in document.body.dataset")
            world.check(is_live == (name in LIVE), f"{name}: {'keeps itself fresh' if is_live else 'stays as it is'}")
        visitor.context.close()
        open_pages |= {name: OpenPage(world, browser, paths[name]) for name in sorted(LIVE)}
        _happen(world, lines=100)
        _update(world, open_pages, FIRST)
        first = {name: page.held() for name, page in open_pages.items()}
        _update(world, open_pages, MORE)
        for name, page in open_pages.items():
            _compare(world, name, page, first[name])
    finally:
        cluster.org.expect({200, 204}, "DELETE", "/sandbox/faults")
        cluster.database.rows(f"UPDATE sluice.connections SET large_query_threshold = {threshold} {own}")
        for page in open_pages.values():
            page.visitor.context.close()
    cluster.api.expect({202}, "POST", f"/api/v3/mappings/{contact}/actions/abort")
    cluster.wait_for_job(load)
    cluster.run_action("Contact", "reload")


def _happen(world: World, lines: int) -> None:
    """Lines of the log, and rows in each minute of the last hour: what is new without a table or a graph that grows."""
    world.cluster.database.rows(f"""
        INSERT INTO sluice.events (level, type, connection_id, mapping_id, message)
        SELECT 'info', 'read', connection_id, id, 'line ' || n || ' of ' || clock_timestamp() FROM sluice.mappings, generate_series(1, {lines}) n;
        INSERT INTO sluice.activity (mapping_id, direction, bucket, rows)
        SELECT id, 'sf_to_db', date_trunc('minute', now()) - n * interval '1 minute', 1 FROM sluice.mappings, generate_series(0, 59) n
        ON CONFLICT (mapping_id, direction, bucket) DO UPDATE SET rows = activity.rows + 1""")


def _update(world: World, open_pages: dict[str, OpenPage], count: int) -> None:
    """Something happens until every page took it over so often."""
    goals = {name: page.updates + count for name, page in open_pages.items()}
    late = 0
    while waiting := [name for name, goal in goals.items() if open_pages[name].updates < goal]:
        _happen(world, lines=1)
        before = sum(page.updates for page in open_pages.values())
        open_pages[waiting[0]].page.wait_for_timeout(250)
        late = 0 if sum(page.updates for page in open_pages.values()) > before else late + 1
        if late > 120:
            raise AssertionError(f"no update reaches {waiting}")


def _grows(held: Held, first: Held) -> bool:
    return held.nodes - held.shown > NODES or held.listeners > first.listeners or held.heap > first.heap + HEAP_BYTES


def _compare(world: World, name: str, page: OpenPage, first: Held) -> None:
    held = page.held()
    # While a page takes an update over, it holds the one that it has just read; what it keeps, it keeps after that, too.
    for _ in range(MOMENTS):
        if not _grows(held, first):
            break
        page.page.wait_for_timeout(250)
        held = page.held()
    world.check(held.shown <= first.shown * 1.1 + 50, f"{name}: after {page.updates} updates it shows {held.shown} nodes, {first.shown} after {FIRST}")
    kept, former = held.nodes - held.shown, first.nodes - first.shown
    figures = f"{kept} nodes beyond those, {held.listeners} listeners, {held.heap / 1e6:.2f} MB; {former}, {first.listeners}, {first.heap / 1e6:.2f} MB"
    world.check(not _grows(held, first), f"{name}: and holds {figures} after {FIRST}")
