"""What must be true in the end: both sides equal, no record doubled or vanished, nothing that still waits or is in trouble."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator

from .evidence import FieldSpec, MappingSpec, TableRow
from .history import WAITING, History, Life, UserChange, is_product
from .invariants import Alarm, history_of, is_repeated, judged, parents, proofs, same
from .normal import key
from .records import Record


def restless(history: History) -> Iterator[Alarm]:
    """The judge waited for calm in vain."""
    for text in history.evidence.restless:
        yield Alarm("stuck", text, "the round")


def healthy(history: History) -> Iterator[Alarm]:
    """With everything healed, connection and mappings are well again: by a last look, once all was calm."""
    evidence = history.evidence
    if evidence.connection_statuses:
        last = max(evidence.connection_statuses, key=lambda status: status.at)
        if last.state != "IDLE" and last.at >= evidence.ended:
            yield Alarm("stuck", f"the connection ends as {last.state}: {last.description}", "connection")
    for mapping in judged(history):
        statuses = [status for status in evidence.mapping_statuses if status.object == mapping.object]
        if statuses and (final := max(statuses, key=lambda status: status.at)).state not in _WELL and final.at >= evidence.ended:
            yield Alarm("stuck", f"the mapping ends as {final.state}: {final.description or final.trouble}", mapping.object)


# A mapping between two polls, or in one.
_WELL = {"DATA_SYNCED", "POLLING_SF_CHANGES", "POLLING_SF_FOR_DELETES", "POLLING_SF_BULK", "POLLING_DB_CHANGES", "MAPPING_SF_TO_DB"}


def equal(history: History) -> Iterator[Alarm]:
    """Every live record has one row, every row a live record, and every mapped column says what its field says. Not before all is calm."""
    if history.evidence.restless:
        return
    rows: dict[str, list[TableRow]] = defaultdict(list)
    for row in history.evidence.table_rows:
        rows[row.table].append(row)
    for mapping in judged(history):
        by_key: dict[str, list[TableRow]] = defaultdict(list)
        for row in rows[mapping.table]:
            if row.sfid:
                by_key[key(row.sfid) or ""].append(row)
            else:
                yield from _nameless(history, mapping, row)
        for name, twins in by_key.items():
            record = history.records.get(name)
            if len(twins) > 1:
                yield Alarm(
                    "doubled", f"{len(twins)} rows have the record {twins[0].sfid}", mapping.table, tuple(history_of(history, name)))
            if record is None or record.is_deleted:
                if not _is_kept(history, mapping, twins[0]):
                    said = "was never in the org" if record is None else "is deleted in the org"
                    yield Alarm(
                        "equal", f"the row with id {twins[0].id} stays, its record {twins[0].sfid} {said}", f"{mapping.table}/{twins[0].id}",
                        tuple(history_of(history, name)))
                continue
            yield from _columns(history, mapping, twins[0], record)
        for record in history.records.values():
            if record.object == mapping.object and record.final is not None and not record.is_deleted and record.key not in by_key:
                if not _is_missing_rightly(history, mapping, record):
                    yield Alarm(
                        "equal", f"the record {record.id} has no row", f"{mapping.object} {record.id}", tuple(history_of(history, record.key)))


def _life(history: History, row: TableRow) -> Life | None:
    return next((life for life in reversed(history.lives) if life.table == row.table and life.id == str(row.id) and life.end is None), None)


def _nameless(history: History, mapping: MappingSpec, row: TableRow) -> Iterator[Alarm]:
    """A row without a record: its insert waits, failed, was given up, or is nobody's business."""
    life = _life(history, row)
    if life is None or not mapping.read_write or life.birth.product:
        return
    for entry in history.by_life[id(life)]:
        if entry.action == "INSERT" and entry.state in ("SUCCESS", "MERGED"):
            yield Alarm(
                "lost change", f"the row with id {row.id} never got the id of its record, and its insert is {entry.state}",
                f"{mapping.table}/{row.id}", proofs(entry))


def _columns(history: History, mapping: MappingSpec, row: TableRow, record: Record) -> Iterator[Alarm]:
    final = record.final or {}
    if any(spec.unique and _is_held(history, spec, row, final.get(spec.field)) for spec in mapping.fields):
        return
    for spec in mapping.fields:
        if spec.column == "sfid" or spec.column not in row.values or not _is_known(spec, final):
            continue
        if _is_same(history, spec, row.values[spec.column], final) or _is_excused(history, row, spec):
            continue
        expected = final.get(spec.lookup or spec.field)
        yield Alarm(
            "equal", f"{spec.column} is {row.values[spec.column]!r}, in the org it is {expected!r}", f"{mapping.table}/{row.id} {record.id}",
            tuple(history_of(history, record.key)))


def _is_held(history: History, spec: FieldSpec, row: TableRow, value: str | None) -> bool:
    """Whether a row that somebody made, and Salesforce refused, has the unique value, and the mapping says that it keeps the record's out: it names the
    last of those that are kept out, and counts them all."""
    if not _has_holder(history, spec, row, value):
        return False
    last = next((status for status in reversed(history.evidence.mapping_statuses) if history.by_object[status.object].table == row.table), None)
    description = (last and last.description) or ""
    told = re.match(r"(\d+) rows are refused", description)
    return bool(row.sfid and row.sfid in description) or told is not None and int(told[1]) >= _held_rows(history, row.table)


def _has_holder(history: History, spec: FieldSpec, row: TableRow, value: str | None) -> bool:
    return any(
        other.table == row.table and not other.sfid and other.values.get("_hc_lastop") == "FAILED" and same(spec, other.values.get(spec.column), value)
        for other in history.evidence.table_rows)


def _held_rows(history: History, table: str) -> int:
    """How many rows have records of which a refused row has a unique value."""
    unique = [spec for spec in history.specs[table].values() if spec.unique]
    rows = [(row, history.records.get(key(row.sfid) or "")) for row in history.evidence.table_rows if row.table == table and row.sfid]
    return sum(any(_has_holder(history, spec, row, (record.final or {}).get(spec.field)) for spec in unique) for row, record in rows if record)


def _is_known(spec: FieldSpec, final: dict) -> bool:
    return (spec.lookup or spec.field) in final


def _is_same(history: History, spec: FieldSpec, value: str | None, final: dict) -> bool:
    if not spec.lookup:
        return same(spec, value, final.get(spec.field))
    parent = history.records.get(key(final.get(spec.lookup)) or "")
    held = (parent.final or {}).get(spec.parent_field or "") if parent and not parent.is_deleted else None
    # Which poll brought the child, and what the parent was called then, is not said: changes of a parent do not touch its children.
    earlier = {version.value for version in parent.versions(spec.parent_field or "")} if parent else {None}
    return value == held or value in earlier or (value is None and (parent is None or parent.is_deleted)) or (
        value is not None and final.get(spec.lookup) is None and _lost_parent(history, spec, value))


def _lost_parent(history: History, spec: FieldSpec, value: str) -> bool:
    """Deleting a parent clears the lookups to it without touching the children."""
    return any(history.records[name].is_deleted for name in parents(history, spec, value) if name and name in history.records)


def _is_excused(history: History, row: TableRow, spec: FieldSpec) -> bool:
    """A value that a person wrote and that did not go out, with a word on why: failed, given up, read-only; or silently restored."""
    life = _life(history, row)
    if life is None:
        return False
    setters = [
        change for change in life.changes
        if change.new and spec.column in change.new and (not change.old or change.old.get(spec.column) != change.new[spec.column])]
    if not setters:
        return False
    last = setters[-1]
    if is_product(last) or not same(spec, (last.new or {}).get(spec.column), row.values.get(spec.column)):
        return False
    if last.product:
        return True
    entry = next((entry for entry in history.by_life[id(life)] if entry.change is last), None)
    if entry is None or not entry.mapping.read_write or entry.state == "FAILED" or entry.state in WAITING:
        return True
    if entry.state in ("IGNORED", "REQUEUED"):
        return history.was_set_by_hand(entry) or entry.state == "REQUEUED" or not (spec.createable or spec.updateable)
    return not spec.updateable


def _is_kept(history: History, mapping: MappingSpec, row: TableRow) -> bool:
    """A row of a record that is gone: it was brought with that id, and its insert did not go out."""
    life = _life(history, row)
    entries = history.by_life[id(life)] if life else []
    return any(entry.action == "INSERT" and entry.state not in ("SUCCESS", "MERGED") for entry in entries) or not mapping.read_write and bool(entries) \
        or life is not None and any(change.product and not is_product(change) for change in life.changes)


def _is_missing_rightly(history: History, mapping: MappingSpec, record: Record) -> bool:
    """A record without a row: its delete failed or is not the business of Salesforce, or its table was emptied and not reloaded since."""
    lives = [life for life in history.lives if life.table == mapping.table and record.key in life.keys]
    if not lives or lives[-1].end is None or is_product(lives[-1].end):
        return False
    end = lives[-1].end
    touched = any(change.visible > end.at for change in record.changes)
    if end.action in ("TRUNCATE", "DROP") or end.product:
        reloaded = any(
            operation.kind == "reload" and operation.table in (None, mapping.table) and operation.began > end.at
            for operation in history.evidence.operations)
        return not touched and not reloaded
    entry = next((entry for entry in history.by_life[id(lives[-1])] if entry.change is end), None)
    return entry is None or not mapping.read_write or entry.state not in ("SUCCESS", "MERGED")


def labels(history: History) -> Iterator[Alarm]:
    """A label says which record is which: no two live records have one, and no row has the label of another record."""
    for mapping in judged(history):
        if not mapping.label:
            continue
        live: dict[str, list[Record]] = defaultdict(list)
        for record in history.records.values():
            if record.object == mapping.object and not record.is_deleted and (label := (record.final or {}).get(mapping.label)):
                live[label].append(record)
        for label, twins in live.items():
            if len(twins) > 1 and _wanted(history, mapping, label) < len(twins):
                by = " by an insert that went out again" if is_repeated(history, mapping, label) else ""
                yield Alarm(
                    "doubled", f"{len(twins)} records have the label {label!r}{by}", f"{mapping.object} {', '.join(each.id for each in twins)}",
                    tuple(text for each in twins for text in history_of(history, each.key)))
        for record in history.records.values():
            for change in record.changes:
                old, new = change.before.get(mapping.label), change.fields.get(mapping.label)
                if (
                    record.object == mapping.object and change.who == "client" and change.action == "update" and old and new and old != new
                    and not _is_adopted(history, mapping, record, new, change.visible)
                ):
                    by = "by an insert that is called FAILED, " if _is_called_failed(history, record, new) else ""
                    yield Alarm(
                        "misdirected", f"the record {record.id} of {old!r} was overwritten {by}with what belongs to {new!r}",
                        f"{mapping.object} {record.id}", tuple(history_of(history, record.key)))


def _is_called_failed(history: History, record: Record, label: str) -> bool:
    """Whether an insert went to the record, and the log says that the record belongs to another row."""
    return any(
        entry.action == "INSERT" and entry.state == "FAILED" and record.id in ((entry.log.message or "") if entry.log else "") and label in entry.fields.values()
        for entry in history.user_changes)


def _is_adopted(history: History, mapping: MappingSpec, record: Record, label: str, at: float) -> bool:
    """An insert is an upsert by the unique identifier: it takes a record that no row has had, or only rows that went without being captured, or before
    somebody undeleted the record, or that got records of their own by then, or that were brought from the org, or put back silently, after the insert."""
    column = next((spec.column for spec in mapping.fields if spec.field == mapping.label), "")
    inserts = [entry for entry in history.by_record[record.key] if entry.action == "INSERT" and entry.fields.get(column) == label and entry.life]
    others = [
        life for life in history.lives if life.table == mapping.table and record.key in life.keys and not any(entry.life is life for entry in inserts)
        and not _is_uncaptured(history, life) and not _is_undeleted(record, life, at) and not _has_left(life, record.key, at)
        and not (inserts and life.birth.number > inserts[0].number and life.birth.product)]
    return bool(inserts) and not any(
        change.new and key(change.new.get("sfid")) == record.key and change.at <= at for life in others for change in life.changes)


def _is_uncaptured(history: History, life: Life) -> bool:
    """Whether a row went without Salesforce being told: with its table, silently, or since a person gave its deletion up."""
    if life.end is None:
        return False
    deletion = next((entry for entry in history.by_life[id(life)] if entry.change is life.end), None)
    return life.end.product or life.end.action in ("TRUNCATE", "DROP") or deletion is not None and history.was_set_by_hand(deletion)


def _is_undeleted(record: Record, life: Life, at: float) -> bool:
    """Whether the record came back after the row had gone, so that it is nobody's."""
    return life.end is not None and any(
        change.action == "undelete" and change.who != "client" and (life.end.committed or life.end.at) <= change.visible <= at for change in record.changes)


def _has_left(life: Life, name: str, at: float) -> bool:
    """Whether a row that was restored with the id of a record has by then the one that its own insert made."""
    last = next((key(change.new.get("sfid")) for change in reversed(life.changes) if change.new and change.at <= at), None)
    return last is not None and last != name and last in life.claimed


def _wanted(history: History, mapping: MappingSpec, label: str) -> int:
    """How many records of a label may live: one for each that somebody made or brought back, less those whose deletion went out, of either of their
    rows where a poll brought a record as another row before its insert was answered."""
    column = next((spec.column for spec in mapping.fields if spec.field == mapping.label), "")
    entries = [entry for entry in history.user_changes if entry.mapping is mapping and not entry.by_hand]
    inserted = [entry for entry in entries if entry.action == "INSERT" and entry.fields.get(column) == label]
    deleted = Counter(
        key(entry.log.sfid) if entry.log and entry.log.sfid else entry.change.number for entry in entries
        if entry.action == "DELETE" and entry.state in ("SUCCESS", "MERGED") and (entry.change.old or {}).get(column) == label)
    elsewhere = [
        change for record in history.records.values() if record.object == mapping.object
        and label in {version.value for version in record.versions(mapping.label or "")}
        for change in record.changes if change.who != "client" and change.action in ("insert", "undelete")]
    return max(1, len(inserted) + len(elsewhere) - sum(min(asked, _deaths(history, name)) for name, asked in deleted.items()))


def _deaths(history: History, name: str | int | None) -> int:
    """How often a record can have been deleted: as often as the org says, and once for somebody who asked."""
    record = history.records.get(name) if isinstance(name, str) else None
    return max(1, sum(change.action == "delete" for change in record.changes)) if record else 1


def unasked(history: History) -> Iterator[Alarm]:
    """Two living rows never mean one record, and no insert takes the record of another row."""
    for mapping in judged(history):
        claims: dict[str, list[UserChange]] = defaultdict(list)
        for entry in history.user_changes:
            if entry.mapping is mapping and entry.action == "INSERT" and not entry.by_hand and entry.state == "SUCCESS" and entry.log and entry.log.sfid and entry.life:
                claims[key(entry.log.sfid) or ""].append(entry)
        for name, entries in claims.items():
            for entry in entries:
                holder = _holder(history, mapping, name, entry)
                if holder is not None:
                    yield Alarm(
                        "doubled", f"the insert of {entry.life} was answered with the record of the row {holder}, which lived on",
                        f"{mapping.object} {name}", (*proofs(entry, holder.birth), *history_of(history, name)))


def _holder(history: History, mapping: MappingSpec, name: str, entry: UserChange) -> Life | None:
    """Another row, made by a user or before the insert, that had the record when the insert was answered and was not deleted by its user before."""
    answered = history.confirmed(entry)
    for life in history.lives:
        if life is entry.life or life.table != mapping.table or name not in life.keys or life.birth.number > entry.number:
            continue
        if life.end is not None and (answered is None or life.end.number < answered.number):
            continue
        named = next((change for change in life.changes if change.new and key(change.new.get("sfid")) == name), None)
        if named is not None and named.number < entry.number and not (answered and _has_left(life, name, answered.at)):
            return life
    return None


ENDING = (restless, healthy, equal, labels, unasked)
