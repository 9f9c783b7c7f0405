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


def _fault(name: str, pattern: str, reason: str) -> KnownFault:
    return KnownFault(name, re.compile(pattern), reason)


# Names of two letters and a number are those of issue 11, J1 and its like those of the judge's own findings.
KNOWN = (
    _fault(
        "R7", r'column "\w+" specified more than once',
        "a mapping that names its own object's parents by external id cannot make its table"),
    _fault(
        "J3", r"^lost change: the row with id \d+ never got the id of its record",
        "a row that holds what no waiting change explains, such as a column that was dropped and made again, is taken for another when its insert is answered"),
    _fault(
        "C5", r"^doubled: .* again \(Scrap__c", "an insert whose answer was lost is sent again where no short text tells the record"),
    _fault(
        "J11", r"^doubled: .* again \((?!Scrap__c)",
        "an insert whose worker was killed while the org had it is sent again, although it has a short text to be found by"),
    _fault(
        "J8", r"^misdirected: .* by an insert that is called FAILED|^echo: Label__c='[^']*' was written to the record, and nobody wrote it",
        "an insert is an upsert that meets another row's record, which is overwritten, and is then called FAILED"),
    _fault(
        "J15", r"^stuck: a job load of \w+ has not ended: None \(",
        "a load waits between its steps, and polls of its mapping, which come before it, take every turn where they are as frequent as they are long"),
    _fault(
        "J17", r"^log: a change failed while the definition of its fields changed, and its row says",
        "the failure of a change of a field that was retyped, or whose column was made anew, is not marked on its row"),
)


def known(alarm: Alarm) -> KnownFault | None:
    return next((fault for fault in KNOWN if fault.explains(alarm)), None)
