"""Faults of the product that are known and not mended yet: the judge goes on naming them, and a run does not fail for them alone.

Whoever mends one takes its line away. `--strict` makes them count.
"""

import re
from dataclasses import dataclass

from .alarm import Alarm


@dataclass(frozen=True)
class KnownFault:
    """An alarm that is expected until somebody mends what causes it."""

    # What it is called in the issues.
    name: str
    # Of the alarm's invariant and sentence.
    pattern: re.Pattern[str]
    reason: str

    def explains(self, alarm: Alarm) -> bool:
        return self.pattern.search(f"{alarm.invariant}: {alarm.what}") is not None


def _fault(name: str, pattern: str, reason: str) -> KnownFault:
    return KnownFault(name, re.compile(pattern), reason)


# Names of two letters and a number are those of issue 11, J1 and its like those of the judge's own findings.
KNOWN = (
    _fault(
        "R7", r'column "\w+" specified more than once',
        "a mapping that names its own object's parents by external id cannot make its table"),
    _fault(
        "C3", r"^overwritten: .* waited to be written, and became",
        "a merge that waited for a row's lock does not see the change that was committed meanwhile"),
    _fault(
        "C3", r"^stale: .* went back from .*, which the org had before",
        "a page that was asked for before a write reverts the row when it is merged after it"),
    _fault(
        "C3", r"^stale: a row came back after its deletion was confirmed",
        "a page that was asked for before a delete revives the row when it is merged after it"),
)


def known(alarm: Alarm) -> KnownFault | None:
    return next((fault for fault in KNOWN if fault.explains(alarm)), None)
