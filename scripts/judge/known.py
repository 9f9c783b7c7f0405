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
    # Of the alarm's invariant and sentence, and the place in parentheses.
    pattern: re.Pattern[str]
    reason: str

    def explains(self, alarm: Alarm) -> bool:
        return self.pattern.search(f"{alarm.invariant}: {alarm.what} ({alarm.where})") is not None


# Names of two letters and a number are those of issue 11, J1 and its like those of the judge's own findings.
KNOWN: tuple[KnownFault, ...] = ()


def known(alarm: Alarm) -> KnownFault | None:
    return next((fault for fault in KNOWN if fault.explains(alarm)), None)
