"""What applications do to references: by id, by external id, to the same table and to others, and children before their parents."""

from .draw import Draw, literal
from .rowstatements import Statement, at, insertion, sql, values_of, where
from .shape import LABEL

# Child, its reference, the parent's object, the column that names the parent by external id.
_LINKS = (
    ("Part__c", "maker__c", "Maker__c", "maker__r__key__c"), ("Leaf__c", "part__c", "Part__c", "part__r__key__c"),
    ("Part__c", "parent__c", "Part__c", "parent__r__key__c"))


def _link(draw: Draw, by_key: bool) -> tuple[str, str, str, str]:
    """A reference; by external id only where the mapping has the column."""
    usable = [
        link for number, link in enumerate(_LINKS)
        if not by_key or (draw.world.own_parent_keys if number == 2 else draw.world.parent_keys)]
    return draw.rng.choice(usable or _LINKS[:2])


def _can(draw: Draw) -> bool:
    return draw.world.parent_keys or draw.world.own_parent_keys


def parent_by_id(draw: Draw) -> list[Statement]:
    child, reference, parent, _ = _link(draw, by_key=False)
    chosen = f"SELECT sfid FROM {at(parent)} {where(draw.label(parent))} LIMIT 1"
    return [sql(f"UPDATE {at(child)} SET {reference} = ({chosen}) {where(draw.label(child))}")]


def parent_by_key(draw: Draw) -> list[Statement]:
    if not _can(draw):
        return parent_by_id(draw)
    child, _, parent, column = _link(draw, by_key=True)
    holder = draw.holder(parent)
    key = draw.keys[parent][holder] if holder else draw.free_key(parent)
    return [sql(f"UPDATE {at(child)} SET {column} = {literal(key)} {where(draw.label(child))}")]


def clear_parent_by_id(draw: Draw) -> list[Statement]:
    child, reference, _, _ = _link(draw, by_key=False)
    return [sql(f"UPDATE {at(child)} SET {reference} = NULL {where(draw.label(child))}")]


def clear_parent_by_key(draw: Draw) -> list[Statement]:
    if not _can(draw):
        return clear_parent_by_id(draw)
    child, _, _, column = _link(draw, by_key=True)
    return [sql(f"UPDATE {at(child)} SET {column} = NULL {where(draw.label(child))}")]


def child_and_parent(draw: Draw) -> list[Statement]:
    """A new child names a new parent by external id; the child may come first."""
    if not _can(draw):
        return parent_by_id(draw)
    child, _, parent, column = _link(draw, by_key=True)
    above = values_of(draw, parent, draw.new_label(parent))
    above["key__c"] = draw.keys[parent][above[LABEL.lower()] or ""] = draw.free_key(parent)
    below = values_of(draw, child, draw.new_label(child)) | {column: above["key__c"]}
    statements = [insertion(parent, above), insertion(child, below)]
    return statements if draw.chance(65) else statements[::-1]


def child_then_parent(draw: Draw) -> list[Statement]:
    """A new child names a parent that exists, and is given to another one in the same transaction."""
    child, reference, parent, column = _link(draw, by_key=_can(draw))
    below = values_of(draw, child, draw.new_label(child))
    if _can(draw):
        holder = draw.holder(parent)
        below[column] = draw.keys[parent][holder] if holder else None
    other = f"SELECT sfid FROM {at(parent)} {where(draw.label(parent))} LIMIT 1"
    return [insertion(child, below), sql(f"UPDATE {at(child)} SET {reference} = ({other}) {where(below[LABEL.lower()] or '')}")]


PARENTS = {
    "parent by id": parent_by_id, "parent by key": parent_by_key, "clear parent by id": clear_parent_by_id, "clear parent by key": clear_parent_by_key,
    "child and parent": child_and_parent, "child then parent": child_then_parent,
}
