"""What reaches the org: nothing that nobody wrote, each record from an insert of its own, each value in its order."""

from collections.abc import Iterator

from .evidence import FieldSpec, OrgChange, Values
from .history import LOG, History, UserChange, is_product
from .hstore import Malformed, parse
from .invariants import SLACK, Alarm, history_of, is_repeated, parents, proofs, takes
from .normal import key
from .records import Record, line


def sent(history: History) -> Iterator[Alarm]:
    """Everything that reached the org by the API is somebody's change: each record from an insert of its own, each value in its order."""
    for record in history.records.values():
        mapping = history.by_object.get(record.object)
        if mapping is None:
            continue
        changes = [change for change in record.changes if change.who == "client"]
        entries = history.by_record.get(record.key, [])
        for change in changes:
            before = [entry for entry in entries if entry.at <= change.at + SLACK]
            if change.action == "insert" and not any(entry.action == "INSERT" for entry in before) and not (
                    _is_made_up_for(history, record, change) or _is_lost_and_failed(history, record, change)):
                again = ", but one that went out again" if mapping.label and is_repeated(history, mapping, change.fields.get(mapping.label)) else ""
                yield Alarm(
                    "doubled", f"the record {record.id} was made, and no insert is about it{again}", f"{record.object} {record.id}",
                    (line(change), *_twins(history, change)))
            elif change.action in ("delete", "hard_delete") and not any(entry.action == "DELETE" for entry in before):
                yield Alarm(
                    "vanished", f"the record {record.id} was deleted, and nobody deleted its row", f"{record.object} {record.id}",
                    tuple(history_of(history, record.key)))
            elif change.action == "update" and not any(entry.action in ("UPDATE", "INSERT") for entry in before):
                yield Alarm("echo", f"the record {record.id} was written, and nobody wrote to its row", f"{record.object} {record.id}", (line(change),))
        yield from _order(history, record, changes, entries)


def _is_made_up_for(history: History, record: Record, change: OrgChange) -> bool:
    """Whether it was gone when the same was made again: its answer was lost, somebody deleted it, and only then was the insert repeated."""
    for twin in history.records.values():
        again = twin.changes[0] if twin.changes else None
        if twin is record or again is None or again.action != "insert" or again.who != "client" or again.object != change.object:
            continue
        if again.fields == change.fields and again.number > change.number and any(entry.action == "INSERT" for entry in history.by_record.get(twin.key, [])):
            return record.is_deleted and all(death.visible <= again.visible + SLACK for death in record.deaths(float("inf")))
    return False


def _is_lost_and_failed(history: History, record: Record, change: OrgChange) -> bool:
    """Whether an insert of that label was on its way, and failed in the end: with the word that nothing tells which record is its own, as it may where
    somebody changed that before it was looked for; or because it was sent again when the record was gone. Each such insert may have made one."""
    mapping = history.by_object[record.object]
    column = next((spec.column for spec in mapping.fields if spec.field == mapping.label), None)
    label = change.fields.get(mapping.label or "")
    if column is None or label is None:
        return False
    failed = [
        entry for entry in history.user_changes if entry.mapping is mapping and entry.action == "INSERT" and entry.fields.get(column) == label
        and entry.state == "FAILED" and entry.at <= change.at + SLACK and _is_after_loss(history, record, entry)]
    earlier = [
        other for other in history.records.values() if other.object == record.object and other.changes and other.changes[0].number < change.number
        and other.changes[0].action == "insert" and other.changes[0].who == "client" and other.changes[0].fields.get(mapping.label or "") == label
        and not any(entry.action == "INSERT" for entry in history.by_record.get(other.key, []))]
    return len(earlier) < len(failed)


def _is_after_loss(history: History, record: Record, insert: UserChange) -> bool:
    if insert.log and (insert.log.message or "").startswith("ANSWER_LOST"):
        return True
    ended = history.settled(insert)
    return ended is not None and record.is_deleted and all(record.changes[0].visible <= death.visible <= ended.at + SLACK for death in record.deaths(float("inf")))


def _twins(history: History, change: OrgChange) -> list[str]:
    """Other records that were made with the same values."""
    return [
        line(other) for record in history.records.values() for other in record.changes[:1]
        if other is not change and other.object == change.object and other.action == "insert" and other.fields == change.fields][:4]


def _order(history: History, record: Record, changes: list[OrgChange], entries: list[UserChange]) -> Iterator[Alarm]:
    mapping = history.by_object[record.object]
    specs = history.specs[mapping.table]
    for name in {name for change in changes for name in change.fields}:
        columns = [spec for spec in specs.values() if (spec.lookup or spec.field) == name]
        if not columns or not any(history.is_steady(mapping, spec) for spec in columns):
            continue
        reached = -1
        for change in changes:
            if name not in change.fields or change.action not in ("insert", "update") or _is_cleared(history, change, columns, entries):
                continue
            value = change.fields[name]
            matches = [
                index for index, entry in enumerate(entries) if entry.at <= change.at + SLACK
                and any(_says(history, entry, spec.column, value) for spec in columns)]
            later = [index for index in matches if index >= reached]
            if later:
                reached = later[0]
            elif any(_was_committed_after(entries[index], entries[reached]) for index in matches):
                continue
            elif matches:
                yield Alarm(
                    "order", f"{name}={value!r} reached the record after a later value", f"{record.object} {record.id}",
                    tuple(history_of(history, record.key)))
                return
            elif change.action == "update" or any(spec.column in entry.fields for entry in entries if entry.action == "INSERT" for spec in columns):
                yield Alarm(
                    "echo", f"{name}={value!r} was written to the record, and nobody wrote it to its row", f"{record.object} {record.id}",
                    tuple(history_of(history, record.key)))
                return


def _is_cleared(history: History, change: OrgChange, columns: list[FieldSpec], entries: list[UserChange]) -> bool:
    """Whether a unique value was taken from a record for another to have it, while a row that was restored waits to give the first one of its own:
    records that have each other's values can be written in no other way."""
    for spec in columns:
        given = change.before.get(spec.field)
        if not spec.unique or change.action != "update" or given is None or any(value is not None for value in change.fields.values()):
            continue
        waits = any(
            entry.action == "INSERT" and entry.fields.get(spec.column) is not None and entry.change.new is not None
            and key(entry.change.new.get("sfid")) == key(change.id) and entry.at <= change.at + SLACK
            and (ended := history.settled(entry)) is not None and ended.at >= change.at - SLACK
            for entry in entries)
        taken = any(
            other.who == "client" and other.number > change.number and takes(spec, other.fields.get(spec.field), given)
            for record in history.records.values() if record.object == change.object and record.key != key(change.id) for other in record.changes)
        if waits and taken:
            return True
    return False


def _was_committed_after(entry: UserChange, other: UserChange) -> bool:
    """Of two changes of a record the later one may be committed, and sent, first, where one of them was captured by hand, which locks no row."""
    committed, before = entry.change.committed, other.change.committed
    return (entry.by_hand or other.by_hand) and committed is not None and before is not None and committed > before


def _says(history: History, entry: UserChange, column: str, value: str | None) -> bool:
    if entry.action == "DELETE" or column not in entry.fields:
        return False
    spec = history.specs[entry.mapping.table][column]
    if spec.lookup:
        return key(value) in parents(history, spec, entry.fields[column])
    return takes(spec, entry.fields[column], value)


def captured(history: History) -> Iterator[Alarm]:
    """What Sluice writes to a table is not captured as a change; what it puts into the log is a copy that somebody asked for, or a parent that a
    change names and that was not there before it."""
    asked: set[tuple] = set()
    inserts: dict[tuple, Values] = {}
    updates: dict[tuple, Values] = {}
    given: set[str] = set()
    for change in history.changes:
        if change.table not in (LOG, f"{LOG}_archive") or not change.new:
            continue
        row = change.new
        said = tuple(row.get(name) for name in ("table_name", "record_id", "action", "values"))
        place = (row.get("table_name"), row.get("record_id"))
        # The record may have another row by then.
        record = (row.get("table_name"), "sfid", key(row.get("sfid")))
        try:
            values = parse(row.get("values") or "")
        except Malformed:
            values = {}
        if change.table == LOG and change.action == "INSERT" and is_product(change) and said not in asked:
            updated = updates.get(record, {}) | updates.get(place, {})
            named = inserts.get(place, {}) | {name: value for name, value in updated.items() if value and value.lower() in given}
            if row.get("table_name") in history.mappings and not _follows(history, row, values, named):
                yield Alarm("echo", "a change that Sluice made itself was captured", f"{LOG}/{row.get('id')}", proofs(change))
        if change.action == "INSERT" and row.get("action") == "INSERT":
            inserts[place] = values
        if change.action == "INSERT" and not is_product(change):
            if row.get("action") == "UPDATE":
                for each in (place, record) if row.get("sfid") else (place,):
                    updates[each] = updates.get(each, {}) | values
            specs = history.specs.get(row.get("table_name") or "", {})
            given |= {value.lower() for name, value in values.items() if value is not None and name in specs and not specs[name].lookup}
        asked.add(said)


def _follows(history: History, row: Values, said: Values, named: Values) -> bool:
    """Whether a row of the log gives a record the parents that its insert names by their keys, or an update whose parents' changes came with it."""
    specs = history.specs.get(row.get("table_name") or "", {})
    return row.get("action") == "UPDATE" and bool(said) and all(
        name in specs and specs[name].lookup and value is not None and named.get(name) is not None for name, value in said.items())


SENDING = (sent, captured)
