"""What people do with the trigger log: they capture anew, retry, give up, and write lines by hand, good ones and bad ones."""

from .draw import Draw, literal
from .rowstatements import Statement, at, sql, where
from .shape import COLOURED, SCHEMA, table

LOG, ARCHIVE = f"{SCHEMA}._trigger_log", f"{SCHEMA}._trigger_log_archive"


def _coloured(draw: Draw) -> str:
    return draw.rng.choice(sorted(COLOURED))


def capture(draw: Draw) -> list[Statement]:
    """An update anew; an insert anew only where it failed, as people are told: one that is under way would be made twice."""
    name = _coloured(draw)
    row = f"FROM {at(name)} r {where(draw.label(name))}"
    if draw.chance(70):
        columns = draw.rng.choice(("ARRAY['color__c']", "ARRAY[]::text[]"))
        return [sql(f"SELECT {SCHEMA}.hc_capture_update_from_row(public.hstore(r.*), {literal(table(name))}, {columns}) {row}")]
    failed = "AND r.sfid IS NULL AND r._hc_lastop = 'FAILED'"
    return [sql(f"SELECT {SCHEMA}.hc_capture_insert_from_row(public.hstore(r.*), {literal(table(name))}) {row} {failed}")]


def requeue(draw: Draw) -> list[Statement]:
    if draw.chance(50):
        return [sql(f"UPDATE {ARCHIVE} SET state = 'REQUEUE' WHERE id = (SELECT max(id) FROM {ARCHIVE} WHERE state = 'FAILED')")]
    return [sql(f"UPDATE {LOG} SET state = 'NEW' WHERE id = (SELECT max(id) FROM {LOG} WHERE state = 'FAILED')")]


def ignore(draw: Draw) -> list[Statement]:
    return [sql(f"UPDATE {LOG} SET state = 'IGNORED' WHERE id = (SELECT max(id) FROM {LOG} WHERE state = 'FAILED')")]


def _line(action: str, name: str, label: str, sfid: str, values: str) -> Statement:
    return sql(
        f'INSERT INTO {LOG} (txid, created_at, state, action, table_name, record_id, sfid, "values") '
        f"SELECT txid_current(), clock_timestamp(), 'NEW', {literal(action)}, {literal(table(name))}, id, {sfid}, {literal(values)} "
        f"FROM {at(name)} {where(label)}")


def log_row(draw: Draw) -> list[Statement]:
    """An update without a trigger: the row's column, and the line that says so."""
    name = _coloured(draw)
    label, colour = draw.label(name), draw.colour()
    return [_line("UPDATE", name, label, "sfid", f'"color__c"=>"{colour}"')]


def malformed_log_row(draw: Draw) -> list[Statement]:
    name = _coloured(draw)
    label = draw.label(name)
    return draw.rng.choice((
        lambda: [_line("UPDATE", name, label, "sfid", '"color__c"=>"gre')],
        lambda: [_line("UPDATE", name, label, "sfid", "color__c: green")],
        lambda: [_line("DELETE", name, label, "'no id'", "")],
        lambda: [_line("UPDATE", name, label, "'a0'", '"color__c"=>"green"')],
        lambda: [_line("UPDATE", name, label, "sfid", '"no_such__c"=>"green"')],
        lambda: [_line("UPSERT", name, label, "sfid", '"color__c"=>"green"')],
        lambda: [sql(f"INSERT INTO {LOG} (state, action, table_name, record_id) VALUES ('NEW', 'UPDATE', 'no_such_table', 1)")],
        lambda: [sql(f"INSERT INTO {LOG} (state, action, table_name) VALUES ('NEW', 'UPDATE', {literal(table(name))})")],
    ))()


LOGS = {"capture": capture, "requeue": requeue, "ignore": ignore, "log row": log_row, "malformed log row": malformed_log_row}
