"""A ledger as SQL and org calls that a person can read."""

import json
from collections.abc import Iterable
from typing import Any

from .evidence import Operation


def _call(body: dict[str, Any]) -> str:
    rest = {name: value for name, value in body.items() if name not in {"do", "object", "label", "kind", "undo", "mend"}}
    who = " ".join(str(body[name]) for name in ("object", "label") if body.get(name))
    return f"{body['do']} {who} {json.dumps(rest, ensure_ascii=False) if rest else ''}".rstrip()


def _sql(body: dict[str, Any]) -> list[str]:
    lines = [f"{setting};" for setting in body.get("settings", ())]
    alone = len(body["statements"]) == 1 and body["end"] == "COMMIT" and not lines
    if not alone:
        lines.append("BEGIN;")
    for statement in body["statements"]:
        if "pause" in statement:
            lines.append(f"SELECT pg_sleep({statement['pause']});")
        else:
            lines.append(statement["sql"] + ";")
            lines += [*statement["copy"], "\\."] if "copy" in statement else []
    return lines if alone else [*lines, f"{body['end']};"]


def story(operations: Iterable[Operation]) -> list[str]:
    """Line by line who did what when, in the order in which it began."""
    ordered = sorted(operations, key=lambda each: each.began)
    found = []
    for operation in ordered:
        body = operation.details["body"]
        at = f"-- {operation.began - ordered[0].began:6.2f} s  {operation.actor}: {operation.outcome}{' ' + operation.error if operation.error else ''}"
        found.append(at)
        found += _sql(body) if operation.side == "postgres" else [_call(body)]
    return found
