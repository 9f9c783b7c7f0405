"""The org's own history (`GET /sandbox/history`) as changes."""

from collections.abc import Iterable

from .evidence import OrgChange, Values

# What the judge's own REST clients call themselves (Sforce-Call-Options).
JUDGE = "client=judge"
_ACTIONS = {"create": "insert", "update": "update", "delete": "delete", "undelete": "undelete", "purge": "hard_delete"}


def text(value: object) -> str | None:
    """A value of REST's JSON as text."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, float) else str(value)


def _who(entry: dict) -> str:
    origin = entry.get("origin") or ""
    if entry.get("system") or not origin:
        return "org"
    return "actor" if origin == "sandbox" or JUDGE in origin else "client"


def changes(entries: Iterable[dict]) -> list[OrgChange]:
    found = []
    for entry in entries:
        changed: dict = entry.get("changes") or {}
        fields: Values = {name: text(pair[1]) for name, pair in changed.items()}
        before: Values = {name: text(pair[0]) for name, pair in changed.items()}
        at = float(entry["at"])
        found.append(
            OrgChange(
                number=entry["seq"], at=at, visible=at, who=_who(entry), action=_ACTIONS[entry["operation"]], object=entry["object"],
                id=entry["id"], fields=fields, before=before, stamp=entry.get("stamp", ""), request=str(entry.get("transaction", ""))))
    return found
