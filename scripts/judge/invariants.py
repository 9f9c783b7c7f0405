"""What the modules of invariants share."""

from collections.abc import Callable, Iterable, Iterator

from .alarm import Alarm
from .evidence import FieldSpec, Interval, MappingSpec
from .history import History, UserChange, describe
from .normal import key, same, takes
from .records import Record, line

Invariant = Callable[[History], Iterator[Alarm]]

# How far readings of the clock by the org and by Postgres may lie apart for one moment, in seconds.
SLACK = 0.25


def during(intervals: Iterable[Interval], since: float, until: float, *kinds: str) -> list[Interval]:
    """Those of the kinds (all kinds without any) that overlap a time."""
    return [each for each in intervals if each.began <= until and each.ended >= since and (not kinds or each.kind in kinds)]


def settable(history: History, entry: UserChange) -> dict[str, str | None]:
    """What of a change Salesforce lets be set."""
    specs = history.specs[entry.mapping.table]
    kept = {}
    for column, value in entry.fields.items():
        spec = specs[column]
        lookup = next((each for each in specs.values() if spec.lookup and each.field == spec.lookup), None)
        rule = lookup or spec
        if rule.createable if entry.action == "INSERT" else rule.updateable:
            kept[column] = value
    return kept


def parents(history: History, spec: FieldSpec, value: str | None) -> set[str | None]:
    """The records that a parent's external id may have meant at any time, by key."""
    if value is None or not value.strip():
        return {None}
    return {
        record.key for record in history.records.values() if record.object == spec.parent
        and any((version.value or "").lower() == value.strip().lower() for version in record.versions(spec.parent_field or ""))}


def took(history: History, record: Record, spec: FieldSpec, value: str | None, since: float) -> bool:
    """Whether the record had the value that was written to a column at any moment from a time on."""
    versions = record.versions(spec.lookup or spec.field)
    for index, version in enumerate(versions):
        ends = versions[index + 1].since if index + 1 < len(versions) else float("inf")
        if ends < since:
            continue
        if spec.lookup:
            if key(version.value) in parents(history, spec, value):
                return True
        elif takes(spec, value, version.value):
            return True
    return False


def is_repeated(history: History, mapping: MappingSpec, label: str | None) -> bool:
    """Whether the records of a label come from a single insert, which was answered well in the end: then it was sent more than once."""
    column = next((spec.column for spec in mapping.fields if spec.field == mapping.label), "")
    inserts = [
        entry for entry in history.user_changes
        if entry.mapping is mapping and entry.action == "INSERT" and label is not None and entry.fields.get(column) == label]
    return len(inserts) == 1 and inserts[0].state == "SUCCESS"


def proofs(*parts: object) -> tuple[str, ...]:
    """Lines of evidence from changes of every sort."""
    found = []
    for part in parts:
        if part is None:
            continue
        found.append(part if isinstance(part, str) else line(part) if hasattr(part, "visible") else describe(part) if hasattr(part, "txid") else str(part))
    return tuple(found)


def history_of(history: History, record: str | None, limit: int = 12) -> list[object]:
    """Everything about one record, in words, in the order of time."""
    known = history.records.get(record or "")
    told = [(change.visible, line(change)) for change in known.changes] if known else []
    told += [(entry.at, str(entry)) for entry in history.by_record.get(record or "", [])]
    return [text for _, text in sorted(told)][-limit:]


def judged(history: History) -> list[MappingSpec]:
    return [mapping for mapping in history.evidence.mappings if mapping.judged]


__all__ = ["SLACK", "Alarm", "Invariant", "during", "history_of", "is_repeated", "judged", "parents", "proofs", "same", "settable", "takes", "took"]
