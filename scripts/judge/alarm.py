"""What the checker finds."""

from dataclasses import dataclass, field

_MOST = 80


def shown(value: str | None) -> str:
    """A value as a person can read it: of a long one, its beginning and its end."""
    text = repr(value)
    return text if len(text) <= _MOST else f"{text[:_MOST // 2]}…{text[-_MOST // 3:]}"


@dataclass(frozen=True)
class Alarm:
    """A broken promise."""

    # The invariant's name: `equal`, `vanished`, `doubled`, `lost change`, `order`, `ids`, `log`, `echo`, `reader`, `stale`, `silent`, `lag` …
    invariant: str
    # One sentence.
    what: str
    # table or object, with the row or record where there is one: `account/17`, `Account 001…`.
    where: str
    # The lines that prove it, each readable by a person.
    evidence: tuple[str, ...] = field(default=())

    def __str__(self) -> str:
        return "\n".join([f"{self.invariant}: {self.what} ({self.where})", *(f"    {text}" for text in self.evidence)])
