"""Cuts a failing ledger down to the few operations that matter, by delta debugging: parts are left out as long as the alarm stays."""

import dataclasses
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from .alarm import Alarm
from .evidence import Operation
from .recorder import Ledger
from .round import Rounds, Verdict
from .story import story

Item = TypeVar("Item")


class OutOfTries(Exception):
    """As many replays as were allowed have been made."""


class Shrinker:
    """Replays parts of a ledger, and remembers the smallest one that still fails."""

    def __init__(self, rounds: Rounds, ledger: Ledger, invariant: str | None, tries: int) -> None:
        self.rounds = rounds
        self.ledger = ledger
        self.invariant = invariant
        self.left = tries
        self.made = 0
        self.best: Verdict | None = None
        self.kept: list[Operation] = ledger.operations
        self.kept_alarm: Alarm | None = None

    def fails(self, operations: list[Operation]) -> bool:
        if self.left <= 0:
            raise OutOfTries
        self.left -= 1
        self.made += 1
        began = time.monotonic()
        name = f"shrink-{self.made}"
        verdict = self.rounds.replay(self.ledger.path, self.ledger.seed, self.ledger.profile, self.ledger.world, operations, name)
        alarm = next((each for each in verdict.alarms if self.invariant in {None, each.invariant}), None)
        print(f"     {self.made}: {len(operations)} operations, {time.monotonic() - began:.0f} s: {alarm.what if alarm else 'no such alarm'}", flush=True)
        if alarm is None:
            shutil.rmtree(self.rounds.directory / name)
            return False
        # From here on it is this kind of alarm that must stay.
        self.invariant = alarm.invariant
        if self.best is not None:
            shutil.rmtree(self.best.ledger.parent, ignore_errors=True)
        self.best, self.kept, self.kept_alarm = verdict, operations, alarm
        return True


def minimize(items: Sequence[Item], fails: Callable[[list[Item]], bool]) -> list[Item]:
    """The classic: halves, quarters and so on are left out in turn; what is left fails, and is 1-minimal if the failure is no matter of luck."""
    kept = list(items)
    parts = 2
    while len(kept) >= 2:
        size = max(1, len(kept) // parts)
        for start in range(0, len(kept), size):
            rest = kept[:start] + kept[start + size:]
            if rest and fails(rest):
                kept, parts = rest, max(2, parts - 1)
                break
        else:
            if size == 1:
                break
            parts = min(len(kept), parts * 2)
    return kept


def _without_classes(shrinker: Shrinker) -> None:
    """The broad strokes first: everybody whom the alarm does not need."""
    for actor in sorted({operation.actor for operation in shrinker.kept}, key=lambda name: (name.startswith(("postgres", "org")), name)):
        rest = [operation for operation in shrinker.kept if operation.actor != actor]
        if rest and len(rest) < len(shrinker.kept):
            shrinker.fails(rest)
    # What was rolled back or refused seldom matters.
    rest = [operation for operation in shrinker.kept if operation.outcome == "committed"]
    if rest and len(rest) < len(shrinker.kept):
        shrinker.fails(rest)


def _statements(shrinker: Shrinker) -> None:
    """The statements of each transaction that is left."""
    for number in range(len(shrinker.kept)):
        operation = shrinker.kept[number]
        if operation.side != "postgres" or len(operation.details["body"]["statements"]) < 2:
            continue

        def with_statements(statements: list[dict], number: int = number) -> list[Operation]:
            kept = list(shrinker.kept)
            body = kept[number].details["body"] | {"statements": statements}
            kept[number] = dataclasses.replace(kept[number], details={"body": body})
            return kept

        minimize(operation.details["body"]["statements"], lambda statements: shrinker.fails(with_statements(statements)))


def shrink(rounds: Rounds, ledger: Ledger, invariant: str | None, tries: int) -> int:
    """Prints the smallest part of a ledger that still fails, and where it is kept; 1 when it fails, 0 when not even all of it does."""
    shrinker = Shrinker(rounds, ledger, invariant, tries)
    try:
        if not (shrinker.fails(ledger.operations) or shrinker.fails(ledger.operations)):
            print("     replayed twice, the ledger fails no more: what it found is a matter of time", flush=True)
            return 0
        _without_classes(shrinker)
        minimize(shrinker.kept, shrinker.fails)
        _statements(shrinker)
    except OutOfTries:
        print(f"     after {shrinker.made} replays, as small as this:", flush=True)
    print("\n".join(story(shrinker.kept)), flush=True)
    if shrinker.kept_alarm is not None and shrinker.best is not None:
        print(f"FAIL {shrinker.kept_alarm}", flush=True)
        kept = Path(f"{ledger.path.with_suffix('')}-shrunk.jsonl")
        shutil.copy(shrinker.best.ledger, kept)
        shutil.rmtree(shrinker.best.ledger.parent, ignore_errors=True)
        print(f"     {kept}", flush=True)
    return 1
