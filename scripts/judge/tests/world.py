"""A made-up round: a table, an org, and a Sluice that does right unless a test makes it do wrong. It writes the evidence down as it goes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from judge import hstore
from judge.alarm import Alarm
from judge.checker import check
from judge.evidence import (
    ConnectionStatus, Evidence, FieldSpec, Interval, JobStatus, LogRow, MachineLoad, MappingSpec, MappingStatus, OrgChange, OrgRecord, RowChange,
    Snapshot, TableRow, Values)
from judge.normal import same

START = 1_000_000.0

PART = MappingSpec(
    "Part__c", "part__c", True,
    (
        FieldSpec("Id", "sfid", "id", createable=False, updateable=False),
        FieldSpec("SystemModstamp", "systemmodstamp", "datetime", createable=False, updateable=False),
        FieldSpec("Label__c", "label__c", "string", 80),
        FieldSpec("Key__c", "key__c", "string", 80, unique=True),
        FieldSpec("Code__c", "code__c", "string", 80, unique=True),
        FieldSpec("Note__c", "note__c", "string", 80),
        FieldSpec("Amount__c", "amount__c", "double", scale=2),
        FieldSpec("Parent__c", "parent__c", "reference"),
        FieldSpec("Parent__r.Key__c", "parent__r__key__c", "string", lookup="Parent__c", parent="Part__c", parent_field="Key__c"),
    ),
    upsert_column="key__c", label="Label__c")
LEAF = MappingSpec(
    "Leaf__c", "leaf__c", True,
    (
        FieldSpec("Id", "sfid", "id", createable=False, updateable=False), FieldSpec("Label__c", "label__c", "string", 80),
        FieldSpec("Note__c", "note__c", "string", 80)),
    label="Label__c")


class World:
    """Everything happens at `now`, which each step moves on by a second."""

    def __init__(self, *mappings: MappingSpec) -> None:
        self.mappings = {mapping.table: mapping for mapping in mappings or (PART, LEAF)}
        self.evidence = Evidence(began=START, mappings=list(self.mappings.values()), poll_seconds=2.0)
        self.now = START
        self.number = self.txid = self.last_id = self.last_record = 0
        self.rows: dict[tuple[str, str], Values] = {}
        self.log: dict[int, LogRow] = {}
        self.org: dict[str, tuple[str, Values, bool]] = {}
        self.open = False

    # MARK: time and transactions

    def step(self, seconds: float = 1.0) -> None:
        self.now += seconds

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """What is done within is one transaction of Postgres."""
        self.txid += 1
        self.open = True
        yield
        self.open = False
        self.step()

    def _note(self, table: str, action: str, old: Values | None, new: Values | None, product: bool, depth: int = 1) -> None:
        if not self.open:
            self.txid += 1
            self.step()
        self.number += 1
        self.evidence.row_changes.append(
            RowChange(
                self.number, self.txid, self.now, self.now, product, depth, table, action, dict(old) if old else None, dict(new) if new else None,
                "" if product else "judge-actor"))

    # MARK: users

    def insert(self, table: str = "part__c", id: int | None = None, **values: str | None) -> int:
        """A user's INSERT; returns the row's id."""
        if id is None:
            self.last_id += 1
            id = self.last_id
        columns = {spec.column: None for spec in self.mappings[table].fields} | {"id": str(id), "_hc_lastop": "PENDING", "_hc_err": None} | values
        self._group(lambda: self._set(table, str(id), columns, product=False, action="INSERT"))
        return id

    def update(self, id: int, table: str = "part__c", **values: str | None) -> None:
        self._group(lambda: self._set(
            table, str(id), self.rows[(table, str(id))] | values | {"_hc_lastop": "PENDING", "_hc_err": None}, product=False, action="UPDATE"))

    def delete(self, id: int, table: str = "part__c") -> None:
        self._group(lambda: self._set(table, str(id), None, product=False, action="DELETE"))

    def truncate(self, table: str = "part__c", silently: bool = False) -> None:
        """Silently: as Sluice does it, so that nothing is captured."""
        self._note(table, "TRUNCATE", None, None, product=False)
        if silently:
            self.evidence.row_changes[-1] = replace(self.evidence.row_changes[-1], product=True)
        self.rows = {place: row for place, row in self.rows.items() if place[0] != table}

    def _group(self, work) -> None:
        if self.open:
            work()
            return
        with self.transaction():
            work()

    def _set(self, table: str, id: str, new: Values | None, product: bool, action: str) -> None:
        old = self.rows.get((table, id))
        self._note(table, action, old, new, product)
        if new is None:
            del self.rows[(table, id)]
        else:
            self.rows[(table, id)] = new
        if not product:
            self._capture(table, action, old, new)

    def _capture(self, table: str, action: str, old: Values | None, new: Values | None) -> None:
        row = new or old or {}
        changed = {name: value for name, value in (new or {}).items() if not name.startswith("_hc") and (old is None or old.get(name) != value)}
        sfid = (old or {}).get("sfid")
        state = "IGNORE" if action == "UPDATE" and not changed or action == "DELETE" and not sfid else "NEW"
        log = LogRow(
            len(self.log) + 1, False, table, action, int(row["id"] or 0), sfid if action != "INSERT" else None, state, self.hstore(changed),
            self.hstore(old) if old else None, self.txid, None, self.now)
        self.put_log(log, product=False, depth=2)

    @staticmethod
    def hstore(values: Values) -> str:
        return ", ".join(f'"{name}"=>' + ("NULL" if value is None else '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"') for name, value in values.items())

    def put_log(self, row: LogRow, product: bool, depth: int = 1) -> None:
        """A new row of the log, or a new state of one."""
        old = self.log.get(row.id)
        self.log[row.id] = row
        self._note("_trigger_log", "UPDATE" if old else "INSERT", self._log_values(old) if old else None, self._log_values(row), product, depth)

    @staticmethod
    def _log_values(row: LogRow) -> Values:
        return {
            "id": str(row.id), "table_name": row.table, "action": row.action, "record_id": str(row.record_id), "sfid": row.sfid, "state": row.state,
            "values": row.values, "sf_message": row.message}

    # MARK: the org

    def make(self, object: str = "Part__c", who: str = "actor", **fields: str | None) -> str:
        self.last_record += 1
        id = f"a00{self.last_record:012d}AAA"
        self.org[id] = (object, {spec.lookup or spec.field: None for spec in self._mapping(object).fields} | fields | {"Id": id}, False)
        self._tell(who, "insert", id, {name: value for name, value in fields.items() if value is not None}, {})
        return id

    def edit(self, id: str, who: str = "actor", **fields: str | None) -> None:
        before = {name: self.org[id][1].get(name) for name in fields}
        self.org[id][1].update(fields)
        self._tell(who, "update", id, fields, before)

    def remove(self, id: str, who: str = "actor") -> None:
        self.org[id] = (*self.org[id][:2], True)
        self._tell(who, "delete", id, {}, {})

    def undelete(self, id: str) -> None:
        self.org[id] = (*self.org[id][:2], False)
        self._tell("actor", "undelete", id, {}, {})

    def _tell(self, who: str, action: str, id: str, fields: Values, before: Values) -> None:
        self.step()
        stamp = f"2026-01-01T00:00:00.{int(self.now - START):06d}+0000"
        self.org[id][1]["SystemModstamp"] = stamp
        self.evidence.org_changes.append(
            OrgChange(len(self.evidence.org_changes) + 1, self.now, self.now, who, action, self.org[id][0], id, dict(fields), dict(before), stamp))

    def _mapping(self, object: str) -> MappingSpec:
        return next(mapping for mapping in self.mappings.values() if mapping.object == object)

    # MARK: Sluice

    def waiting(self) -> list[LogRow]:
        return [row for row in self.log.values() if row.state == "NEW"]

    def write(self) -> None:
        """Every change that waits goes out, in order, and is recorded."""
        for row in self.waiting():
            self.record(row, self.send(row))

    def send(self, row: LogRow) -> str | None:
        """One change reaches the org; returns the record's id."""
        mapping = self.mappings[row.table]
        if row.action == "INSERT":
            return self.make(mapping.object, "client", **self.fields(row))
        id = row.sfid or self.sfid(row)
        if id is None:
            return None
        if row.action == "DELETE":
            self.remove(id, "client")
        else:
            self.edit(id, "client", **self.fields(row))
        return id

    def sfid(self, row: LogRow) -> str | None:
        inserts = [other for other in self.log.values() if other.action == "INSERT" and other.record_id == row.record_id and other.table == row.table]
        return inserts[-1].sfid if inserts else None

    def fields(self, row: LogRow) -> Values:
        """What a change says in the org's words."""
        fields: Values = {}
        for column, value in hstore.parse(row.values or "").items():
            spec = next((spec for spec in self.mappings[row.table].fields if spec.column == column), None)
            if spec is None or value is None and row.action == "INSERT":
                continue
            if spec.lookup:
                fields[spec.lookup] = next((id for id, record in self.org.items() if value and record[1].get("Key__c") == value and not record[2]), None)
            elif spec.updateable:
                fields[spec.field] = value.strip() or None if value is not None and spec.type == "string" else value
        return fields

    def record(self, row: LogRow, sfid: str | None, state: str = "SUCCESS", message: str | None = None) -> None:
        """What became of a change, on its row and in the log, in one transaction."""
        with self.transaction():
            self.put_log(replace(self.log[row.id], state=state, sfid=sfid, message=message), product=True)
            place = (row.table, str(row.record_id))
            if row.action != "DELETE" and place in self.rows:
                mark = {"INSERT": "INSERTED", "UPDATE": "UPDATED"}[row.action] if state == "SUCCESS" else state
                self._set(
                    *place, self.rows[place] | {"sfid": sfid or self.rows[place]["sfid"], "_hc_lastop": mark, "_hc_err": message}, product=True, action="UPDATE")

    def poll(self) -> None:
        """Rows become what their records are, and go with them; each row in a transaction of its own."""
        for id, (object, fields, deleted) in list(self.org.items()):
            table = self._mapping(object).table
            place = next((place for place, row in self.rows.items() if place[0] == table and row["sfid"] == id), None)
            if deleted:
                if place:
                    self._set(*place, None, product=True, action="DELETE")
                continue
            self.merge(place or (table, ""), id, fields)

    def merge(self, place: tuple[str, str], id: str, fields: Values) -> None:
        table = place[0]
        old = self.rows.get(place)
        values: Values = {"sfid": id}
        for spec in self.mappings[table].fields:
            value = fields.get(spec.lookup or spec.field)
            if spec.lookup and value is not None:
                value = self.org[value][1].get(spec.parent_field or "")
            if spec.column != "sfid":
                values[spec.column] = value
        if old is not None and all(
                same(spec, old[spec.column], values[spec.column]) for spec in self.mappings[table].fields if spec.column in values):
            return
        if old is None:
            self.last_id += 1
            place = (table, str(self.last_id))
        new = (old or {"id": place[1]}) | values | {"_hc_lastop": "SYNCED", "_hc_err": None}
        self._set(*place, new, product=True, action="UPDATE" if old else "INSERT")

    # MARK: both sides

    def loaded(self, *arguments: str, **fields: str | None) -> str:
        """A record of the org that has come over; returns its id."""
        id = self.make(*arguments, **fields)
        self.poll()
        return id

    def written(self, *arguments: str, **values: str | None) -> int:
        """A user's row that has gone over; returns its id."""
        row = self.insert(*arguments, **values)
        self.write()
        return row

    def adopt(self, record: str, **fields: str | None) -> None:
        """The insert that waits goes out as an upsert, and meets a record of the org that has its key."""
        (insert,) = self.waiting()
        self.edit(record, "client", **fields)
        self.record(insert, record)
        self.poll()

    def gone(self, record: str) -> None:
        """Somebody deletes a record, and its row goes as well."""
        self.remove(record)
        self.poll()

    def back(self, record: str) -> None:
        """Somebody undeletes it, and there is a row again."""
        self.undelete(record)
        self.poll()

    # MARK: what others saw

    def look(self, table: str = "part__c", without: set[str] = frozenset(), error: str | None = None) -> None:
        """A reader's look."""
        self.step()
        rows = {place[1]: dict(row) for place, row in self.rows.items() if place[0] == table and place[1] not in without}
        self.evidence.snapshots.append(Snapshot(self.now, self.now, table, {} if error else rows, error))

    def status(self, state: str = "DATA_SYNCED", object: str = "Part__c", polled: float | None = None, never: bool = False, **more) -> None:
        self.evidence.mapping_statuses.append(
            MappingStatus(self.now, object, state, more.get("description"), more.get("trouble"), polled=polled if polled is not None else self.now,
                          next_poll=None if never else self.now + 2))

    def job(self, id: int, error: str | None, state: str = "available", kind: str = "poll", object: str | None = "Part__c") -> None:
        self.evidence.job_statuses.append(JobStatus(self.now, id, kind, object, state, 2, error))

    def interval(self, kind: str, seconds: float, target: str = "") -> None:
        self.evidence.intervals.append(Interval(self.now, self.now + seconds, kind, target))

    def load(self, seconds: float, waited: float) -> None:
        """From now on the machine is busy: the product waits for a processor so long in all."""
        self.evidence.loads.append(MachineLoad(self.now, self.now + seconds, waited))

    def connection(self, state: str) -> None:
        self.evidence.connection_statuses.append(ConnectionStatus(self.now, state, None))

    # MARK: the verdict

    def alarms(self) -> list[Alarm]:
        evidence = self.evidence
        evidence.healed = evidence.ended = self.now
        evidence.org_records = [OrgRecord(object, id, deleted, dict(fields)) for id, (object, fields, deleted) in self.org.items()]
        evidence.table_rows = [TableRow(place[0], int(place[1]), row["sfid"], dict(row)) for place, row in self.rows.items()]
        evidence.log_rows = list(self.log.values())
        return check(evidence)
