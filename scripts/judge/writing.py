"""What becomes of every acknowledged change: it is in the org, or superseded, or failed with a word on why."""

import re
from collections.abc import Iterator

from .evidence import FieldSpec, LogRow
from .history import WAITING, History, UserChange
from .invariants import SLACK, Alarm, history_of, proofs, settable, took
from .normal import key
from .records import Record

# Refusals that pass: whoever tries again gets through (Salesforce's own codes).
PASSING = re.compile(
    r"UNABLE_TO_LOCK_ROW|SERVER_UNAVAILABLE|REQUEST_LIMIT_EXCEEDED|QUERY_TIMEOUT|REQUEST_RUNNING_TOO_LONG|INVALID_SESSION_ID|"
    r"UNKNOWN_EXCEPTION|HTTP 50[0234]|timed? ?out|connection (was )?(reset|closed|refused)", re.I)


def fates(history: History) -> Iterator[Alarm]:
    """The fate of every committed change of a writable mapping."""
    for entry in history.user_changes:
        if not entry.mapping.read_write or not entry.mapping.judged:
            continue
        if entry.log_id is None:
            yield Alarm("uncaptured", "a change is not in the trigger log", str(entry.life), proofs(entry, entry.change))
            continue
        if entry.log is None:
            if not history.removed_by_hand(entry.log_id):
                yield Alarm("log", f"row {entry.log_id} of the trigger log is gone", str(entry.life), proofs(entry))
            continue
        match entry.state:
            case "SUCCESS" | "MERGED": yield from _sent(history, entry)
            case "IGNORED" | "IGNORE": yield from _ignored(history, entry)
            case "FAILED": yield from _failed(history, entry)
            case "REQUEUED" | "READONLY": pass
            case _: yield Alarm("log", f"a change ends as {entry.state}", str(entry.life or entry.mapping.table), proofs(entry))


def log_final(history: History) -> Iterator[Alarm]:
    """Rows of the log that no change of a row stands behind, those that cannot be read included, come to an end with a word."""
    known = {entry.log_id for entry in history.user_changes}
    for row in history.evidence.log_rows:
        mapping = history.mappings.get(row.table)
        if row.id in known or mapping is not None and not mapping.judged:
            continue
        if row.state in (*WAITING, "REQUEUE", None):
            yield Alarm("log", f"row {row.id} of the trigger log ends as {row.state}", row.table, (_log_line(row),))
        elif row.state == "FAILED" and not (row.message or "").strip():
            yield Alarm("log", f"row {row.id} of the trigger log failed without a message", row.table, (_log_line(row),))


def _log_line(row: LogRow) -> str:
    return f"log {row.id} {row.action} {row.table} record {row.record_id} {row.sfid} {row.state}: {row.message!r} values {row.values!r}"[:400]


# MARK: taken


def _records(history: History, entry: UserChange) -> list[Record]:
    return [history.records[name] for name in entry.keys if name in history.records]


def _sent(history: History, entry: UserChange) -> Iterator[Alarm]:
    where = str(entry.life or entry.mapping.table)
    life_keys = entry.life.keys if entry.life else set()
    named = key(entry.log.sfid) if entry.log else None
    # A row that was brought with an id may be gone before it learns which record was made of it.
    brought = key((entry.change.new or {}).get("sfid")) if entry.action == "INSERT" else None
    made = entry.life.claimed if entry.life and entry.action != "INSERT" else set()
    if named and life_keys - {brought} and named not in life_keys | made and not entry.by_hand:
        yield Alarm(
            "misdirected", f"a change of {entry.life} was written to the record {named}", where, (*proofs(entry), *history_of(history, named)))
        return
    found = _records(history, entry)
    if not found:
        if not _is_superseded_whole(history, entry):
            yield Alarm("lost change", f"a change is {entry.state}, and the org knows no record of its row", where, proofs(entry))
        return
    since = entry.at - SLACK
    if entry.action == "DELETE":
        if not any(record.was("dead", since, float("inf")) for record in found) and not _is_superseded_whole(history, entry):
            yield Alarm(
                "lost change", f"a deletion is {entry.state}, and the record lived on", where, (*proofs(entry), *history_of(history, found[0].key)))
        return
    for column, value in settable(history, entry).items():
        spec = history.specs[entry.mapping.table][column]
        if not history.is_steady(entry.mapping, spec) and not spec.lookup:
            continue
        if any(took(history, record, spec, value, since) for record in found) or _is_superseded(history, entry, column):
            continue
        yield Alarm(
            "lost change", f"{column}={value!r} is {entry.state}, and the record never had it", where,
            (*proofs(entry), *history_of(history, found[0].key)))


def _columns_of(history: History, entry: UserChange, column: str) -> set[str]:
    """The column and its twin: a lookup and the parent's external id say one thing."""
    specs = history.specs[entry.mapping.table]
    spec = specs[column]
    field = spec.lookup or spec.field
    return {name for name, other in specs.items() if (other.lookup or other.field) == field}


def _is_superseded(history: History, entry: UserChange, column: str) -> bool:
    twins = _columns_of(history, entry, column)
    # Both at once contradict each other; Salesforce decides.
    if any(name != column and name in entry.fields for name in twins):
        return True
    return any(later.action == "DELETE" or later.action == "INSERT" or twins & set(later.fields) for later in history.later(entry))


def _is_superseded_whole(history: History, entry: UserChange) -> bool:
    later = history.later(entry)
    if entry.action == "DELETE":
        return any(other.action == "INSERT" for other in later)
    return any(other.action in ("DELETE", "INSERT") for other in later)


# MARK: not sent


def _had_no_record(insert: UserChange | None, deletion: UserChange) -> bool:
    """The application's trigger kept the row from getting its record, which was told before the row was deleted."""
    return (
        insert is not None and insert.state in ("FAILED", "IGNORED") and insert.log is not None
        and "its row could not be marked" in (insert.log.message or "") and (insert.log.processed or 0) <= deletion.at)


def _ignored(history: History, entry: UserChange) -> Iterator[Alarm]:
    """What is left unsent has nothing to say to Salesforce, or a person gave it up."""
    where = str(entry.life or entry.mapping.table)
    if history.was_set_by_hand(entry) or entry.by_hand:
        return
    found = _records(history, entry)
    since = entry.at - SLACK
    if entry.action == "DELETE":
        insert = next((other for other in history.by_life[id(entry.life)] if other.action == "INSERT"), None) if entry.life else None
        alive = [record for record in found if not record.is_deleted and not record.was("dead", since, float("inf"))]
        if insert is not None and insert.state == "SUCCESS" and insert.log and insert.log.sfid:
            made = history.records.get(key(insert.log.sfid) or "")
            alive += [made] if made and not made.is_deleted and made not in alive else []
        if alive and not _is_superseded_whole(history, entry) and not _had_no_record(insert, entry):
            yield Alarm(
                "lost change", f"a deletion is {entry.state}, and the record {alive[0].id} lives", where,
                (*proofs(insert, entry), *history_of(history, alive[0].key)))
        return
    for column, value in settable(history, entry).items():
        spec = history.specs[entry.mapping.table][column]
        if not history.is_steady(entry.mapping, spec) and not spec.lookup:
            continue
        if _is_superseded(history, entry, column) or any(took(history, record, spec, value, since) for record in found):
            continue
        yield Alarm(
            "lost change", f"{column}={value!r} is {entry.state}: it was never sent", where,
            (*proofs(entry), *(history_of(history, found[0].key) if found else ())))


def _failed(history: History, entry: UserChange) -> Iterator[Alarm]:
    """What failed says why, in the log and on the row, and failed for a reason that would be one the next time as well."""
    where = str(entry.life or entry.mapping.table)
    message = (entry.log.message or "").strip() if entry.log else ""
    if history.was_set_by_hand(entry):
        return
    if not message:
        yield Alarm("log", "a change failed without a message in the log", where, proofs(entry))
    if PASSING.search(message):
        yield Alarm("needless", "a change was given up for something that passes", where, proofs(entry))
    yield from _marked(history, entry)
    if reason := _needless(history, entry, message):
        yield Alarm("needless", reason, where, proofs(entry, *history.later(entry)[:4]))


def _marked(history: History, entry: UserChange) -> Iterator[Alarm]:
    life = entry.life
    if life is None or life.end is not None or entry.by_hand or "could not be marked" in (entry.log.message or "" if entry.log else ""):
        return
    failed = history.settled(entry)
    last = life.changes[-1]
    others = [other for other in history.by_life[id(life)] if other.number > entry.number]
    # What came to the row afterwards says more.
    if others or failed is None or last.number > failed.number and last.txid != failed.txid:
        return
    row = last.new or {}
    if row.get("_hc_lastop") != "FAILED" or not (row.get("_hc_err") or "").strip():
        specs = history.specs[entry.mapping.table]
        is_steady = all(history.is_steady(entry.mapping, specs[column]) for column in entry.fields)
        when = "" if is_steady else " while the definition of its fields changed"
        yield Alarm(
            "log", f"a change failed{when}, and its row says {row.get('_hc_lastop')}, {row.get('_hc_err')!r}", str(life), proofs(entry, last))


def _needless(history: History, entry: UserChange, message: str) -> str | None:
    """A refusal that the right order would have spared: a parent's change that came first here, a value that was given up first here."""
    specs = history.specs[entry.mapping.table]
    before = [other for other in history.user_changes if other.number < entry.number and other.state == "SUCCESS"]
    failed = history.settled(entry)
    for column, value in entry.fields.items():
        spec = specs[column]
        if value is None:
            continue
        if spec.lookup and ("not found" in message.lower() or message.startswith("INVALID_FIELD:")):
            makers = [
                other for other in before if other.mapping.object == spec.parent and other.action != "DELETE"
                and any(history.specs[other.mapping.table][name].field == spec.parent_field and text == value for name, text in other.fields.items())]
            record = _made(history, makers[-1]) if makers else None
            # What failed for something else at first may find the value given up when it is tried again; an insert that was mended never had it.
            is_first = failed is not None and (failed.message or message) == message
            had = record is not None and any((version.value or "").lower() == value.lower() for version in record.versions(spec.parent_field or ""))
            came_late = record is not None and failed is not None and _came_after(history, makers[-1], failed.at)
            if record and failed and is_first and had and not came_late and not _is_taken_away(history, record, makers[-1], entry, spec, failed.at):
                return f"a change failed for a parent that a change before it made: {makers[-1]}"
        if spec.unique and failed and _is_refused_for(specs, spec, value, message):
            holders = [
                record for record in history.records.values() if record.object == entry.mapping.object and record.key not in _own(entry)
                and _holds(record, spec.field, value, failed.at, SLACK)]
            if not holders:
                return f"a change failed for {column}={value!r}, which no record had"
            if all(_gave_up(history, record, spec, value, before) for record in holders):
                return f"a change failed for {column}={value!r}, which changes before it give up: {', '.join(record.id for record in holders)}"
    return None


def _made(history: History, maker: UserChange) -> Record | None:
    """The record that a change wrote, as the log says; a restored row may have come with the id of one that is gone."""
    names = [key(maker.log.sfid) if maker.log else None, *maker.keys]
    return next((history.records[name] for name in names if name in history.records), None)


def _came_after(history: History, maker: UserChange, at: float) -> bool:
    """Whether a parent's change could not be written before its child failed: its transaction was committed later, or it had failed itself, and was
    written when it was mended or asked for again."""
    first, committed = history.settled(maker), maker.change.committed
    return committed is not None and committed > at or first is not None and first.state == "FAILED" and first.at <= at


def _own(entry: UserChange) -> set[str]:
    """The records that a change's row had when it was made; one that it was given later was another's then."""
    changes = entry.life.changes if entry.life else []
    return {key(change.new.get("sfid")) or "" for change in changes if change.new and change.number <= entry.number}


def _gave_up(history: History, record: Record, spec: FieldSpec, value: str, before: list[UserChange]) -> bool:
    """Whether the last word of its row, before a change that takes a value, was that it gives the value up, and the org did not give it back."""
    said = [other for other in before if record.key in other.keys and (other.action == "DELETE" or spec.column in other.fields)]
    if not said or said[-1].action != "DELETE" and (said[-1].fields[spec.column] or "").lower() == value.lower():
        return False
    given = history.settled(said[-1])
    return given is None or not any(
        change.visible > given.at and (change.action == "undelete" or (change.fields.get(spec.field) or "").lower() == value.lower())
        for change in record.changes)


def _is_refused_for(specs: dict[str, FieldSpec], spec: FieldSpec, value: str, message: str) -> bool:
    """Whether a refusal is about the column: by the field that it names, else by the value."""
    if not re.search(r"duplicate", message, re.I):
        return False
    named = [other.field for other in specs.values() if other.unique and other.field in message]
    return spec.field in named if named else value.lower() in message.lower()


def _holds(record: Record, field: str, value: str, at: float, slack: float) -> bool:
    versions = record.versions(field)
    for index, version in enumerate(versions):
        ends = versions[index + 1].since if index + 1 < len(versions) else float("inf")
        # It was asked a while before the answer was noted.
        if version.since <= at + slack and ends >= at - 30 and (version.value or "").lower() == value.lower():
            return record.was("alive", at - 30, at + slack) is not None
    return False


def _is_taken_away(history: History, record: Record, maker: UserChange, child: UserChange, spec: FieldSpec, at: float) -> bool:
    """Whether a parent lost its external id or its life before its child failed for it, by a user or by the org."""
    column = next((name for name, other in history.specs[maker.mapping.table].items() if other.field == spec.parent_field), "")
    later = [other for other in history.later(maker) if other.action == "DELETE" or column in other.fields]
    if any(other.number < child.number or _was_committed_before(other, child) for other in later):
        return True
    return any(
        change.who != "client" and change.visible <= at and (change.action != "update" or spec.parent_field in change.fields)
        for change in record.changes[1:])


def _was_committed_before(one: UserChange, other: UserChange) -> bool:
    committed, later = one.change.committed, other.change.committed
    return committed is not None and later is not None and committed < later


WRITING = (fates, log_final)
