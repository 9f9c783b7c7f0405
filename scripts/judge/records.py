"""The records of the org with their versions."""

from collections import defaultdict
from dataclasses import dataclass, field

from .alarm import shown
from .evidence import Evidence, OrgChange
from .normal import key

# Before everything.
EVER = float("-inf")


@dataclass(frozen=True)
class Version:
    """A value that a field had, or a state of life that a record was in, from a time on."""

    since: float
    value: str | None
    # None for what was there when the round began.
    change: OrgChange | None = None


@dataclass
class Record:
    """A record with everything that happened to it."""

    object: str
    id: str
    changes: list[OrgChange] = field(default_factory=list)
    final: dict[str, str | None] | None = None
    is_deleted: bool = True
    _versions: dict[str, list[Version]] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return key(self.id) or ""

    @property
    def is_made(self) -> bool:
        """Whether it was made in the round."""
        return bool(self.changes) and self.changes[0].action == "insert"

    def knows(self, name: str) -> bool:
        """Whether its values are known from the beginning: of a record that was there before and is gone, those that nobody changed are not."""
        return self.is_made or self.final is not None and name in self.final or any(name in change.fields for change in self.changes)

    def versions(self, name: str) -> list[Version]:
        """The values of a field, oldest first."""
        if name in self._versions:
            return self._versions[name]
        touching = [change for change in self.changes if name in change.fields]
        found: list[Version] = []
        if not self.is_made:
            first = touching[0].before.get(name) if touching else (self.final or {}).get(name)
            found.append(Version(EVER, first))
        elif not touching or touching[0].action != "insert":
            found.append(Version(self.changes[0].visible, None, self.changes[0]))
        found += [Version(change.visible, change.fields[name], change) for change in touching]
        self._versions[name] = found
        return found

    def lives(self) -> list[Version]:
        """Whether it was alive: values are `alive` and `dead`."""
        found = [] if self.is_made else [Version(EVER, "alive")]
        for change in self.changes:
            if change.action in ("insert", "undelete"):
                found.append(Version(change.visible, "alive", change))
            elif change.action in ("delete", "hard_delete") and (not found or found[-1].value == "alive"):
                found.append(Version(change.visible, "dead", change))
        return found

    def was(self, value: str, since: float, until: float) -> OrgChange | bool | None:
        """Whether it was `alive` or `dead` at any moment of a time: the change that made it so, True for ever since; None if not."""
        lives = self.lives()
        for index, version in enumerate(lives):
            ends = lives[index + 1].since if index + 1 < len(lives) else float("inf")
            if version.value == value and version.since <= until and ends >= since:
                return version.change or True
        return None

    def deaths(self, until: float) -> list[OrgChange]:
        return [version.change for version in self.lives() if version.value == "dead" and version.change and version.since <= until]


def line(change: OrgChange) -> str:
    """A change of the org in one line."""
    cells = ", ".join(f"{name} {shown(change.before.get(name))}→{shown(value)}" for name, value in sorted(change.fields.items()))
    return f"org {change.number} at {change.visible:.3f} by {change.who}: {change.action} {change.object} {change.id} {cells}"


def records(evidence: Evidence) -> dict[str, Record]:
    """By key; those that only the end knows as well."""
    found: dict[str, Record] = {}
    grouped: dict[str, list[OrgChange]] = defaultdict(list)
    for change in sorted(evidence.org_changes, key=lambda change: (change.visible, change.number)):
        grouped[key(change.id) or ""].append(change)
    for name, changes in grouped.items():
        found[name] = Record(changes[0].object, changes[0].id, changes)
    for final in evidence.org_records:
        record = found.setdefault(key(final.id) or "", Record(final.object, final.id))
        record.final = final.fields
        record.is_deleted = final.deleted
    return found
