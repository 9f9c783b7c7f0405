"""Figures and their bars."""

import contextlib
import io
import json
import tempfile
import unittest

from benchmarks.queue_pressure import Course, recovery
from benchmarks.results import Results, percentile


class ResultsTests(unittest.TestCase):
    def add(self, *arguments: object, **keywords: object) -> tuple[Results, str]:
        results = Results("load", None)
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            results.add(*arguments, **keywords)
        return results, printed.getvalue()

    def test_a_rate_must_reach_its_share_of_a_peer(self) -> None:
        missed, printed = self.add("load_1_worker", 900.0, "rows/s", {"curl_copy": 1000.0, "ingestr": 100.0}, bars={"curl_copy": 1.0, "ingestr": 5.0})
        self.assertEqual(missed.missed, ["load_1_worker is 900.0 rows/s, wanted at least 1,000, 1 of curl_copy"])
        self.assertIn("0.90 of curl_copy 1,000 (bar 1)", printed)
        self.assertIn("9.00 of ingestr 100.0 (bar 5)", printed)
        self.assertEqual(self.add("load_1_worker", 1000.0, "rows/s", {"curl_copy": 1000.0}, bars={"curl_copy": 1.0})[0].missed, [])

    def test_anything_else_must_not_exceed_it(self) -> None:
        missed = self.add("capture_100000_ms", 1100.0, "ms", {"heroku_triggers": 1000.0}, bars={"heroku_triggers": 1.0})[0].missed
        self.assertEqual(missed, ["capture_100000_ms is 1,100 ms, wanted at most 1,000, 1 of heroku_triggers"])
        self.assertEqual(self.add("capture_100000_ms", 990.0, "ms", {"heroku_triggers": 1000.0}, bars={"heroku_triggers": 1.0})[0].missed, [])

    def test_a_bar_that_is_a_value(self) -> None:
        for value, unit, bar, misses in (
                (50.0, "ms", 50.0, False), (50.1, "ms", 50.0, True), (149.0, "MB/s", 150.0, True), (151.0, "MB/s", 150.0, False), (0, "rows", 0, False),
                (1, "rows", 0, True)):
            with self.subTest(value=value, unit=unit):
                self.assertEqual(bool(self.add("figure", value, unit, bar=bar)[0].missed), misses)

    def test_what_is_only_compared_misses_nothing(self) -> None:
        self.assertEqual(self.add("load_2_workers", 1.0, "rows/s", {"curl_copy": 1000.0})[0].missed, [])

    def test_a_line_of_json_for_each_comparison(self) -> None:
        with tempfile.NamedTemporaryFile("r", suffix=".json") as file, contextlib.redirect_stdout(io.StringIO()):
            results = Results("load", file.name)
            results.add("load_1_worker", 900.0, "rows/s", {"curl_copy": 1000.0, "ingestr": 100.0})
            results.add("poll_empty_writes", 0, "rows", bar=0)
            results.add("curl_copy_1", 1000.0, "rows/s")
            lines = [json.loads(line) for line in file.read().splitlines()]
        self.assertEqual(
            [(line["metric"], line["against"], line["against_value"], line["ratio"]) for line in lines],
            [("load_1_worker", "curl_copy", 1000.0, 0.9), ("load_1_worker", "ingestr", 100.0, 9.0), ("poll_empty_writes", "bar", 0, None),
             ("curl_copy_1", None, None, None)])

    def test_when_a_rate_is_back(self) -> None:
        self.assertEqual(recovery([0.94, 0.95, 0.5]), 20.0)
        self.assertEqual(recovery([0.96]), 10.0)
        self.assertEqual(recovery([0.1] * 6), 70.0)

    def test_what_a_machine_loses_is_not_the_queues(self) -> None:
        before, held = Course([100.0, 120.0], [200.0, 240.0]), Course([50.0, 40.0], [100.0, 100.0])
        self.assertEqual(held.shares(before), [1.0, 0.8])
        self.assertEqual(held.expected(before), 50.0)
        self.assertEqual(held.part(1).rate, 40.0)

    def test_percentiles(self) -> None:
        values = [float(number) for number in range(200, 0, -1)]
        self.assertEqual([percentile(values, share) for share in (0.5, 0.99, 1.0)], [101.0, 199.0, 200.0])
        self.assertEqual(percentile([7.0], 0.99), 7.0)
