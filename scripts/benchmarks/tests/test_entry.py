"""What all benchmarks take, and how they end."""

import argparse
import contextlib
import io
import subprocess
import sys
import unittest
from collections.abc import Callable
from unittest import mock

from benchmarks import entry
from checks.cluster import CommandFailed

NAMES = ["api", "latency", "load", "org", "poll", "queue", "scheduler", "write"]


def add_options(parser: argparse.ArgumentParser) -> None:
    entry.add_parts(parser, ["one", "two", "three"])
    parser.add_argument("--rows", type=entry.whole_number, default=10)
    parser.add_argument("--seconds", type=entry.duration, default=1.5)


class EntryTests(unittest.TestCase):
    def run_with(self, *arguments: str, measure: Callable[[entry.Run], None] = lambda run: None) -> tuple[object, str]:
        """The exit status, and what was said as an error."""
        with (
            mock.patch("sys.argv", ["bench", "postgres://nobody@127.0.0.1:1/none", "release", *arguments]), mock.patch.object(entry, "describe"),
            mock.patch.object(entry, "end_on_signals"), contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()) as errors, self.assertRaises(SystemExit) as ended,
        ):
            entry.main("sample", "A sample.", add_options, measure)
        return ended.exception.code, errors.getvalue()

    def options(self, *arguments: str) -> argparse.Namespace:
        seen: list[argparse.Namespace] = []
        self.assertEqual(self.run_with(*arguments, measure=lambda run: seen.append(run.options)), (0, ""))
        return seen[0]

    def test_parts_are_chosen_by_commas_or_spaces(self) -> None:
        self.assertEqual(self.options().parts, ["one", "two", "three"])
        self.assertEqual(self.options("--parts", "two,one").parts, ["two", "one"])
        self.assertEqual(self.options("--parts", "two", "one,three").parts, ["two", "one", "three"])

    def test_what_is_no_option_is_refused_by_name_and_expectation(self) -> None:
        for arguments, text in (
                (["--parts", "four"], "--parts four: expected one, two, three"), (["--rows", "0"], "--rows: expected a whole number above 0, not '0'"),
                (["--rows", "-3"], "--rows: expected a whole number above 0, not '-3'"), (["--rows", "1e6"], "expected a whole number above 0, not '1e6'"),
                (["--seconds", "nan"], "--seconds: expected seconds above 0, not 'nan'"), (["--seconds", "0"], "expected seconds above 0, not '0'"),
                (["--json", "/nowhere/figures"], "--json: cannot write to /nowhere/figures")):
            with self.subTest(arguments=arguments):
                status, errors = self.run_with(*arguments)
                self.assertEqual(status, 2)
                self.assertIn(text, errors)

    def test_a_missed_bar_ends_with_1_and_is_named(self) -> None:
        status, errors = self.run_with(measure=lambda run: run.results.add("figure_ms", 60.0, "ms", bar=50.0))
        self.assertEqual((status, errors), (1, "bench: sample: figure_ms is 60.0 ms, wanted at most 50.0\n"))

    def test_a_failure_ends_with_1_and_says_what_failed(self) -> None:
        def fail(_run: entry.Run) -> None:
            raise CommandFailed("the org is gone")

        self.assertEqual(self.run_with(measure=fail), (1, "bench: sample: the org is gone\n"))

    def test_every_benchmark_that_scripts_bench_names_has_a_help(self) -> None:
        text = (entry.ROOT / "scripts/bench").read_text(encoding="utf-8")
        self.assertIn(f"names=({' '.join(NAMES)})", text)
        for name in NAMES:
            with self.subTest(name=name):
                self.assertIn(f"[{name}]=", text)
                help_of = [sys.executable, "-B", "-m", f"benchmarks.{name}", "-", "-", "--help"]
                done = subprocess.run(help_of, cwd=entry.ROOT / "scripts", capture_output=True, text=True, timeout=60, check=False)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertIn(f"scripts/bench {name}", done.stdout)
