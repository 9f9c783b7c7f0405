"""Evidence as JSON lines, one a record: `{"record": "Operation", …}`, so that a verdict can be had again from a file."""

import dataclasses
import json
from collections.abc import Iterable
from pathlib import Path

from .evidence import (
    ConnectionStatus, Evidence, FieldSpec, Interval, JobStatus, LogRow, MachineLoad, MappingSpec, MappingStatus, Notice, Operation, OrgChange, OrgRecord,
    RowChange, Snapshot, TableRow)

# The lists of evidence, and what each is made of.
COLLECTIONS: dict[str, type] = {
    "mappings": MappingSpec, "operations": Operation, "row_changes": RowChange, "org_changes": OrgChange, "org_records": OrgRecord,
    "table_rows": TableRow, "log_rows": LogRow, "mapping_statuses": MappingStatus, "connection_statuses": ConnectionStatus,
    "notices": Notice, "job_statuses": JobStatus, "snapshots": Snapshot, "intervals": Interval, "loads": MachineLoad,
}
_BY_TYPE = {kind.__name__: (name, kind) for name, kind in COLLECTIONS.items()}


def line(item: object) -> str:
    """A record as a line of JSON."""
    return json.dumps({"record": type(item).__name__, **dataclasses.asdict(item)})


def parse(text: str) -> object:
    """The record of a line; the first line of a file is the Evidence itself, without its lists."""
    raw = json.loads(text)
    kind = raw.pop("record")
    if kind == "Evidence":
        return Evidence(**raw)
    record = _BY_TYPE[kind][1]
    if record is MappingSpec:
        raw["fields"] = tuple(FieldSpec(**spec) for spec in raw["fields"])
    if record is Operation:
        raw["ids"] = tuple(raw["ids"])
    return record(**raw)


def write(evidence: Evidence, path: Path) -> None:
    with path.open("w", encoding="utf-8") as file:
        head = {name: value for name, value in vars(evidence).items() if name not in COLLECTIONS}
        file.write(json.dumps({"record": "Evidence", **head}) + "\n")
        for name in COLLECTIONS:
            for item in getattr(evidence, name):
                file.write(line(item) + "\n")


def read(lines: Iterable[str]) -> Evidence:
    """Evidence from the lines of a file that `write` made, or of a ledger, which has operations alone."""
    evidence = Evidence()
    for text in lines:
        if not text.strip():
            continue
        item = parse(text)
        if isinstance(item, Evidence):
            evidence = item
        else:
            getattr(evidence, _BY_TYPE[type(item).__name__][0]).append(item)
    return evidence
