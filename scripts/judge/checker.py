"""The verdict over a round: every invariant over its evidence. Shares no code with the product and does no I/O."""

import sys
from pathlib import Path

from .alarm import Alarm
from .evidence import Evidence, read


def check(evidence: Evidence) -> list[Alarm]:
    """Every alarm, the gravest first."""
    return [alarm for invariant in INVARIANTS for alarm in invariant(evidence)]


INVARIANTS = ()


def main(path: str) -> int:
    """`python3 -m judge.checker EVIDENCE`: the verdict over evidence that was kept."""
    with Path(path).open(encoding="utf-8") as file:
        alarms = check(read(file))
    for alarm in alarms:
        print(alarm)
    return 1 if alarms else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
