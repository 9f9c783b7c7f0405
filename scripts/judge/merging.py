"""What Sluice does to the rows: it brings what the org has, never what it had before, and takes no row that nobody deleted."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from .evidence import FieldSpec, RowChange
from .history import WAITING, History, Life, LogStep, UserChange, is_product
from .invariants import SLACK, Alarm, during, history_of, proofs, same, takes
from .normal import key
from .records import Record, Version

# How long after an undelete a read that began before it may still come to its end, in seconds.
READ_SECONDS = 10.0


@dataclass(frozen=True)
class Net:
    """What one transaction of Sluice did to one row in all."""

    life: Life
    first: RowChange
    last: RowChange

    @property
    def old(self) -> dict | None:
        return self.first.old

    @property
    def new(self) -> dict | None:
        return self.last.new


def nets(history: History) -> list[Net]:
    grouped: dict[tuple[int, int], list[RowChange]] = defaultdict(list)
    lives = {}
    for change in history.changes:
        life = history.life_of(change)
        if life is not None and is_product(change):
            grouped[(change.txid, id(life))].append(change)
            lives[id(life)] = life
    found = [Net(lives[place[1]], changes[0], changes[-1]) for place, changes in grouped.items()]
    return sorted(found, key=lambda net: net.last.number)


def _time(change: RowChange) -> float:
    return change.committed or change.at


def stale(history: History) -> Iterator[Alarm]:
    """A value that comes from the org is one that it had, and never older than one that the row had from there or was confirmed to it."""
    reached: dict[tuple[str, str], int] = {}
    confirmed = _confirmations(history)
    for net in nets(history):
        new, old = net.new, net.old or {}
        record = history.records.get(key(new.get("sfid")) or "") if new else None
        if new is None or record is None:
            continue
        mapping = history.mappings[net.life.table]
        for column, spec in history.specs[net.life.table].items():
            if column not in new or old.get(column) == new[column] or spec.lookup or not history.is_steady(mapping, spec):
                continue
            if new[column] is None and spec.unique or not record.knows(spec.field):
                # A value that moves is taken from its old holder first.
                continue
            versions = record.versions(spec.field)
            place = (record.key, column)
            least = max(reached.get(place, 0), _least(confirmed.get(place, []), versions, spec, net))
            matches = [
                index for index, version in enumerate(versions)
                if version.since <= _time(net.last) + SLACK and same(spec, version.value, new[column])]
            later = [index for index in matches if index >= least]
            if later:
                reached[place] = later[0]
            elif matches:
                yield Alarm(
                    "stale", f"{column} went back from {old.get(column)!r} to {new[column]!r}, which the org had before", str(net.life),
                    (*proofs(net.last), *history_of(history, record.key)))
                return
            elif net.old is not None or not any(change.action == "INSERT" and not change.product for change in net.life.changes):
                yield Alarm(
                    "stale", f"{column} became {new[column]!r}, which the org never had", str(net.life),
                    (*proofs(net.last), *history_of(history, record.key)))
                return


def _confirmations(history: History) -> dict[tuple[str, str], list[tuple[LogStep, UserChange]]]:
    """By record and column: what confirmed written values."""
    found: dict[tuple[str, str], list[tuple[LogStep, UserChange]]] = defaultdict(list)
    for entry in history.user_changes:
        step = history.confirmed(entry) if entry.mapping.read_write else None
        if step is not None and entry.action == "UPDATE":
            for name in entry.keys:
                for column in entry.fields:
                    found[(name, column)].append((step, entry))
    return found


def _least(confirmed: list[tuple[LogStep, UserChange]], versions: list[Version], spec: FieldSpec, net: Net) -> int:
    """The oldest version that may be read after everything that was confirmed before."""
    least = 0
    for step, entry in confirmed:
        if step.number >= net.first.number:
            continue
        # A value that the record had already made no version of its own; a later one of the same value is another change's.
        made = [
            index for index, version in enumerate(versions)
            if version.change is not None and version.change.who == "client" and entry.at - 2 <= version.since <= step.at + SLACK
            and takes(spec, entry.fields[spec.column], version.value)]
        if made:
            least = max(least, made[0])
    return least


def overwritten(history: History) -> Iterator[Alarm]:
    """A value whose change still waits is not replaced by one that was read."""
    waiting: dict[int, list[UserChange]] = defaultdict(list)
    for entry in history.user_changes:
        if entry.life is not None and entry.mapping.read_write and entry.log_id is not None and not entry.by_hand and entry.action != "DELETE":
            waiting[id(entry.life)].append(entry)
    for net in nets(history):
        if net.new is None or net.old is None:
            continue
        for column, spec in history.specs[net.life.table].items():
            if net.old.get(column) == net.new.get(column) or spec.unique and net.new.get(column) is None:
                continue
            held = [entry for entry in waiting[id(net.life)] if column in entry.fields and entry.number < net.first.number and _waits(history, entry, net)]
            if held and same(spec, (net.old or {}).get(column), held[-1].fields[column]):
                yield Alarm(
                    "overwritten", f"{column}={net.old.get(column)!r} waited to be written, and became {net.new.get(column)!r}", str(net.life),
                    proofs(held[-1], net.last))


def _waits(history: History, entry: UserChange, net: Net) -> bool:
    # What somebody set back to wait counts once he has committed.
    steps = [
        step for step in history.log_steps[entry.log_id or 0]
        if step.txid == net.last.txid or step.number < net.first.number and step.at <= _time(net.last)]
    return bool(steps) and steps[-1].state in WAITING


def vanished(history: History) -> Iterator[Alarm]:
    """Sluice takes a row only when its record is gone, and not by a deletion that was meant for another row."""
    for net in nets(history):
        if net.new is not None or net.old is None or net.first.action == "INSERT":
            continue
        name = key(net.old.get("sfid"))
        life, at = net.life, _time(net.last)
        if _is_taken_over(history, name, net):
            continue
        if name is None:
            yield Alarm("vanished", "a row that never had a record was deleted by Sluice", str(life), proofs(life.birth, net.last))
            continue
        record = history.records.get(name)
        if record is None:
            continue
        living = [version.since for version in record.lives() if version.value == "alive" and version.since <= life.birth.at + SLACK]
        deaths = [death for death in record.deaths(at + SLACK) if not living or death.visible >= living[-1]]
        if not deaths and record.was("alive", life.birth.at - SLACK, at + SLACK):
            yield Alarm(
                "vanished", "a row was deleted by Sluice, and its record lived", str(life), (*proofs(net.last), *history_of(history, name)))
        elif deaths:
            yield from _misjudged(history, net, record)


def _is_taken_over(history: History, name: str | None, net: Net) -> bool:
    """Whether another row has the record in its place since the same transaction: a user's, that the copy from the org stood for."""
    for life in history.lives:
        if life is net.life or life.table != net.life.table:
            continue
        for change in life.changes:
            if change.txid == net.last.txid and change.new and key(change.new.get("sfid")) == name and name is not None:
                return True
    return False


def _misjudged(history: History, net: Net, record: Record) -> Iterator[Alarm]:
    life, at = net.life, _time(net.last)
    death = record.deaths(at + SLACK)[-1]
    inserts = [entry for entry in history.by_life[id(life)] if entry.action == "INSERT"]
    others = [entry for entry in history.by_record[record.key] if entry.action == "DELETE" and entry.life is not life]
    mine = [entry for entry in history.by_record[record.key] if entry.action == "DELETE" and entry.life is life]
    if death.who == "client" and inserts and others and not mine and inserts[-1].number > others[0].number and inserts[-1].state not in ("FAILED", "IGNORED"):
        yield Alarm(
            "vanished", "a row was deleted by Sluice for a deletion that was meant for an earlier row", str(life),
            (*proofs(others[-1], inserts[-1], net.last), *history_of(history, record.key)))
        return
    lives = record.lives()
    last = [version for version in lives if version.since <= at + SLACK][-1]
    again = any(other is not life and record.key in other.keys and other.birth.number > net.last.number for other in history.lives)
    if last.value == "alive" and last.since < at - READ_SECONDS and last.since > life.birth.at and again and not during(history.evidence.intervals, last.since, at):
        yield Alarm(
            "ids", "a record was undeleted, and its row was deleted afterwards and came back with another id", str(life),
            (*proofs(net.last), *history_of(history, record.key)))


def revived(history: History) -> Iterator[Alarm]:
    """A row does not come back by a read that looked before its deletion was confirmed, and keeps its id as long as it lives."""
    for net in nets(history):
        if net.old is not None or net.new is None:
            continue
        name = key(net.new.get("sfid"))
        record = history.records.get(name or "")
        if record is None:
            continue
        at = _time(net.last)
        gone = [
            step for entry in history.by_record[name or ""] if entry.action == "DELETE" and (step := history.confirmed(entry)) and step.number < net.first.number]
        deaths = [death for death in record.deaths(max((step.at for step in gone), default=float("-inf")) + SLACK) if death.who == "client"]
        since = deaths[-1].visible if deaths else float("-inf")
        if not any(version.value == "alive" and version.since <= at + SLACK and (version.since > since or not deaths) for version in record.lives()):
            yield Alarm(
                "stale", "a row came back after its deletion was confirmed", str(net.life), (*proofs(net.last), *history_of(history, name)))
    yield from _renumbered(history)


def _renumbered(history: History) -> Iterator[Alarm]:
    for life in history.lives:
        for change in life.changes:
            if is_product(change) and change.old and change.new and change.old["id"] != change.new["id"]:
                yield Alarm("ids", f"a row's id became {change.new['id']}", str(life), proofs(change))


def emptied(history: History) -> Iterator[Alarm]:
    """Sluice never truncates or drops a mapped table."""
    for change in history.changes:
        if change.table in history.mappings and is_product(change) and change.action in ("TRUNCATE", "DROP"):
            yield Alarm("reader", f"{change.action} of a mapped table by Sluice", change.table, proofs(change))


MERGING = (stale, overwritten, vanished, revived, emptied)
