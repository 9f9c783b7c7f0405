"""Nothing that fails looks healthy, and nothing healthy lags."""

from collections import defaultdict
from collections.abc import Iterator

from .evidence import JobStatus, MappingStatus
from .history import WAITING, History
from .invariants import SLACK, Alarm, during, history_of, judged, proofs, takes

# DESIGN.md, "nothing that fails looks healthy"; the bar.
SAID_WITHIN = 15.0
# Looks of the status observer may come late by so much.
OBSERVER = 3.0
# What a change may take each way when nothing is wrong, besides the interval of polling.
LAG = 30.0
# What a read may take while nothing but a subsidiary call fails, besides the interval of polling.
SUBSIDIARY_LAG = 8.0
# What keeps anything from moving while it lasts.
OBSTACLES = ("trouble", "fault", "kill", "freeze", "postgres", "sessions", "cut", "pause", "stall", "cancel")
# Reads beside the rows themselves: no failure of theirs keeps rows back.
SUBSIDIARY = ("deleted", "limits", "recordCount", "recordcount", "uncountable")
HEALTHY = {"DATA_SYNCED", "POLLING_SF_CHANGES", "POLLING_SF_FOR_DELETES", "POLLING_SF_BULK", "POLLING_DB_CHANGES", "INITIAL", "MAPPING_SF_TO_DB"}


def held_up(history: History, since: float, until: float) -> float:
    """Seconds of a time in which the machine was too busy to blame anybody: the product waited for a processor, or the judge itself stood still."""
    seconds = 0.0
    for load in history.evidence.loads:
        shared = min(load.ended, until) - max(load.began, since)
        if shared > 0:
            seconds += load.waited * shared / (load.ended - load.began)
    stalls = sum(min(each.ended, until) - max(each.began, since) for each in during(history.evidence.intervals, since, until, "stall"))
    return max(seconds, stalls)


def _due(history: History, since: float, seconds: float) -> float:
    """When so many seconds are over in which the product could work."""
    until = since + seconds
    for _ in range(4):
        until = since + seconds + held_up(history, since, until)
    return until


def silent(history: History) -> Iterator[Alarm]:
    """A mapping whose job fails says so within 15 seconds."""
    grouped: dict[int, list[JobStatus]] = defaultdict(list)
    for status in history.evidence.job_statuses:
        grouped[status.id].append(status)
    told: dict[str, list[MappingStatus]] = defaultdict(list)
    for status in history.evidence.mapping_statuses:
        told[status.object].append(status)
    said: set[tuple] = set()
    for looks in grouped.values():
        looks.sort(key=lambda status: status.at)
        since = None
        for look in looks:
            fails = look.error is not None and look.state in ("available", "running", "failed")
            if not fails or look.object is None:
                since = None
                continue
            since = look.at if since is None else since
            limit = _due(history, since, SAID_WITHIN + OBSERVER)
            if look.at < limit or during(history.evidence.intervals, since, look.at, "postgres", "cut", "freeze", "kill", "sessions"):
                continue
            told_here = [status for status in told[look.object] if since <= status.at <= limit]
            if told_here and not any(_says(status) for status in told_here) and (look.object, look.kind) not in said:
                said.add((look.object, look.kind))
                yield Alarm(
                    "silent", f"the {look.kind} of {look.object} has failed for {look.at - since:.0f} s, and the mapping says {told_here[-1].state}",
                    look.object, (f"job {look.id} attempt {look.attempt}: {look.error}", f"seen failing from {since:.3f}"))


def _says(status: MappingStatus) -> bool:
    return bool(status.trouble) or status.state not in HEALTHY or status.state == "DATA_SYNCED" and bool(status.description)


def silent_connection(history: History) -> Iterator[Alarm]:
    """A job of the whole connection that fails is told by the connection or by a mapping."""
    evidence = history.evidence
    failing: dict[int, float] = {}
    for look in sorted(evidence.job_statuses, key=lambda status: status.at):
        if look.object is not None:
            continue
        if look.error is None or look.state not in ("available", "running", "failed"):
            failing.pop(look.id, None)
            continue
        since = failing.setdefault(look.id, look.at)
        limit = _due(history, since, SAID_WITHIN + OBSERVER)
        if look.at < limit or during(evidence.intervals, since, look.at, "postgres", "cut", "freeze", "kill", "sessions"):
            continue
        said = [status for status in evidence.mapping_statuses if since <= status.at <= limit and _says(status)]
        told = [status for status in evidence.connection_statuses if since <= status.at <= limit]
        if told and not said and not any(status.description or status.state not in ("IDLE", "POLLING_DB_CHANGES") for status in told):
            yield Alarm(
                "silent", f"the {look.kind} of the connection has failed for {look.at - since:.0f} s, and it says {told[-1].state}", "connection",
                (f"job {look.id} attempt {look.attempt}: {look.error}", f"seen failing from {since:.3f}"))
            return


def unpolled(history: History) -> Iterator[Alarm]:
    """A mapping that looks healthy is polled when it is due, and is going to be."""
    evidence = history.evidence
    for mapping in judged(history):
        looks = sorted((status for status in evidence.mapping_statuses if status.object == mapping.object), key=lambda status: status.at)
        since: float | None = None
        for look in looks:
            late = look.state == "DATA_SYNCED" and not _says(look) and (look.next_poll is None or _due(history, look.polled or 0.0, 3 * evidence.poll_seconds + LAG) < look.at)
            if not late or during(evidence.intervals, look.at - 1, look.at, *OBSTACLES):
                since = None
                continue
            since = look.at if since is None else since
            if look.at > _due(history, since, LAG + 2 * evidence.poll_seconds):
                polled = "never" if look.next_poll is None else f"due {look.at - look.next_poll:.0f} s ago"
                yield Alarm(
                    "lag", f"the mapping looks healthy and is not polled ({polled})", mapping.object, (f"{look.state} at {look.at:.3f}, polled {look.polled}",))
                break


def late_writes(history: History) -> Iterator[Alarm]:
    """A change of a healthy mapping does not wait while nothing is wrong and nothing is said, whatever happens to other mappings."""
    evidence = history.evidence
    sick = defaultdict(list)
    for status in evidence.mapping_statuses:
        if _says(status):
            sick[status.object].append(status.at)
    told = [status.at for status in evidence.connection_statuses if status.description or status.state not in ("IDLE", "POLLING_DB_CHANGES")]
    late: set[str] = set()
    for entry in history.user_changes:
        if not entry.mapping.read_write or not entry.mapping.judged or entry.mapping.table in late or not history.log_steps.get(entry.log_id or 0):
            continue
        steps = history.log_steps[entry.log_id or 0]
        began = steps[0].at
        settled = history.settled(entry)
        until = settled.at if settled else evidence.ended
        free = _longest_free(history, began, until)
        if free <= LAG or any(began <= at <= until for at in (*told, *sick[entry.mapping.object])) or steps[0].state not in WAITING:
            continue
        late.add(entry.mapping.table)
        yield Alarm(
            "lag", f"a change waited for {until - began:.0f} s, {free:.0f} s of them with nothing wrong", str(entry.life or entry.mapping.table),
            proofs(entry))


def _longest_free(history: History, since: float, until: float) -> float:
    """The longest stretch of a time with no obstacle in it."""
    longest, at = 0.0, since
    for obstacle in sorted(during(history.evidence.intervals, since, until, *OBSTACLES), key=lambda each: each.began):
        longest = max(longest, _free(history, at, min(obstacle.began, until)))
        at = max(at, obstacle.ended)
    return max(longest, _free(history, at, until))


def _free(history: History, since: float, until: float) -> float:
    return until - since - held_up(history, since, until) if until > since else 0.0


def late_reads(history: History) -> Iterator[Alarm]:
    """A change in the org arrives when it is due; a subsidiary read that fails does not keep it back."""
    evidence = history.evidence
    subsidiary = [each for each in evidence.intervals if each.kind in ("trouble", "fault") and any(name in each.target for name in SUBSIDIARY)]
    obstacles = [each for each in evidence.intervals if each.kind in OBSTACLES and each not in subsidiary]
    told: set[str] = set()
    for record in history.records.values():
        mapping = history.by_object.get(record.object)
        if mapping is None or not mapping.judged or mapping.object in told or mapping.object in history.schema_changed:
            continue
        for index, change in enumerate(record.changes):
            covered = any(each.began <= change.visible and each.ended >= change.visible + SUBSIDIARY_LAG for each in subsidiary)
            limit = (SUBSIDIARY_LAG if covered else LAG) + 3 * evidence.poll_seconds
            until = _due(history, change.visible, limit)
            if change.who == "client" or change.action != "update" or until > evidence.ended - SLACK or during(obstacles, change.visible - 5, until):
                continue
            if index + 1 < len(record.changes) and record.changes[index + 1].visible <= until:
                continue
            lives = [life for life in history.lives if life.table == mapping.table and record.key in life.keys]
            if len(lives) != 1 or lives[0].end is not None or _is_written(history, record.key, change.visible, until):
                continue
            if any(each.table == mapping.table and each.action not in ("INSERT", "UPDATE", "DELETE") for each in history.changes):
                continue
            rows = [row.new for row in lives[0].changes if row.new and (row.committed or row.at) <= until]
            for spec in history.specs[mapping.table].values():
                if spec.field not in change.fields or spec.lookup or not history.is_steady(mapping, spec):
                    continue
                if rows and spec.column in rows[-1] and not takes(spec, rows[-1][spec.column], change.fields[spec.field]):
                    told.add(mapping.object)
                    yield Alarm(
                        "lag", f"{spec.column}={change.fields[spec.field]!r} had not arrived after {limit:.0f} s", str(lives[0]),
                        tuple(history_of(history, record.key)))
                    break


def _is_written(history: History, record: str, since: float, until: float) -> bool:
    """Whether a user's change of the record waited, or was on its way, within a time."""
    for entry in history.by_record.get(record, []):
        settled = history.settled(entry)
        if entry.at <= until and (settled is None or settled.at >= since - SLACK):
            return True
    return False


PROMPTNESS = (silent, silent_connection, unpolled, late_writes, late_reads)
