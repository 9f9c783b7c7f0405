"""What happened, put in order: rows with their lives, people's changes with their fate in the log, records with their versions."""

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property

from . import hstore
from .alarm import shown
from .evidence import Evidence, FieldSpec, LogRow, MappingSpec, RowChange, Values
from .normal import key
from .records import Record, records

LOG, ARCHIVE = "_trigger_log", "_trigger_log_archive"
# What a mapped table has beside its fields.
OWN_COLUMNS = {"id", "sfid", "_hc_lastop", "_hc_err"}
WAITING = {"NEW", "PENDING"}


@dataclass
class Life:
    """A row from its insert to its end; a later row with the same `id` is another."""

    table: str
    id: str
    changes: list[RowChange] = field(default_factory=list)
    # Ids of records that it had, in order; the first may be one that it was brought with.
    sfids: list[str] = field(default_factory=list)
    end: RowChange | None = None
    # The records that the log says its inserts made, by key.
    claimed: set[str] = field(default_factory=set)

    @property
    def birth(self) -> RowChange:
        return self.changes[0]

    @property
    def keys(self) -> set[str]:
        return {key(sfid) or "" for sfid in self.sfids}

    def __str__(self) -> str:
        return f"{self.table}/{self.id}" + (f" ({self.sfids[-1]})" if self.sfids else "")


@dataclass
class UserChange:
    """What a user's statement did to one row, or a row of the log that somebody made by hand."""

    change: RowChange
    mapping: MappingSpec
    life: Life | None
    action: str
    # Mapped columns that it set, with their texts: of an insert those that are not NULL.
    fields: Values
    log_id: int | None = None
    log: LogRow | None = None
    by_hand: bool = False

    @property
    def number(self) -> int:
        return self.change.number

    @property
    def at(self) -> float:
        return self.change.at

    @property
    def state(self) -> str | None:
        return self.log.state if self.log else None

    @property
    def keys(self) -> set[str]:
        """The records that it may be about."""
        keys = self.life.keys | self.life.claimed if self.life else set()
        if self.log and self.log.sfid and (self.action == "INSERT" or not keys):
            keys.add(key(self.log.sfid) or "")
        return keys

    def __str__(self) -> str:
        values = ", ".join(f"{name}={shown(value)}" for name, value in sorted(self.fields.items()))
        fate = f"log {self.log_id} {self.state}" + (f": {self.log.message[:160]}" if self.log and self.log.message else "")
        return f"change {self.number} {self.action} {self.life or self.mapping.table} {{{values}}} at {self.at:.3f}, {fate}"


@dataclass(frozen=True)
class LogStep:
    """A state that a row of the log took."""

    number: int
    txid: int
    at: float
    state: str | None
    product: bool
    message: str | None = None


def is_product(change: RowChange) -> bool:
    return change.product and not change.application.startswith("judge")


def describe(change: RowChange) -> str:
    """A row change in one line."""
    who = "Sluice" if is_product(change) else "silent" if change.product else "user"
    changed = {
        name: f"{shown((change.old or {}).get(name))}→{shown((change.new or {}).get(name))}" for name in {**(change.old or {}), **(change.new or {})}
        if (change.old or {}).get(name) != (change.new or {}).get(name)}
    cells = ", ".join(f"{name} {value}" for name, value in sorted(changed.items()))
    return f"row change {change.number} tx {change.txid} at {change.at:.3f} by {who}: {change.action} {change.table} {cells}"


class History:
    """Indexes over evidence; each is made when it is asked for."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.mappings = {mapping.table: mapping for mapping in evidence.mappings}
        self.by_object = {mapping.object: mapping for mapping in evidence.mappings}
        self.specs: dict[str, dict[str, FieldSpec]] = {
            mapping.table: {spec.column: spec for spec in mapping.fields if spec.column not in OWN_COLUMNS} for mapping in evidence.mappings}
        self.logs = {row.id: row for row in sorted(evidence.log_rows, key=lambda row: not row.archived)}

    @cached_property
    def changes(self) -> list[RowChange]:
        return sorted(self.evidence.row_changes, key=lambda change: change.number)

    @cached_property
    def records(self) -> dict[str, Record]:
        return records(self.evidence)

    # MARK: rows

    @cached_property
    def lives(self) -> list[Life]:
        return self._lived[0]

    def life_of(self, change: RowChange) -> Life | None:
        return self._lived[1].get(change.number)

    @cached_property
    def _lived(self) -> tuple[list[Life], dict[int, Life]]:
        lives: list[Life] = []
        by_number: dict[int, Life] = {}
        living: dict[tuple[str, str], Life] = {}
        for change in self.changes:
            if change.table not in self.mappings:
                continue
            if change.action in ("TRUNCATE", "DROP"):
                for place in [place for place in living if place[0] == change.table]:
                    living.pop(place).end = change
                continue
            row = change.old or change.new
            if row is None:
                continue
            life = living.pop((change.table, str(row["id"])), None)
            if life is None:
                life = Life(change.table, str(row["id"]))
                lives.append(life)
            life.changes.append(change)
            by_number[change.number] = life
            if change.new is None:
                life.end = change
                continue
            life.id = str(change.new["id"])
            living[(change.table, life.id)] = life
            sfid = change.new.get("sfid")
            if sfid and (not life.sfids or life.sfids[-1] != sfid):
                life.sfids.append(sfid)
        return lives, by_number

    # MARK: people's changes

    @cached_property
    def user_changes(self) -> list[UserChange]:
        """In order; those of read-only mappings as well."""
        found: list[UserChange] = []
        captured: dict[tuple, list[RowChange]] = defaultdict(list)
        for change in self.changes:
            if change.table == LOG and change.action == "INSERT" and change.new:
                row = change.new
                captured[(change.txid, row["table_name"], row["record_id"], row["action"])].append(change)
        for change in self.changes:
            if change.product or change.table not in self.mappings or change.action not in ("INSERT", "UPDATE", "DELETE"):
                continue
            row = change.new or change.old or {}
            entry = UserChange(change, self.mappings[change.table], self.life_of(change), change.action, self.fields(change))
            rows = captured[(change.txid, change.table, row.get("id"), change.action)]
            # The log's row comes right after the row's own change.
            match = next((log for log in rows if log.depth > 1), rows[0] if rows else None)
            if match and match.new:
                rows.remove(match)
                self._name(entry, match)
            found.append(entry)
        for rows in captured.values():
            found += filter(None, (self._by_hand(row) for row in rows))
        self._pass_claims_on(found)
        return sorted(found, key=lambda entry: entry.number)

    def _pass_claims_on(self, changes: list[UserChange]) -> None:
        """A backup brings a row back, uncaptured, while its insert waits: what the insert makes of the row with this id and this record is its record."""
        for entry in changes:
            made, brought = key(entry.log.sfid) if entry.log else None, key((entry.change.new or {}).get("sfid"))
            if entry.action != "INSERT" or entry.by_hand or not made or not brought:
                continue
            settled = self.settled(entry)
            for life in self.lives:
                if (life is not entry.life and life.table == entry.change.table and life.id == (entry.change.new or {}).get("id")
                        and life.birth.product and key((life.birth.new or {}).get("sfid")) == brought
                        and entry.number < life.birth.number < (settled.number if settled else 0)):
                    life.claimed.add(made)

    def _name(self, entry: UserChange, log: RowChange) -> None:
        entry.log_id = int((log.new or {})["id"] or 0)
        entry.log = self.logs.get(entry.log_id)
        if entry.life and entry.log and entry.log.sfid and entry.action == "INSERT":
            entry.life.claimed.add(key(entry.log.sfid) or "")

    def _by_hand(self, log: RowChange) -> UserChange | None:
        row = log.new or {}
        mapping = self.mappings.get(row.get("table_name") or "")
        if mapping is None or row.get("action") not in ("INSERT", "UPDATE", "DELETE"):
            return None
        try:
            values = hstore.parse(row.get("values") or "")
        except hstore.Malformed:
            values = {}
        specs = self.specs[mapping.table]
        fields = {name: value for name, value in values.items() if name in specs and (value is not None or row["action"] == "UPDATE")}
        entry = UserChange(log, mapping, self._living(mapping.table, log), str(row["action"]), fields, by_hand=True)
        self._name(entry, log)
        return entry

    def _living(self, table: str, log: RowChange) -> Life | None:
        """The row that a line of the log made by hand is about: the one that lived then, by its record, else by its id."""
        row = log.new or {}
        wanted = key(row.get("sfid"))
        found = [
            life for life in self.lives if life.table == table and life.birth.number < log.number
            and (wanted in life.keys if wanted else life.id == row.get("record_id"))]
        return next((life for life in found if life.end is None or life.end.number > log.number), found[-1] if found else None)

    def fields(self, change: RowChange) -> Values:
        """The mapped columns that a row change set."""
        specs = self.specs[change.table]
        old, new = change.old or {}, change.new
        if new is None:
            return {}
        if change.action == "INSERT":
            return {name: value for name, value in new.items() if name in specs and value is not None}
        return {name: value for name, value in new.items() if name in specs and old.get(name) != value}

    @cached_property
    def by_record(self) -> dict[str, list[UserChange]]:
        """People's changes of each record, in order."""
        found: dict[str, list[UserChange]] = defaultdict(list)
        for entry in self.user_changes:
            for record in entry.keys:
                found[record].append(entry)
        return found

    @cached_property
    def by_life(self) -> dict[int, list[UserChange]]:
        found: dict[int, list[UserChange]] = defaultdict(list)
        for entry in self.user_changes:
            if entry.life:
                found[id(entry.life)].append(entry)
        return found

    def later(self, entry: UserChange) -> list[UserChange]:
        """What people did afterwards to the same row or record."""
        related = self.by_life[id(entry.life)] if entry.life else []
        for record in entry.keys:
            related = related + self.by_record[record]
        return [other for other in related if other.number > entry.number and other is not entry]

    # MARK: the log over time

    @cached_property
    def log_steps(self) -> dict[int, list[LogStep]]:
        """The states of each row of the log, as they were committed."""
        steps: dict[int, list[LogStep]] = defaultdict(list)
        for change in self.changes:
            if change.table not in (LOG, ARCHIVE) or not change.new:
                continue
            log_id = int(change.new["id"] or 0)
            state = change.new.get("state")
            if not steps[log_id] or steps[log_id][-1].state != state:
                at, message = change.committed or change.at, change.new.get("sf_message")
                steps[log_id].append(LogStep(change.number, change.txid, at, state, is_product(change), message))
        return steps

    def confirmed(self, entry: UserChange) -> LogStep | None:
        """When the log first said that Salesforce has it."""
        return next((step for step in self.log_steps[entry.log_id or 0] if step.state == "SUCCESS" and step.product), None)

    def settled(self, entry: UserChange) -> LogStep | None:
        """When it first stopped waiting."""
        return next((step for step in self.log_steps[entry.log_id or 0] if step.state not in WAITING), None)

    def was_set_by_hand(self, entry: UserChange) -> bool:
        """Whether a person gave the change the state that it has."""
        steps = self.log_steps[entry.log_id or 0]
        return bool(steps) and len(steps) > 1 and not steps[-1].product

    def removed_by_hand(self, log_id: int) -> bool:
        return any(
            change.table in (LOG, ARCHIVE) and not is_product(change)
            and (change.action in ("TRUNCATE", "DROP") or change.action == "DELETE" and (change.old or {}).get("id") == str(log_id))
            for change in self.changes)

    @cached_property
    def schema_changed(self) -> set[str]:
        """`Object.Field`, or an object, that org actors changed the definition of meanwhile."""
        return {interval.target for interval in self.evidence.intervals if interval.kind == "schema"}

    def is_steady(self, mapping: MappingSpec, spec: FieldSpec) -> bool:
        """Whether the field was the same all the time, and holds only what somebody wrote."""
        return (
            mapping.object not in self.schema_changed and f"{mapping.object}.{spec.field}" not in self.schema_changed
            and (spec.createable or spec.updateable))
