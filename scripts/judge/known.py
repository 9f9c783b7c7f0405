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


KNOWN = (
    KnownFault("R10", re.compile(r"lost change: \w+__r__key__c=None is IGNORED: it was never sent"), "clearing a parent by its external id is not sent"),
)


def known(alarm: Alarm) -> KnownFault | None:
    return next((fault for fault in KNOWN if fault.explains(alarm)), None)
