"""Exports that were met in the wild are loaded: an org that has their objects, and every mapping DATA_SYNCED with all of its rows."""

import json
from pathlib import Path
from typing import Any

from ..clients import SandboxOrg, UnexpectedAnswer
from ..report import Report
from ..waiting import NotInTime
from .exports import FOREIGN, OWN
from .world import World

ROWS = 40
KEY = {"type": "string", "length": 40, "unique": True, "externalId": True}
TYPES = {"date": "date", "datetime": "datetime", "quantity": "double", "price": "currency", "count": "double", "hours": "double", "point": "double"}


def loads(world: World, report: Report) -> None:
    for number, file in enumerate(sorted(OWN.glob("*.json")) + sorted(FOREIGN.glob("*.json"))):
        export = json.loads(file.read_text(encoding="utf-8"))
        objects = {mapping["object_name"] for mapping in export["mappings"]}
        org = OrgObjects(world)
        for mapping in export["mappings"]:
            org.provide(mapping["object_name"])
        for mapping in export["mappings"]:
            org.complete(mapping["object_name"], list(mapping["config"]["fields"]), mapping["config"].get("upsert_field"))
        connection = world.connect(f"load_{number}")
        world.api.expect({202}, "POST", f"/api/v3/connections/{connection}/actions/import", export)
        try:
            if objects:
                world.wait_until_synced(connection, objects, 120)
        except NotInTime:
            for mapping in world.api.connection(connection)["mappings"]:
                report.check(mapping["state"] == "DATA_SYNCED", f"{file.name}: {mapping['object_name']} is {mapping['state']}: {mapping['state_description']}")
            continue
        report.check(True, f"{file.name}: {len(objects)} mappings DATA_SYNCED")
        for name in sorted(objects):
            rows = int(world.database.rows(f'SELECT count(*) FROM load_{number}."{name.lower()}"')[0][0])
            there = org.count(name)
            report.check(rows == there, f"{file.name}: {name} has {rows} rows of {there} records")


class OrgObjects:
    """The sandbox org, given whatever an export asks for and it lacks."""

    def __init__(self, world: World) -> None:
        self.world = world
        assert world.org is not None
        self.org = SandboxOrg(world.org_url)

    def described(self, name: str) -> dict[str, Any] | None:
        answer = self.org.request("GET", f"/sandbox/schema?object={name}")
        return answer.json if answer.status == 200 else None

    def change(self, change: dict[str, Any] | list[dict[str, Any]]) -> None:
        answer = self.org.request("POST", "/sandbox/schema", change)
        if answer.status not in (200, 204) and b"is there twice, or is a system field" not in answer.body:
            raise UnexpectedAnswer(f"{change}: {answer.status} {answer.body!r}")

    def count(self, name: str) -> int:
        return self.org.content_hash(name, ["Id"])[0]

    def provide(self, name: str) -> None:
        """An object that is not there, with records."""
        if self.described(name) is None:
            self.change({
                "change": "add_object",
                "object": {
                    "name": name, "label": name, "labelPlural": name, "rows": ROWS,
                    "fields": [{"name": "Name", "type": "string", "length": 80, "nameField": True, "generate": {"kind": "listed", "values": ["One", "Two"]}}]}})

    def complete(self, name: str, fields: list[str], key: str | None) -> None:
        """The fields that a mapping names; those of parents at the parents."""
        # Lookups before all else: exports name them besides what they reach through them.
        for field in sorted(fields, key=lambda field: field.count("__") < 2):
            known = {one["name"].lower() for one in (self.described(name) or {}).get("fields", [])}
            if field.lower() in known or field.lower().endswith(("__latitude__s", "__longitude__s")) and self.location(name, field, known):
                continue
            if field.count("__") > 1 and not field.startswith(self.prefix(name)):
                self.reference(name, field, known)
            else:
                self.change({"change": "add_field", "object": name, "field": {"name": field, **(KEY if field == key else self.type(field))}})

    def reference(self, name: str, field: str, known: set[str]) -> None:
        """`Account__PG_ID__c` is PG_ID__c of the parent that AccountId names, `Project__r__PG_ID__c` of the one that Project__c names."""
        lookup, _, of_parent = field.partition("__r__") if "__r__" in field else field.partition("__")
        is_custom = "__r__" in field
        parents = {"MasterRecord": name, "Parent": name, "ReportsTo": "Contact"}
        parent = parents.get(lookup, lookup)
        for candidate in (parent, f"{parent}__c", f"TT_{parent}__c", f"TT_{parent.removeprefix('Final_').removeprefix('Approving_')}__c", "Contact"):
            if self.described(candidate) is not None:
                parent = candidate
                break
        reference = f"{lookup}__c" if is_custom else f"{lookup}Id"
        if reference.lower() not in known :
            self.change({
                "change": "add_field", "object": name,
                "field": {"name": reference, "type": "reference", "referenceTo": [parent], "relationshipName": f"{lookup}__r" if is_custom else lookup}})
        if of_parent.lower() not in {one["name"].lower() for one in (self.described(parent) or {}).get("fields", [])}:
            self.change({
                "change": "add_field", "object": parent,
                "field": {"name": of_parent, **KEY}})

    def location(self, name: str, field: str, known: set[str]) -> bool:
        base = field.rpartition("__")[0].rpartition("__")[0]
        compound = f"{base}__c"
        if compound.lower() not in known:
            parts = [f"{base}__{part}__s" for part in ("Latitude", "Longitude")]
            self.change([
                {"change": "add_field", "object": name, "field": new}
                for new in (
                    *({"name": part, "type": "double", "precision": 18, "scale": 15, "compoundFieldName": compound} for part in parts),
                    {"name": compound, "type": "location"})])
        return True

    @staticmethod
    def prefix(name: str) -> str:
        """The namespace of a managed package's object, with its underscores."""
        return f"{name.split('__')[0]}__" if name.count("__") == 2 else "\0"

    @staticmethod
    def type(field: str) -> dict[str, Any]:
        if field.endswith("Id") and field != "Id":
            return {"type": "reference", "referenceTo": ["User"], "relationshipName": field.removesuffix("Id")}
        kind = next((kind for part, kind in TYPES.items() if part in field.lower()), "string")
        return {"type": kind, "precision": 18, "scale": 2} if kind in ("double", "currency") else {"type": kind, **({"length": 255} if kind == "string" else {})}
