"""What the product claims of its completeness (sluice.complete_until) against the org's history: every commit up to that moment is in the table."""

from collections.abc import Iterator

from .evidence import MappingSpec, Snapshot
from .history import History
from .invariants import SLACK, Alarm
from .normal import key, takes
from .records import Record

# What takes rows out of a table, or out of its shape, without the org: nothing is claimed about what people did last.
_UPHEAVALS = ("TRUNCATE", "DROP", "ALTER")


def incomplete(history: History) -> Iterator[Alarm]:
    """A record that only the org's users have touched is in the table as it was at the moment that was claimed, once its reader was told the claim."""
    unsettled = {change.table for change in history.changes if not change.product and change.action in _UPHEAVALS}
    said: set[tuple[str, str]] = set()
    for snapshot in sorted(history.evidence.snapshots, key=lambda each: each.began):
        mapping = history.mappings.get(snapshot.table)
        if snapshot.complete_until is None or snapshot.error or mapping is None or snapshot.table in unsettled:
            continue
        rows = {key(row.get("sfid")): row for row in snapshot.rows.values() if row.get("sfid")}
        for record in history.records.values():
            if record.object != mapping.object or not record.is_made or history.by_record.get(record.key) or (snapshot.table, record.key) in said:
                continue
            problem = _problem(history, mapping, record, rows.get(record.key), snapshot)
            if problem:
                said.add((snapshot.table, record.key))
                yield Alarm(
                    "incomplete", f"{problem}, although the table was said to be complete until {snapshot.complete_until:.0f}", snapshot.table,
                    (f"seen at {snapshot.began:.3f}", f"record {record.id}"))


def _problem(history: History, mapping: MappingSpec, record: Record, row: dict[str, str | None] | None, snapshot: Snapshot) -> str | None:
    until = (snapshot.complete_until or 0.0) - SLACK
    settled = [change for change in record.changes if change.visible <= until]
    # What came later may be in the table already, or not yet.
    later = {name for change in record.changes if change.visible > until for name in change.fields}
    if not settled or any(change.action not in ("insert", "update") for change in record.changes) or any(change.who != "actor" for change in record.changes):
        return None
    if row is None:
        return f"a record made at {settled[0].visible:.3f} is not there"
    for spec in mapping.fields:
        name = spec.field
        # A field that was removed and added again is empty, and no change of its records says so.
        if spec.lookup or name in later or not history.is_steady(mapping, spec) or not any(name in change.fields for change in settled):
            continue
        value = [change.fields[name] for change in settled if name in change.fields][-1]
        if spec.column in row and not takes(spec, value, row[spec.column]):
            return f"{spec.column} is {row[spec.column]!r}, and was {value!r} by then"
    return None


COMPLETENESS = (incomplete,)
