"""What applications do to rows: each kind is a few statements of one transaction."""

from typing import Any

from .draw import CODES, Draw, literal
from .shape import COLOURED, KEYED, LABEL, OBJECTS, SCHEMA, column, table

Statement = dict[str, Any]
KEEP = "keep"


def sql(text: str) -> Statement:
    return {"sql": text}


def at(name: str) -> str:
    return f"{SCHEMA}.{table(name)}"


def where(label: str) -> str:
    return f"WHERE {LABEL.lower()} = {literal(label)}"


def own_columns(name: str) -> list[str]:
    """The columns that an application may write."""
    return [column(spec["name"]) for spec in OBJECTS[name]]


def values_of(draw: Draw, name: str, label: str) -> dict[str, str | None]:
    """A new row's values; its key is free, or none."""
    values: dict[str, str | None] = {LABEL.lower(): label}
    if name in COLOURED:
        values["color__c"] = draw.colour()
    if name in KEYED:
        key = draw.free_key(name) if draw.chance(85) else None
        draw.keys[name][label] = values["key__c"] = key
    if name == "Part__c" and draw.chance(30):
        draw.codes[label] = values["code__c"] = draw.free_code()
    if name in {"Part__c", "Leaf__c", "Scrap__c"}:
        values["amount__c"] = draw.amount()
    if name == "Scrap__c":
        values["body__c"] = draw.rng.choice(("body ", "long body ")) * draw.rng.choice((1, 40, 200)) + label
    return values


def insertion(name: str, values: dict[str, str | None], more: str = "") -> Statement:
    return sql(f"INSERT INTO {at(name)} ({', '.join(values)}) VALUES ({', '.join(map(literal, values.values()))}){more}")


def insert(draw: Draw, name: str | None = None) -> list[Statement]:
    name = name or draw.object()
    return [insertion(name, values_of(draw, name, draw.new_label(name)))]


def scrap(draw: Draw) -> list[Statement]:
    return insert(draw, "Scrap__c")


def insert_key_of_deleted(draw: Draw) -> list[Statement]:
    """A key goes from a record that is deleted to a new one."""
    name = draw.keyed()
    old = draw.holder(name)
    if old is None:
        return insert(draw, name)
    key = draw.keys[name].pop(old)
    draw.codes.pop(old, None)
    values = values_of(draw, name, draw.new_label(name)) | {"key__c": key}
    draw.keys[name][values[LABEL.lower()] or ""] = key
    other = insert(draw, name) if draw.chance(40) else []
    return [*other, sql(f"DELETE FROM {at(name)} {where(old)}"), insertion(name, values)]


def insert_key_of_moved(draw: Draw) -> list[Statement]:
    """A record gets another key, and a new one gets the one it had."""
    name = draw.keyed()
    old = draw.holder(name)
    if old is None:
        return insert(draw, name)
    key, other = draw.keys[name][old], draw.free_key(name)
    draw.keys[name][old] = other
    values = values_of(draw, name, draw.new_label(name)) | {"key__c": key}
    draw.keys[name][values[LABEL.lower()] or ""] = key
    return [sql(f"UPDATE {at(name)} SET key__c = {literal(other)} {where(old)}"), insertion(name, values)]


def _change(draw: Draw, name: str) -> str:
    """One assignment or two."""
    changes = []
    if name in COLOURED and (name == "Maker__c" or draw.chance(60)):
        changes.append(f"color__c = {literal(draw.colour() if draw.chance(90) else None)}")
    if name != "Maker__c" and (not changes or draw.chance(30)):
        changes.append(f"amount__c = {literal(draw.amount() if draw.chance(95) else None)}")
    return ", ".join(changes)


def update(draw: Draw) -> list[Statement]:
    name = draw.object()
    return [sql(f"UPDATE {at(name)} SET {_change(draw, name)} {where(draw.label(name))}")]


def update_many(draw: Draw) -> list[Statement]:
    name = draw.rng.choice(("Part__c", "Leaf__c", "Maker__c"))
    condition = draw.rng.choice(("true", "sfid IS NOT NULL", f"color__c = {literal(draw.colour())}"))
    return [sql(f"UPDATE {at(name)} SET {_change(draw, name)} WHERE {condition}")]


def save_whole_row(draw: Draw) -> list[Statement]:
    """As ORMs do: every column is set, most of them to what they are."""
    name = draw.object()
    change = _change(draw, name)
    kept = ", ".join(f"{each} = {each}" for each in own_columns(name) if f"{each} = " not in change)
    return [sql(f"UPDATE {at(name)} SET {kept}, {change} {where(draw.label(name))}")]


def upsert(draw: Draw) -> list[Statement]:
    name = draw.keyed()
    key = draw.rng.choice([key for key in draw.keys[name].values() if key] or ["K1"]) if draw.chance(60) else draw.free_key(name)
    values = values_of(draw, name, draw.new_label(name)) | {"key__c": key}
    if key not in [known for label, known in draw.keys[name].items() if label != values[LABEL.lower()]]:
        draw.keys[name][values[LABEL.lower()] or ""] = key
    else:
        draw.keys[name].pop(values[LABEL.lower()] or "")
    return [insertion(name, values, " ON CONFLICT (key__c) DO UPDATE SET color__c = EXCLUDED.color__c")]


def copy_rows(draw: Draw) -> list[Statement]:
    name = draw.rng.choice(("Part__c", "Leaf__c", "Scrap__c"))
    rows = [values_of(draw, name, draw.new_label(name)) for _ in range(draw.rng.randrange(2, 6))]
    columns = sorted({key for row in rows for key in row})
    lines = ["\t".join("\\N" if row.get(each) is None else str(row[each]) for each in columns) for row in rows]
    return [{"sql": f"COPY {at(name)} ({', '.join(columns)}) FROM STDIN", "copy": lines}]


def move_key(draw: Draw) -> list[Statement]:
    name = draw.keyed()
    label, key = draw.label(name), draw.free_key(name) if draw.chance(85) else None
    draw.keys[name][label] = key
    return [sql(f"UPDATE {at(name)} SET key__c = {literal(key)} {where(label)}")]


def swap_keys(draw: Draw) -> list[Statement]:
    name = draw.keyed()
    one, two = draw.holder(name), draw.holder(name)
    if one is None or two is None or one == two:
        return move_key(draw)
    first, second = draw.keys[name][one], draw.keys[name][two]
    draw.keys[name][one], draw.keys[name][two] = second, first
    return [
        sql(f"UPDATE {at(name)} SET key__c = NULL {where(one)}"), sql(f"UPDATE {at(name)} SET key__c = {literal(first)} {where(two)}"),
        sql(f"UPDATE {at(name)} SET key__c = {literal(second)} {where(one)}")]


def move_code(draw: Draw) -> list[Statement]:
    """A unique value that is not the unique identifier."""
    taken = [label for label in sorted(draw.codes) if draw.codes[label]]
    to = draw.label("Part__c")
    if taken and draw.chance(70):
        giver = draw.rng.choice(taken)
        if giver != to:
            draw.codes[to], draw.codes[giver] = draw.codes[giver], None
            return [
                sql(f"UPDATE {at('Part__c')} SET code__c = NULL {where(giver)}"),
                sql(f"UPDATE {at('Part__c')} SET code__c = {literal(draw.codes[to])} {where(to)}")]
    draw.codes[to] = draw.free_code() or draw.rng.choice(CODES)
    return [sql(f"UPDATE {at('Part__c')} SET code__c = {literal(draw.codes[to])} {where(to)}")]


def delete(draw: Draw) -> list[Statement]:
    name = draw.object()
    label = draw.label(name)
    draw.keys[name].pop(label, None)
    draw.codes.pop(label, None)
    return [sql(f"DELETE FROM {at(name)} {where(label)}")]


def delete_and_insert(draw: Draw) -> list[Statement]:
    """The record goes, and comes again as a new one: with its values, its key, now and then with its id or its sfid as well."""
    name = draw.object()
    label = draw.label(name)
    columns = own_columns(name) + (["id"] if draw.chance(20) else []) + (["sfid"] if draw.chance(20) else [])
    draw.sequence += 1
    gone = f"gone_{draw.sequence}"
    return [
        sql(f"CREATE TEMP TABLE {gone} ON COMMIT DROP AS SELECT * FROM {at(name)} {where(label)}"), sql(f"DELETE FROM {at(name)} {where(label)}"),
        sql(f"INSERT INTO {at(name)} ({', '.join(columns)}) SELECT {', '.join(columns)} FROM {gone}")]


def keep(draw: Draw) -> list[Statement]:
    """A backup of a table."""
    name = draw.object()
    return [sql(f"DELETE FROM {KEEP}.{table(name)}"), sql(f"INSERT INTO {KEEP}.{table(name)} SELECT * FROM {at(name)}")]


def restore(draw: Draw) -> list[Statement]:
    """Rows that are gone come back from the backup: with their sfid, with their id, or as new ones."""
    name = draw.object()
    columns = own_columns(name) + (["sfid"] if draw.chance(75) else []) + (["id"] if draw.chance(50) else [])
    which = "true" if draw.chance(50) else f"{LABEL.lower()} = {literal(draw.label(name))}"
    taken = " OR ".join(
        [f"t.{LABEL.lower()} = k.{LABEL.lower()}"] + [f"t.{each} = k.{each}" for each in columns if each in {"id", "sfid", "key__c"}])
    return [sql(
        f"INSERT INTO {at(name)} ({', '.join(columns)}) SELECT {', '.join(columns)} FROM {KEEP}.{table(name)} k "
        f"WHERE {which} AND NOT EXISTS (SELECT FROM {at(name)} t WHERE {taken})")]


ROWS = {
    "insert": insert, "insert key of deleted": insert_key_of_deleted, "insert key of moved": insert_key_of_moved, "update": update,
    "update many": update_many, "save whole row": save_whole_row, "upsert": upsert, "copy": copy_rows, "move key": move_key, "swap keys": swap_keys,
    "move code": move_code, "delete": delete, "delete and insert": delete_and_insert, "keep": keep, "restore": restore, "scrap": scrap,
}
