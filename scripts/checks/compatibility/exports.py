"""Exports in every layout that was met in the wild: what goes in comes out, key for key, and nothing that a file does not name is touched."""

import json
from pathlib import Path
from typing import Any

from ..report import Report
from .world import ROOT, World

OWN = Path(__file__).parent / "exports"
# Real files of other people, where the machine has them; they are not ours to publish.
FOREIGN = ROOT.parent / "shared/samples/mapping-exports"


def imports(world: World, report: Report) -> None:
    connection = world.connect("imports")
    for file in sorted(OWN.glob("*.json")) + sorted(FOREIGN.glob("*.json")):
        before = exported(world, connection)
        text = file.read_text(encoding="utf-8")
        document = json.loads(text, object_pairs_hook=list_of_pairs)
        answer = world.api.request("POST", f"/api/v3/connections/{connection}/actions/import", json.loads(text))
        report.check(answer.status == 202 and not answer.body, f"{file.name}: imported with {answer.status} and an empty body")
        world.wait_for_state(connection, "IDLE", "PAUSED", "POLLING_DB_CHANGES")
        after = exported(world, connection)
        wanted = [pair for pair in document if pair[0] == "mappings"][0][1]
        names = [name(mapping) for mapping in wanted]
        came_out = [mapping for mapping in after if name(mapping) in names]
        report.check(came_out == wanted, f"{file.name}: {len(wanted)} mappings come out as they went in, order and keys of each level kept")
        others = [mapping for mapping in before if name(mapping) not in names]
        kept = [mapping for mapping in after if name(mapping) not in names]
        report.check(others == kept, f"{file.name}: {len(others)} other mappings are left alone")


def exported(world: World, connection: str) -> list[Any]:
    answer = world.api.expect({200}, "GET", f"/api/v3/connections/{connection}/actions/export")
    document = json.loads(answer.body, object_pairs_hook=list_of_pairs)
    return [pair for pair in document if pair[0] == "mappings"][0][1]


def list_of_pairs(pairs: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """An object as its members in order, so that a comparison sees the order."""
    return pairs


def name(mapping: list[tuple[str, Any]]) -> str:
    return dict(mapping)["object_name"]
