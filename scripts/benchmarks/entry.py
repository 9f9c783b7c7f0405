"""How every benchmark begins and ends: its options, the line that says where it ran, its figures, its exit status."""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from checks.clients import UnexpectedAnswer
from checks.cluster import ROOT, CommandFailed
from checks.database import Database, SQLError
from checks.processes import end_on_signals
from checks.waiting import NotInTime

from .machine import describe
from .results import Results, say, warn
from .statements import Statements

LOGS = ROOT / ".sluice/bench"


@dataclass
class Run:
    """What a benchmark is given."""

    server: Database
    configuration: str
    options: argparse.Namespace
    results: Results

    @property
    def binaries(self) -> Path:
        return ROOT / ".build" / self.configuration


def whole_number(text: str) -> int:
    """An option's value that is a number of things."""
    if not text.isascii() or not text.isdigit() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"expected a whole number above 0, not {text!r}")
    return int(text)


def duration(text: str) -> float:
    """An option's value that is a time."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 1e6:
        raise argparse.ArgumentTypeError(f"expected seconds above 0, not {text!r}")
    return value


def appendable(path: str) -> str:
    """An option's value that is a file to write to."""
    try:
        with open(path, "a", encoding="utf-8"):
            return path
    except OSError as error:
        raise argparse.ArgumentTypeError(f"cannot write to {path}: {error.strerror}") from None


def add_parts(parser: argparse.ArgumentParser, parts: list[str]) -> None:
    """The option that leaves parts of a benchmark out."""

    class Chosen(argparse.Action):
        """Names apart from each other by commas or spaces."""

        def __call__(self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: list[str], option: str | None = None) -> None:
            wanted = [part for value in values for part in value.split(",")]
            for part in wanted:
                if part not in parts:
                    parser.error(f"--parts {part}: expected {', '.join(parts)}")
            namespace.parts = wanted

    parser.add_argument("--parts", nargs="+", action=Chosen, default=parts, metavar="PART", help=f"which to run, of {','.join(parts)} (default: all)")


def main(bench: str, story: str, add_options: Callable[[argparse.ArgumentParser], None], measure: Callable[[Run], None]) -> NoReturn:
    """Runs a benchmark as scripts/bench calls it: `URL CONFIGURATION [options]`. Ends with 1 when something failed or a figure misses its bar."""
    parser = argparse.ArgumentParser(prog=f"scripts/bench {bench}", description=story)
    add_options(parser)
    parser.add_argument("--profile", action="store_true", help="show at the end which statements took the server's time, by pg_stat_statements")
    parser.add_argument("--json", type=appendable, metavar="FILE", help="append one JSON object a figure")
    options = parser.parse_args(sys.argv[3:])
    end_on_signals()
    try:
        sys.exit(run(bench, sys.argv[1], sys.argv[2], options, measure))
    except KeyboardInterrupt:
        sys.exit(130)


def run(bench: str, url: str, configuration: str, options: argparse.Namespace, measure: Callable[[Run], None]) -> int:
    LOGS.mkdir(parents=True, exist_ok=True)
    server = Database(url)
    results = Results(bench, options.json)
    say(f"{bench}: {describe(server, ROOT)}")
    statements = Statements(server) if options.profile else None
    try:
        measure(Run(server, configuration, options, results))
    except (CommandFailed, NotInTime, SQLError, UnexpectedAnswer) as error:
        warn(f"{bench}: {error}")
        return 1
    finally:
        if statements:
            statements.show()
    for text in results.missed:
        warn(f"{bench}: {text}")
    return 1 if results.missed else 0
