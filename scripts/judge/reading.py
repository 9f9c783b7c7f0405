"""What readers saw while the round ran: never an empty or partial table, never a table that is not there."""

from collections import defaultdict
from collections.abc import Iterator

from .evidence import Snapshot
from .history import History, is_product
from .invariants import Alarm, during
from .normal import key


def readers(history: History) -> Iterator[Alarm]:
    """Between two looks that saw a record, none misses it, unless somebody took it away meanwhile."""
    grouped: dict[str, list[Snapshot]] = defaultdict(list)
    for snapshot in sorted(history.evidence.snapshots, key=lambda each: each.began):
        grouped[snapshot.table].append(snapshot)
    for table, snapshots in grouped.items():
        if table not in history.mappings:
            continue
        for before, now, after in zip(snapshots, snapshots[1:], snapshots[2:], strict=False):
            if now.error:
                yield from _unreadable(history, before, now)
            elif not before.error and not after.error:
                yield from _missing(history, table, before, now, after)


def _unreadable(history: History, before: Snapshot, now: Snapshot) -> Iterator[Alarm]:
    if before.error or "does not exist" not in (now.error or ""):
        return
    removed = any(change.table == now.table and change.action in ("DROP", "ALTER") and not is_product(change) for change in history.changes)
    if not removed and not during(history.evidence.intervals, before.began, now.ended, "ddl", "postgres"):
        yield Alarm("reader", f"the table could not be read: {now.error}", now.table, (f"at {now.began:.3f}",))


def _missing(history: History, table: str, before: Snapshot, now: Snapshot, after: Snapshot) -> Iterator[Alarm]:
    seen, still, again = (_keys(each) for each in (before, now, after))
    lost = (seen & again) - still
    if not lost:
        return
    excused = {
        name for name in lost
        if any(entry.action == "DELETE" and before.began - 60 <= entry.at <= now.ended for entry in history.by_record.get(name, []))
        or (record := history.records.get(name)) is not None and record.was("dead", before.began - 60, now.ended)}
    meanwhile = [
        change for change in history.changes
        if change.table == table and not is_product(change) and before.began <= (change.committed or change.at) <= now.ended]
    emptied = any(change.action in ("TRUNCATE", "DROP") for change in meanwhile)
    # Also what is deleted without being captured: a table that is restored.
    lost -= excused | {key((change.old or {}).get("sfid")) for change in meanwhile if change.action == "DELETE"}
    if lost and not emptied:
        what = "empty" if not still else "partial"
        yield Alarm(
            "reader", f"a reader saw the table {what}: {len(lost)} of {len(seen)} records were not there", table,
            (f"seen at {before.began:.3f} and {after.began:.3f}, not at {now.began:.3f}: {', '.join(sorted(lost)[:8])}",))


def _keys(snapshot: Snapshot) -> set[str]:
    return {key(row.get("sfid")) or "" for row in snapshot.rows.values() if row.get("sfid")}


READING = (readers,)
