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
    _fault("R10", r"^lost change: \w+__r__key__c=None is IGNORED: it was never sent", "clearing a parent by its external id is not sent"),
    _fault(
        "R7", r'column "\w+" specified more than once',
        "a mapping that names its own object's parents by external id cannot make its table"),
    _fault(
        "J1", r"^lost change: a deletion is IGNORE, and the record \w+ lives",
        "a row that is deleted before its insert was answered comes back with the next poll"),
    _fault(
        "J4", r"^needless: a change failed for .*, which (?:no record had|changes before it give up)",
        "the delete of a record that the org has purged FAILS, and so does what takes its unique value"),
    _fault("J5", r"no_such_table|^log: row \d+ of the trigger log ends as NEW", "a line of the log for a table that is not mapped stays NEW"),
)


def known(alarm: Alarm) -> KnownFault | None:
    return next((fault for fault in KNOWN if fault.explains(alarm)), None)
