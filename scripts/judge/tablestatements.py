"""What owners of a database do to tables, and how a person puts it right: a mended table is reloaded where rows or columns were lost."""

from dataclasses import dataclass

from .draw import Draw, literal
from .rowstatements import KEEP, Statement, at, own_columns, sql
from .shape import HATED_COLOUR, LABEL, SCHEMA, table

_TABLES = ("Part__c", "Leaf__c", "Maker__c")


@dataclass(frozen=True)
class TableChange:
    """Statements, those that undo what stands in the product's way, and whether only a reload brings back what is lost."""

    statements: list[Statement]
    undo: list[str]
    needs_reload: bool
    object: str


def _sequence(name: str) -> str:
    return f"{SCHEMA}.{table(name)}_id_seq"


def truncate(draw: Draw) -> TableChange:
    name = draw.rng.choice(_TABLES)
    return TableChange([sql(f"TRUNCATE {at(name)}{' RESTART IDENTITY' if draw.chance(50) else ''}")], [], True, name)


def truncate_changed(draw: Draw) -> TableChange:
    """Rows are changed, the table is emptied and filled with others under the same ids, before any change went out."""
    name = draw.rng.choice(_TABLES)
    begun = [sql(f"UPDATE {at(name)} SET color__c = {literal(draw.colour())}")]
    if draw.chance(40):
        begun.append(sql(f"INSERT INTO {at(name)} ({LABEL.lower()}) VALUES ({literal(draw.new_label(name))})"))
    filled = [
        sql(f"INSERT INTO {at(name)} ({LABEL.lower()}, color__c) VALUES ({literal(draw.new_label(name))}, {literal(draw.colour())})")
        for _ in range(draw.rng.choice((1, 2, 3)))]
    return TableChange([*begun, sql(f"TRUNCATE {at(name)} RESTART IDENTITY"), *filled], [], True, name)


def drop_table(draw: Draw) -> TableChange:
    name = draw.rng.choice(_TABLES)
    return TableChange([sql(f"DROP TABLE {at(name)} CASCADE")], [], True, name)


def restore_table(draw: Draw) -> TableChange:
    """The whole table from its backup, as pg_restore --clean --data-only would."""
    name = draw.rng.choice(_TABLES)
    columns = ", ".join([*own_columns(name), "sfid", "systemmodstamp", "isdeleted"] + (["id"] if draw.chance(70) else []))
    emptied = f"TRUNCATE {at(name)}{' RESTART IDENTITY' if draw.chance(40) else ''}" if draw.chance(60) else f"DELETE FROM {at(name)}"
    marker = [sql("SET LOCAL xmlbinary = 'hex'")] if draw.chance(30) else []
    return TableChange(
        [*marker, sql(emptied), sql(f"INSERT INTO {at(name)} ({columns}) SELECT {columns} FROM {KEEP}.{table(name)}")], [], True, name)


def drop_column(draw: Draw) -> TableChange:
    name = draw.rng.choice(_TABLES)
    return TableChange([sql(f"ALTER TABLE {at(name)} DROP COLUMN color__c CASCADE")], [], True, name)


def rename_column(draw: Draw) -> TableChange:
    name = draw.rng.choice(_TABLES)
    back = (
        f"DO $$ BEGIN ALTER TABLE {at(name)} RENAME COLUMN colour TO color__c; EXCEPTION WHEN duplicate_column THEN "
        f"ALTER TABLE {at(name)} DROP COLUMN colour CASCADE; WHEN undefined_column OR undefined_table THEN NULL; END $$")
    return TableChange([sql(f"ALTER TABLE {at(name)} RENAME COLUMN color__c TO colour")], [back], True, name)


def set_sequence(draw: Draw) -> TableChange:
    name = draw.rng.choice(_TABLES)
    forward = f"SELECT setval({literal(_sequence(name))}, (SELECT coalesce(max(id), 0) + 1000 FROM {at(name)}))"
    if draw.chance(50):
        return TableChange([sql(forward)], [], False, name)
    back = (
        f"DO $$ BEGIN IF (SELECT last_value FROM {_sequence(name)}) <= (SELECT max(id) FROM {at(name)}) THEN PERFORM setval({literal(_sequence(name))}, "
        f"(SELECT max(id) FROM {at(name)})); END IF; EXCEPTION WHEN undefined_table THEN NULL; END $$")
    return TableChange([sql(f"SELECT setval({literal(_sequence(name))}, 1, false)")], [back], False, name)


def trigger_that_raises(draw: Draw) -> TableChange:
    """An application's own trigger, which hates a colour or, now and then, every update."""
    name = draw.rng.choice(_TABLES)
    condition = f"WHEN (NEW.color__c = {literal(HATED_COLOUR)})" if draw.chance(60) else draw.rng.choice(("", "WHEN (NEW._hc_lastop <> 'PENDING')"))
    timing = draw.rng.choice(("BEFORE", "AFTER"))
    return TableChange(
        [sql(
            "CREATE OR REPLACE FUNCTION keep.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "RAISE EXCEPTION 'the application refuses this'; END $$"),
         sql(f"CREATE TRIGGER app_refuses {timing} INSERT OR UPDATE ON {at(name)} FOR EACH ROW {condition} EXECUTE FUNCTION keep.refuse()")],
        [f"DROP TRIGGER IF EXISTS app_refuses ON {at(name)}"], False, name)


def check(draw: Draw) -> TableChange:
    name = draw.rng.choice(_TABLES)
    rule = draw.rng.choice((f"{LABEL.lower()} NOT LIKE '%3'", "color__c <> 'blue'", "color__c IS NOT NULL"))
    return TableChange(
        [sql(f"ALTER TABLE {at(name)} ADD CONSTRAINT app_check CHECK ({rule}) NOT VALID")],
        [f"ALTER TABLE {at(name)} DROP CONSTRAINT IF EXISTS app_check"], False, name)


def foreign_key(draw: Draw) -> TableChange:
    return TableChange(
        [sql(f"ALTER TABLE {at('Leaf__c')} ADD CONSTRAINT app_parent FOREIGN KEY (part__c) REFERENCES {at('Part__c')} (sfid) NOT VALID")],
        [f"ALTER TABLE {at('Leaf__c')} DROP CONSTRAINT IF EXISTS app_parent"], False, "Leaf__c")


def view(draw: Draw) -> TableChange:
    name = draw.rng.choice(_TABLES)
    return TableChange(
        [sql(f"CREATE OR REPLACE VIEW keep.seen_{table(name)} AS SELECT sfid, {LABEL.lower()}, color__c FROM {at(name)}")],
        [f"DROP VIEW IF EXISTS keep.seen_{table(name)}"], False, name)


def revoke(draw: Draw) -> TableChange:
    """The product's own role loses a privilege on one table."""
    name = draw.rng.choice(_TABLES)
    what = draw.rng.choice(("UPDATE", "SELECT", "ALL", "INSERT, UPDATE, DELETE"))
    return TableChange(
        [sql(f"REVOKE {what} ON {at(name)} FROM tenant")],
        [f"DO $$ BEGIN GRANT ALL ON {at(name)} TO tenant; EXCEPTION WHEN undefined_table THEN NULL; END $$"], False, name)


TABLES = {
    "truncate": truncate, "truncate changed": truncate_changed, "drop table": drop_table, "restore table": restore_table, "drop column": drop_column, "rename column": rename_column,
    "set sequence": set_sequence, "trigger that raises": trigger_that_raises, "check": check, "foreign key": foreign_key, "view": view, "revoke": revoke,
}
