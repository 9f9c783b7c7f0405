"""The verdict over a round: every invariant over its evidence. Shares no code with the product and does no I/O."""

import sys
from pathlib import Path

from .alarm import Alarm
from .completeness import COMPLETENESS
from .ending import ENDING
from .evidence import Evidence
from .evidence_lines import read
from .history import History
from .merging import MERGING
from .promptness import PROMPTNESS
from .reading import READING
from .sending import SENDING
from .writing import WRITING

INVARIANTS = (*WRITING, *SENDING, *ENDING, *MERGING, *READING, *COMPLETENESS, *PROMPTNESS)


def check(evidence: Evidence) -> list[Alarm]:
    """Every alarm, those about changes first."""
    if evidence.org_records and not evidence.org_changes:
        return [Alarm("judge", "the org told no history: nothing can be judged by it", "the org")]
    history = History(evidence)
    return [alarm for invariant in INVARIANTS for alarm in invariant(history)]


def main(path: str) -> int:
    """`python3 -m judge.checker EVIDENCE`: the verdict over evidence that was kept."""
    with Path(path).open(encoding="utf-8") as file:
        alarms = check(read(file))
    for alarm in alarms:
        print(alarm)
    print(f"{len(alarms)} alarms")
    return 1 if alarms else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
