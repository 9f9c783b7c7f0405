"""Cuts a failing ledger down to the few operations that matter, by delta debugging: parts are left out as long as the alarm stays."""

import dataclasses
import re
import shutil
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from .alarm import Alarm
from .evidence import Operation
from .recorder import Ledger
from .round import Rounds, Verdict
from .story import story

Item = TypeVar("Item")
# So often what fails by luck is played again.
_LUCK = 3
# Seconds that a replay may take to be calm: many are made, and what is stuck is stuck after that, too.
_PATIENCE = 25.0


class OutOfTries(Exception):
    """As many replays as were allowed have been made."""


def kind(alarm: Alarm) -> str:
    """What is the same for two alarms of one kind, whatever record they are about."""
    what = re.sub(r"'[^']*'|\b[a-zA-Z0-9]{15,18}\b|\d+", "…", alarm.what.partition(":")[0])
    return f"{alarm.invariant}: {what}"


class Shrinker:
    """Replays parts of a ledger, and remembers the smallest one that still fails."""

    def __init__(self, rounds: Rounds, ledger: Ledger, text: str, hint: str, tries: int) -> None:
        self.rounds = rounds
        self.rounds.patience = min(rounds.patience, _PATIENCE)
        self.ledger = ledger
        # The alarm that must stay: what it says at first, its kind once it was seen.
        self.text = text
        # What a person believes to matter: a pattern of operations, in place of the names in the alarm.
        self.hint = hint
        self.kind: str | None = None
        # How often a part is played before it is believed to be harmless: what needs luck needs more.
        self.repeats = 1
        self.left = tries
        self.made = 0
        self.best: Verdict | None = None
        self.kept: list[Operation] = ledger.operations
        self.kept_alarm: Alarm | None = None

    def fails(self, operations: list[Operation]) -> bool:
        return any(self._fails(operations) for _ in range(self.repeats))

    def _matches(self, alarm: Alarm) -> bool:
        return self.kind == kind(alarm) if self.kind else self.text in f"{alarm.invariant}: {alarm.what}"

    def _fails(self, operations: list[Operation]) -> bool:
        if self.left <= 0:
            raise OutOfTries
        self.left -= 1
        self.made += 1
        began = time.monotonic()
        name = f"shrink-{self.ledger.path.parent.name}-{self.made}"
        verdict = self.rounds.replay(self.ledger.seed, self.ledger.profile, self.ledger.world, operations, name)
        alarm = next((each for each in verdict.alarms if self._matches(each)), None)
        print(f"     {self.made}: {len(operations)} operations, {time.monotonic() - began:.0f} s: {alarm.what if alarm else 'no such alarm'}", flush=True)
        if alarm is None:
            shutil.rmtree(self.rounds.directory / name)
            return False
        # A sentence that was asked for stays as it is; of an invariant alone, the first kind that is seen.
        if " " not in self.text:
            self.kind = kind(alarm)
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


# Labels and keys, as alarms quote them.
_NAMES = re.compile(r"'([A-Z](?:-[a-z0-9]+-)?[0-9]+)'")


def _without_strangers(shrinker: Shrinker) -> None:
    """A guess that is often right: only what names a record or a key that the alarm names, with the faults or without."""
    if shrinker.kept_alarm is None:
        return
    names = set(_NAMES.findall(str(shrinker.kept_alarm)))
    hint = re.compile(shrinker.hint) if shrinker.hint else None
    related = [
        each for each in shrinker.kept
        if (hint.search(str(each.details["body"])) if hint else names & set(_NAMES.findall(str(each.details["body"]))))]
    faults = [each for each in shrinker.kept if each.side in {"admin", "nemesis"} or each.actor.startswith("trouble")]
    both = [each for each in shrinker.kept if each in related or each in faults]
    for guess in (related, both):
        if guess and len(guess) < len(shrinker.kept) and shrinker.fails(guess):
            return


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


def shrink(rounds: Rounds, ledger: Ledger, text: str, hint: str, tries: int) -> int:
    """Prints the smallest part of a ledger that still fails, and where it is kept; 1 when it fails, 0 when not even all of it does."""
    shrinker = Shrinker(rounds, ledger, text, hint, tries)
    try:
        while not shrinker.fails(ledger.operations):
            shrinker.repeats += 1
            if shrinker.repeats > _LUCK:
                print(f"     replayed {shrinker.made} times, the ledger fails no more: what it found is a matter of luck", flush=True)
                return 0
        _without_strangers(shrinker)
        _without_classes(shrinker)
        minimize(shrinker.kept, shrinker.fails)
        _statements(shrinker)
    except (OutOfTries, KeyboardInterrupt):
        print(f"     after {shrinker.made} replays, as small as this:", flush=True)
    print("\n".join(story(shrinker.kept)), flush=True)
    if shrinker.kept_alarm is not None and shrinker.best is not None:
        print(f"FAIL {shrinker.kept_alarm}", flush=True)
        name = shrinker.kept_alarm.invariant.replace(" ", "-")
        kept = ledger.path.with_name(f"shrunk-{name}.jsonl")
        shutil.copy(shrinker.best.ledger, kept)
        shutil.rmtree(shrinker.best.ledger.parent, ignore_errors=True)
        print(f"     {kept}", flush=True)
    return 1
