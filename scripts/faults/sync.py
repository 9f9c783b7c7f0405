"""scripts/chaos sync: two schedulers, three workers, an API and an org, actors on both sides and a nemesis; then calm, and a verdict."""

import argparse
import contextlib
import os
import random
import shutil
import sys
import time
from collections import Counter
from pathlib import Path

from checks.processes import end_on_signals
from judge.calm import LIMIT
from judge.cluster import Product
from judge.evidence_lines import write
from judge.known import known
from judge.recorder import Ledger
from judge.round import Rounds, Verdict
from judge.shrink import shrink
from judge.story import story
from judge.table import PROFILES, weights

from .server import ROOT, Server

# Alarms that are printed of a round.
_MOST = 12
# The rounds of the short version.
_SHORT = ("parents", "troubles", "values")


def _options() -> argparse.Namespace:
    binaries = os.environ["SLUICE_BIN_DIR"]
    parser = argparse.ArgumentParser(prog="scripts/chaos sync", description=__doc__)
    parser.add_argument("--cluster", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000), help="decides what everybody does")
    parser.add_argument("--rounds", type=int, help="how many (8); each is a world of its own")
    parser.add_argument("--minutes", type=float, help="rounds until this time is up")
    parser.add_argument("--profile", choices=(*PROFILES, "all", "each"), default="each", help="what happens how often; each: one after the other (the default)")
    parser.add_argument("--seconds", type=float, help="how long the actors of a round act (as the profile says)")
    parser.add_argument("--patience", type=float, default=LIMIT, metavar="SECONDS", help="how long it may take until all is calm")
    parser.add_argument("--short", action="store_true", help="rounds of a few seconds with fixed seeds, two minutes at the most")
    parser.add_argument("--replay", type=Path, metavar="LEDGER", help="plays a ledger again")
    parser.add_argument("--shrink", type=Path, metavar="LEDGER", help="cuts a ledger down to the operations that matter")
    parser.add_argument("--tries", type=int, default=60, help="how many replays a shrinking takes at the most")
    parser.add_argument("--alarm", default="", metavar="TEXT", help="of a shrinking: a part of the alarm that must stay (the first one)")
    parser.add_argument("--hint", default="", metavar="PATTERN", help="of a shrinking: operations that probably matter, tried first")
    parser.add_argument("--sluice", default=f"{binaries}/sluice", help="the executable that is judged")
    parser.add_argument("--beside", metavar="PATH", help="another version of it, of which processes with odd numbers are")
    parser.add_argument("--org", default=f"{binaries}/sandbox-org", help="the executable of the org")
    parser.add_argument("--strict", action="store_true", help="faults that are known (scripts/judge/known.py) fail a run as well")
    parser.add_argument("--keep", action="store_true", help="keeps the evidence of rounds that pass as well")
    return parser.parse_args()


def _say(verdict: Verdict, what: str, began: float, strict: bool) -> bool:
    """Prints what became of a round; whether it failed."""
    evidence = verdict.evidence
    counts = Counter(operation.side for operation in evidence.operations)
    done = ", ".join(f"{count} {side}" for side, count in sorted(counts.items()))
    calm = evidence.ended - evidence.healed
    expected = [] if strict else [alarm for alarm in verdict.alarms if known(alarm)]
    alarms = [alarm for alarm in verdict.alarms if alarm not in expected]
    why = f" ({verdict.last[:200]})" if calm > 10 and verdict.last else ""
    print(
        f"{'FAIL' if alarms else 'ok  '} {what}: {time.monotonic() - began:.0f} s, {done}; calm after {calm:.1f} s{why}; {len(alarms)} alarms", flush=True)
    for fault, count in Counter(fault for alarm in expected if (fault := known(alarm))).items():
        print(f"     known: {fault.name}, {fault.reason} ({count} alarms)", flush=True)
    for alarm in alarms[:_MOST]:
        print("     " + str(alarm).replace("\n", "\n     "), flush=True)
    if len(alarms) > _MOST:
        print(f"     and {len(alarms) - _MOST} more", flush=True)
    if alarms:
        write(verdict.evidence, verdict.ledger.parent / "evidence.jsonl")
        print(f"     {verdict.ledger}", flush=True)
    return bool(alarms)


def _rounds(rounds: Rounds, options: argparse.Namespace) -> int:
    profiles = _SHORT if options.short else PROFILES if options.profile == "each" else (options.profile,)
    until = time.monotonic() + options.minutes * 60 if options.minutes else None
    count = options.rounds or (None if until else len(profiles) if options.profile == "each" else 8)
    print(f"     seed {options.seed}: {count or 'as many as fit'} rounds of the profiles {', '.join(profiles)}; {options.sluice}", flush=True)
    failed = 0
    number = 0
    while (count is None or number < count) and (until is None or time.monotonic() < until):
        profile = profiles[number % len(profiles)]
        seed = f"{options.seed}/{number}"
        began = time.monotonic()
        verdict = rounds.storm(seed, profile, options.seconds or weights("seconds", profile)["acting"])
        has_failed = _say(verdict, f"round {number + 1}, {profile}, seed {seed}", began, options.strict)
        failed += has_failed
        if not has_failed and not options.keep:
            shutil.rmtree(verdict.ledger.parent)
        number += 1
    print(f"     {number} rounds, {failed} of them with alarms", flush=True)
    return 1 if failed else 0


def main() -> int:
    options = _options()
    end_on_signals()
    if options.short:
        options.seed, options.rounds, options.seconds = 1, len(_SHORT), 6.0
    server = Server(options.cluster, options.port)
    product = Product(server, options.sluice, options.org, options.beside)
    rounds = Rounds(product, options.patience, ROOT / ".sluice/judge" / time.strftime(f"%H%M%S-{os.getpid()}"))
    try:
        product.make_template()
        if options.shrink:
            return shrink(rounds, Ledger(options.shrink), options.alarm, options.hint, options.tries)
        if options.replay:
            ledger = Ledger(options.replay)
            began = time.monotonic()
            verdict = rounds.replay(ledger.seed, ledger.profile, ledger.world, ledger.operations, f"replay-{options.replay.parent.name}")
            print("\n".join(story(ledger.operations)), flush=True)
            return 1 if _say(verdict, f"replay of {options.replay}", began, options.strict) else 0
        return _rounds(rounds, options)
    except KeyboardInterrupt:
        rounds.stop.set()
        return 130
    finally:
        # Where every round passed, nothing is left.
        with contextlib.suppress(OSError):
            rounds.directory.rmdir()


if __name__ == "__main__":
    sys.exit(main())
