"""What other people and administrators do in the org: each kind is one call, with records named by their labels."""

from typing import Any

from .draw import Draw
from .shape import COLOURED, KEYED, LABEL, SCHEMA, table

Call = dict[str, Any]
_PARENTS = (("Part__c", "Maker__c", "Maker__c"), ("Leaf__c", "Part__c", "Part__c"), ("Part__c", "Parent__c", "Part__c"))
_ORG_KEYS = tuple(f"O{number}" for number in range(1, 7))
_FIELDS = {"Part__c": ("Color__c", "Amount__c"), "Leaf__c": ("Color__c", "Amount__c"), "Maker__c": ("Color__c",)}


def _edited(draw: Draw, name: str) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if name in COLOURED and (name == "Maker__c" or draw.chance(60)):
        fields["Color__c"] = draw.colour() if draw.chance(90) else None
    if name != "Maker__c" and (not fields or draw.chance(30)):
        fields["Amount__c"] = float(draw.amount())
    if name == "Scrap__c" and draw.chance(30):
        fields["Body__c"] = f"from the org {draw.amount()}"
    return fields


def edit(draw: Draw) -> Call:
    name = draw.object()
    return {"do": "update", "object": name, "label": draw.label(name), "fields": _edited(draw, name)}


def create(draw: Draw) -> Call:
    name = draw.object()
    fields = {LABEL: draw.new_label(name)} | _edited(draw, name)
    if name in KEYED and draw.chance(80):
        # An insert of the same key meets it, which is what an upsert is for: now and then.
        fields["Key__c"] = draw.free_key(name) if draw.chance(5) else f"{fields[LABEL]}-key"
    return {"do": "create", "object": name, "label": fields[LABEL], "fields": fields}


def move_key(draw: Draw) -> Call:
    """A key that no application uses: an upsert of the same key would write to this record, and nobody could tell that it should not."""
    name = draw.keyed()
    key = draw.rng.choice(_ORG_KEYS) if draw.chance(80) else None
    return {"do": "update", "object": name, "label": draw.label(name), "fields": {"Key__c": key}}


def delete(draw: Draw) -> Call:
    name = draw.object()
    return {"do": "delete", "object": name, "label": draw.label(name)}


def undelete(draw: Draw) -> Call:
    name = draw.object()
    return {"do": "undelete", "object": name, "label": draw.label(name), "pick": draw.rng.randrange(1000)}


def hard_delete(draw: Draw) -> Call:
    name = draw.object()
    return {"do": "hard delete", "object": name, "label": draw.label(name)}


def merge(draw: Draw) -> Call:
    name = draw.rng.choice(("Maker__c", "Part__c"))
    return {"do": "merge", "object": name, "label": draw.label(name), "loser": draw.label(name)}


def reparent(draw: Draw) -> Call:
    child, field, parent = draw.rng.choice(_PARENTS)
    to = draw.label(parent) if draw.chance(75) else None
    return {"do": "update", "object": child, "label": draw.label(child), "fields": {}, "parents": {field: [parent, to]}}


def late_commit(draw: Draw) -> Call:
    """A record whose stamp is older than the moment in which others see it. Of one that was there, nobody else could have changed anything
    meanwhile: a transaction locks what it changes."""
    name = draw.object()
    fields = {LABEL: draw.new_label(name)} | _edited(draw, name)
    return {"do": "late commit", "object": name, "label": fields[LABEL], "fields": fields, "seconds": draw.rng.choice((1, 3, 5))}


def lock(draw: Draw) -> Call:
    name = draw.object()
    return {"do": "lock", "object": name, "label": draw.label(name)}


def touch(draw: Draw) -> Call:
    """A new SystemModstamp and nothing else."""
    name = draw.object()
    return {"do": "touch", "object": name, "label": draw.label(name)}


_ORG_EDGES: dict[str, tuple[Any, ...]] = {
    "Text__c": ("a\u0000b", "x" * 20, "\u0000", "tab\tin", "quote \" '", "東京 🚲", "\\N", "\\.", "NULL"), "Long_Text__c": ("nul \u0000 in it", "\r\n", "x" * 32768, "\\."),
    "Email__c": ("a@b.example",), "Pick__c": ("Red", None), "Many__c": ("North;South", None), "Checkbox__c": (True, False),
    "Whole__c": (0, -1, 9007199254740991, None), "Decimal__c": (0.1, -1234567890.654321, 1e-6), "Money__c": (0.01, 1.005, -99999999999.99),
    "Percent__c": (0, 99.99), "Date__c": ("1700-01-01", "4000-12-31", "2024-02-29"),
    "Date_Time__c": ("1700-01-01T00:00:00.000Z", "4000-12-31T23:59:59.000Z", "2024-02-29T12:00:00.000Z"), "Time__c": ("00:00:00.000Z", "23:59:59.999Z"),
}


def edge_values(draw: Draw) -> Call:
    fields = {name: draw.rng.choice(_ORG_EDGES[name]) for name in draw.rng.sample(sorted(_ORG_EDGES), draw.rng.choice((1, 2, 3)))}
    return {"do": "update", "object": "Kind__c", "label": draw.label("Kind__c"), "fields": fields}


def purge_delete_log(draw: Draw) -> Call:
    return {"do": "purge delete log", "object": draw.object()}


def _schema(name: str, field: str, change: dict[str, Any], undo: list[dict[str, Any]]) -> Call:
    change = {"object": name, "field": field} | change
    return {"do": "schema", "object": name, "change": [change], "undo": [{"object": name} | each for each in undo]}


def _target(draw: Draw) -> tuple[str, str]:
    name = draw.rng.choice(tuple(_FIELDS))
    return name, draw.rng.choice(_FIELDS[name])


def widen(draw: Draw) -> Call:
    name = draw.rng.choice(tuple(_FIELDS))
    return _schema(name, "Color__c", {"change": "change_field", "set": {"length": draw.rng.choice((60, 255))}}, [])


def retype(draw: Draw) -> Call:
    """A number becomes a text, and a number again. The table's column stays what it was made, as is documented: a person drops it."""
    name = draw.rng.choice(("Part__c", "Leaf__c"))
    back = {"change": "change_field", "field": "Amount__c", "set": {"type": "double", "length": None, "precision": 16, "scale": 2}}
    to_text = {"change": "change_field", "set": {"type": "string", "length": 40, "precision": None, "scale": None}}
    mend = f"ALTER TABLE {SCHEMA}.{table(name)} DROP COLUMN IF EXISTS amount__c CASCADE"
    return _schema(name, "Amount__c", to_text, [back]) | {"mend": [mend]}


def hide_field(draw: Draw) -> Call:
    name, field = _target(draw)
    how = draw.rng.choice(("hidden", "readOnly"))
    return _schema(name, field, {"change": "change_field", "set": {"access": how}}, [{"change": "change_field", "field": field, "set": {"access": None}}])


def rename_field(draw: Draw) -> Call:
    name, field = _target(draw)
    return _schema(name, field, {"change": "rename_field", "name": "Renamed__c"}, [{"change": "rename_field", "field": "Renamed__c", "name": field}])


def remove_field(draw: Draw) -> Call:
    name = draw.rng.choice(("Part__c", "Leaf__c"))
    back = {"change": "add_field", "field": {"name": "Amount__c", "type": "double", "precision": 16, "scale": 2}}
    return _schema(name, "Amount__c", {"change": "remove_field"}, [back])


def add_field(draw: Draw) -> Call:
    name, _ = _target(draw)
    draw.made += 1
    field: Any = {"name": f"Added_{draw.actor.replace('.', '_')}_{draw.made}__c", "type": "string", "length": 20}
    return _schema(name, field, {"change": "add_field"}, [])


EDITS = {
    "edit": edit, "create": create, "move key": move_key, "delete": delete, "undelete": undelete, "hard delete": hard_delete, "merge": merge,
    "reparent": reparent, "late commit": late_commit, "lock": lock, "touch": touch, "edge values": edge_values, "purge delete log": purge_delete_log,
    "widen": widen, "retype": retype, "remove field": remove_field, "hide field": hide_field, "rename field": rename_field, "add field": add_field,
}
