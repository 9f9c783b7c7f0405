"""What the judged org and its mappings look like: few objects, few fields, so that edits meet.

Every object has `Label__c`, which is set when a record is made and never again: it tells which record is meant, whatever its sfid and id are.
"""

import random
from dataclasses import dataclass, field
from typing import Any

SCHEMA = "salesforce"
LABEL = "Label__c"
# A colour that the org refuses, by a validation rule, and one that an application's own trigger refuses.
FORBIDDEN_COLOUR, HATED_COLOUR = "forbidden", "mauve"
COLOURS = ("red", "green", "blue", "grey", FORBIDDEN_COLOUR, HATED_COLOUR)


def _text(name: str, length: int = 40, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": "string", "length": length} | more


def _long(name: str) -> dict[str, Any]:
    return {"name": name, "type": "textarea", "length": 32768, "extraTypeInfo": "plaintextarea"}


def _reference(name: str, to: str, children: str) -> dict[str, Any]:
    return {"name": name, "type": "reference", "referenceTo": [to], "relationshipName": name.replace("__c", "__r"), "childRelationshipName": children}


def _number(name: str, precision: int, scale: int, kind: str = "double") -> dict[str, Any]:
    return {"name": name, "type": kind, "precision": precision, "scale": scale}


OWNER = {"name": "OwnerId", "type": "reference", "nillable": False, "defaultedOnCreate": True, "referenceTo": ["User"], "relationshipName": "Owner"}
NAME = {"name": "Name", "type": "string", "length": 80, "nillable": False, "nameField": True, "autoNumber": "N-"}
UNIQUE = {"unique": True, "externalId": True}
COLOUR_RULE = {"name": "colours", "condition": f'Color__c = "{FORBIDDEN_COLOUR}"', "message": "the colour is forbidden", "field": "Color__c"}

OBJECTS: dict[str, list[dict[str, Any]]] = {
    "Maker__c": [_text(LABEL), _text("Key__c", 30, **UNIQUE), _text("Color__c", 20)],
    "Part__c": [
        _text(LABEL), _text("Key__c", 30, **UNIQUE), _text("Code__c", 30, **UNIQUE), _text("Color__c", 20), _number("Amount__c", 16, 2),
        _reference("Parent__c", "Part__c", "Parts__r"), _reference("Maker__c", "Maker__c", "Parts__r")],
    "Leaf__c": [_text(LABEL), _text("Color__c", 20), _number("Amount__c", 16, 2), _reference("Part__c", "Part__c", "Leaves__r")],
    # No short text and nothing unique: only long texts tell one from another.
    "Scrap__c": [_long(LABEL), _long("Body__c"), _number("Amount__c", 16, 2)],
    "Kind__c": [
        _text(LABEL), _text("Key__c", 30, **UNIQUE), _text("Text__c", 20), _long("Long_Text__c"), {"name": "Email__c", "type": "email"},
        {"name": "Pick__c", "type": "picklist", "restrictedPicklist": True, "picklistValues": ["Red", "Green", "Blue"]},
        {"name": "Many__c", "type": "multipicklist", "picklistValues": ["North", "East", "South", "West"]},
        {"name": "Checkbox__c", "type": "boolean"}, _number("Whole__c", 18, 0), _number("Decimal__c", 16, 6),
        _number("Money__c", 18, 2, "currency"), _number("Percent__c", 5, 2, "percent"), {"name": "Date__c", "type": "date"},
        {"name": "Date_Time__c", "type": "datetime"}, {"name": "Time__c", "type": "time"}],
}
KEYED = {"Maker__c", "Part__c", "Kind__c"}
PREFIXES = {"Maker__c": "aM0", "Part__c": "aP0", "Leaf__c": "aL0", "Scrap__c": "aS0", "Kind__c": "aK0"}
COLOURED = {"Maker__c", "Part__c", "Leaf__c"}


def table(object_name: str) -> str:
    return object_name.lower()


def column(field_name: str) -> str:
    return field_name.lower().replace(".", "__")


def document() -> dict[str, Any]:
    """The schema file of the org."""
    objects = []
    for name, fields in OBJECTS.items():
        rules = {"validationRules": [COLOUR_RULE]} if name in COLOURED else {}
        # Generated rows none: every record is made by somebody whom the ledger knows.
        objects.append({"name": name, "label": name[:-3], "keyPrefix": PREFIXES[name], "rows": 0, "fields": [OWNER, NAME, *fields]} | rules)
    return {"extends": "built-in", "objects": objects}


@dataclass(frozen=True)
class World:
    """What is drawn for a whole round before it begins."""

    # The target in a database of its own.
    apart: bool
    # Parents named by external id beside their id; of the object itself too.
    parent_keys: bool
    own_parent_keys: bool
    # Rows above which a poll goes through Bulk, and rows of a page of it.
    poll_threshold: int
    page_rows: int
    bulk_delay: int
    rotates_tokens: bool
    poll_seconds: int
    records: int
    objects: tuple[str, ...] = field(default=tuple(OBJECTS))

    @classmethod
    def draw(cls, rng: random.Random, odds: dict[str, float]) -> "World":
        """`odds` are the shares of rounds, in percent, that have each."""

        def has(name: str) -> bool:
            return rng.random() * 100 < odds.get(name, 0)

        return cls(
            apart=has("apart"), parent_keys=has("parent keys"), own_parent_keys=has("own parent keys"), poll_threshold=2 if has("bulk polls") else 10_000,
            page_rows=4 if has("small pages") else 50_000, bulk_delay=400 if has("slow bulk") else 0, rotates_tokens=has("rotated tokens"),
            poll_seconds=rng.choice((1, 2, 3)), records=rng.choice((4, 6, 8)))

    def fields(self, object_name: str) -> list[str]:
        """The mapped fields, by the names that a mapping has for them."""
        names = ["Id", "SystemModstamp", "IsDeleted"] + [spec["name"] for spec in OBJECTS[object_name]]
        if self.parent_keys and object_name == "Part__c":
            names.append("Maker__r.Key__c")
        if self.parent_keys and object_name == "Leaf__c":
            names.append("Part__r.Key__c")
        if self.own_parent_keys and object_name == "Part__c":
            names.append("Parent__r.Key__c")
        return names

    def export(self) -> dict[str, Any]:
        """The mappings, as an export file has them."""
        mappings = []
        for name in self.objects:
            indexes = {"Id": {"unique": True}, "SystemModstamp": {"unique": False}}
            config: dict[str, Any] = {
                "access": "read_write", "sf_notify_enabled": False, "sf_polling_seconds": self.poll_seconds, "sf_max_daily_api_calls": 1_000_000,
                "fields": {spelled: {} for spelled in self.fields(name)}, "indexes": indexes}
            if name in KEYED:
                indexes["Key__c"] = {"unique": True}
                config["upsert_field"] = "Key__c"
            mappings.append({"object_name": name, "config": config})
        connection = {"organization_id": "", "app_name": "judge", "exported_at": "2026-01-01T00:00:00.000000+00:00"}
        return {"version": 1, "connection": connection, "mappings": mappings}
