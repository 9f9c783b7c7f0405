"""How a ledger is cut down, and when its operations are played."""

import unittest

from judge.evidence import Operation
from judge.replay import LONGEST_GAP, moments
from judge.shrink import minimize
from judge.story import story


def operation(number: int, began: float, ended: float, sql: str = "SELECT 1") -> Operation:
    body = {"statements": [{"sql": sql}], "end": "COMMIT"}
    return Operation(number, f"postgres.{number}", "postgres", "update", sql, began, ended, "committed", details={"body": body})


class MinimizeTests(unittest.TestCase):
    def test_finds_the_few_that_matter(self) -> None:
        tried: list[int] = []

        def fails(items: list[int]) -> bool:
            tried.append(len(items))
            return {3, 41, 77} <= set(items)

        self.assertEqual(minimize(range(100), fails), [3, 41, 77])
        self.assertLess(len(tried), 120)

    def test_keeps_what_cannot_be_cut(self) -> None:
        self.assertEqual(minimize([1, 2], lambda items: len(items) == 2), [1, 2])
        self.assertEqual(minimize([1], lambda items: True), [1])


class MomentTests(unittest.TestCase):
    def test_gaps_in_which_nothing_happens_are_short(self) -> None:
        found = moments([operation(1, 100, 101), operation(2, 150, 151), operation(3, 151.5, 152)])
        self.assertEqual(found, [0, 1 + LONGEST_GAP, 1 + LONGEST_GAP + 1.5])

    def test_what_lasts_keeps_its_time(self) -> None:
        """A freeze of twenty seconds is one of twenty seconds in the replay."""
        found = moments([operation(1, 100, 120), operation(2, 118, 119)])
        self.assertEqual(found, [0, 18])


class StoryTests(unittest.TestCase):
    def test_is_sql_that_a_person_can_read(self) -> None:
        lines = story([operation(2, 7, 8, "DELETE FROM t"), operation(1, 5, 6)])
        self.assertEqual(lines, ["--   0.00 s  postgres.1: committed", "SELECT 1;", "--   2.00 s  postgres.2: committed", "DELETE FROM t;"])


if __name__ == "__main__":
    unittest.main()
