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
    KnownFault("R10", re.compile(r"^lost change: \w+__r__key__c=None is IGNORED: it was never sent"), "clearing a parent by its external id is not sent"),
    KnownFault("R7", re.compile(r'column "\w+" specified more than once'), "a mapping that names its own object's parents by external id cannot make its table"),
    KnownFault("C3", re.compile(r"^overwritten: .* waited to be written, and became"), "a merge that waited for a row's lock does not see the change that was committed meanwhile"),
    KnownFault("C3", re.compile(r"^stale: .* went back from .*, which the org had before"), "a page that was asked for before a write reverts the row when it is merged after it"),
    KnownFault("C3", re.compile(r"^stale: a row came back after its deletion was confirmed"), "a page that was asked for before a delete revives the row when it is merged after it"),
    KnownFault(
        "insert and delete", re.compile(r"^lost change: a deletion is IGNORE, and the record \w+ lives"),
        "a row that is deleted before its insert was answered comes back with the next poll"),
    KnownFault(
        "purged record", re.compile(r"^needless: a change failed for .*, which (?:no record had|changes before it give up)"),
        "the delete of a record that the org has purged FAILS, and so does what takes its unique value"),
    KnownFault("no mapping", re.compile(r"no_such_table|^log: row \d+ of the trigger log ends as NEW"), "a line of the log for a table that is not mapped stays NEW"),
)


def known(alarm: Alarm) -> KnownFault | None:
    return next((fault for fault in KNOWN if fault.explains(alarm)), None)
