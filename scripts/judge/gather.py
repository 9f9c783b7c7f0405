"""What is left when all is calm, brought together as evidence."""

import contextlib
from collections.abc import Iterable, Iterator

from . import audit, org_history
from .cluster import Cluster
from .evidence import Evidence, FieldSpec, Interval, LogRow, MappingSpec, Operation, OrgRecord, TableRow
from .libpq import PostgresError, Session
from .observers import Observers
from .rowtext import row_text
from .shape import KEYED, LABEL, OBJECTS, SCHEMA, column, table

_SYSTEM = {"Id": "id", "SystemModstamp": "datetime", "IsDeleted": "boolean"}
# What the sandbox org gives its types when the schema does not say.
_LENGTHS = {"email": 80, "picklist": 255, "multipicklist": 4099, "reference": 18}
_INTERVALS = {
    "kill": "kill", "retire": "kill", "freeze": "freeze", "crash postgres": "postgres", "end sessions": "sessions", "cut control": "cut",
    "pause and resume": "pause", "cancel": "cancel", "abort": "cancel", "reload": "reload", "schema": "schema", "trouble": "trouble"}


def _field(name: str, object_name: str) -> FieldSpec:
    specs = {spec["name"]: spec for spec in OBJECTS[object_name]}
    if "." in name:
        relationship, parent_field = name.split(".")
        lookup = relationship.replace("__r", "__c")
        parent = specs[lookup]["referenceTo"][0]
        return FieldSpec(name, column(name), "string", length=30, lookup=lookup, parent=parent, parent_field=parent_field)
    if name in _SYSTEM:
        return FieldSpec(name, "sfid" if name == "Id" else column(name), _SYSTEM[name], createable=False, updateable=False)
    spec = specs[name]
    return FieldSpec(
        name, column(name), spec["type"], length=spec.get("length", _LENGTHS.get(spec["type"])), scale=spec.get("scale"), unique=spec.get("unique", False))


def specs(cluster: Cluster) -> list[MappingSpec]:
    return [
        MappingSpec(
            name, table(name), True, tuple(_field(field, name) for field in cluster.world.fields(name)),
            upsert_column="key__c" if name in KEYED else None, id=cluster.mapping_ids.get(name, ""), label=LABEL)
        for name in cluster.world.objects]


def intervals(operations: Iterable[Operation]) -> list[Interval]:
    """The times in which something was wrong, or other than usual, by the ledger."""
    found = []
    for operation in operations:
        body = operation.details.get("body", {})
        what = _INTERVALS.get(body.get("do", ""))
        target = str(body.get("target") or body.get("object") or body.get("body", {}).get("path_prefix") or "")
        if what == "trouble" and body["path"] == "faults":
            what, target = "fault", ", ".join(body["body"])
        if what == "schema":
            field = body["change"][0]["field"]
            target = f"{body['object']}.{field if isinstance(field, str) else field['name']}"
        if operation.side == "postgres" and body.get("owner"):
            what, target = "ddl", body["object"].lower()
        if what is not None:
            found.append(Interval(operation.began, operation.ended, what, target))
    return found


def _table_rows(root: Session, name: str) -> list[TableRow]:
    with contextlib.suppress(PostgresError):
        rows = [row_text(text or "{}") for (text,) in root.rows(f"SELECT row_to_json(t) FROM {SCHEMA}.{table(name)} AS t")]
        return [TableRow(table(name), int(row["id"] or 0), row["sfid"], row) for row in rows]
    return []


def _log_rows(root: Session) -> list[LogRow]:
    found = []
    for archived, name in ((False, "_trigger_log"), (True, "_trigger_log_archive")):
        for row in root.rows(f"""
            SELECT id, table_name, action, record_id, sfid, state, "values", old, txid, sf_message, extract(epoch FROM created_at),
                   extract(epoch FROM processed_at) FROM {SCHEMA}.{name} ORDER BY id"""):
            identifier, table_name, action, record, sfid, state, new, old, txid, message, created, processed = row
            found.append(
                LogRow(
                    int(identifier or 0), archived, table_name or "", action, None if record is None else int(record), sfid, state, new, old,
                    None if txid is None else int(txid), message, None if created is None else float(created),
                    None if processed is None else float(processed)))
    return found


def _org_records(cluster: Cluster, name: str) -> list[OrgRecord]:
    # Compound names and parents' fields are not the record's own.
    own = [field for field in cluster.world.fields(name) if "." not in field]
    records = cluster.org.records(name, own)
    return [OrgRecord(name, record["Id"], False, {field: value or None for field, value in record.items()}) for record in records]


def gather(
    cluster: Cluster, observers: Observers, operations: list[Operation], seed: str, profile: str, began: float, healed: float, ended: float,
    restless: list[str],
) -> Evidence:
    """Everything of a round that has ended."""
    root = cluster.root_session()
    root.rows("SET datestyle = 'ISO, YMD'; SET timezone = 'UTC'")
    # A change of the row changes only through committed transactions that are known by now.
    evidence = Evidence(
        seed=seed, profile=profile, began=began, healed=healed, ended=ended, restless=restless, poll_seconds=cluster.world.poll_seconds,
        mappings=specs(cluster), operations=operations, row_changes=audit.changes(text or "" for (text,) in root.rows(audit.query(SCHEMA))),
        org_changes=org_history.changes(cluster.org.history()),
        org_records=[record for name in cluster.world.objects for record in _org_records(cluster, name)],
        table_rows=[row for name in cluster.world.objects for row in _table_rows(root, name)], log_rows=_log_rows(root),
        mapping_statuses=observers.mappings, connection_statuses=observers.connections, notices=observers.notices, job_statuses=observers.jobs,
        snapshots=observers.snapshots, intervals=intervals(operations) + observers.stalls)
    root.close()
    return evidence


def product_lines(cluster: Cluster) -> Iterator[str]:
    """What the product itself has to say of a round, as JSON: no verdict is based on it, but whoever traces an alarm asks for it first."""
    session = cluster.control_session()
    for source in ("events", "jobs", "finished_jobs", "mappings"):
        for (row,) in session.rows(f"SELECT jsonb_build_object('source', '{source}') || to_jsonb(t) FROM sluice.{source} t ORDER BY id"):
            yield row or ""
    session.close()
