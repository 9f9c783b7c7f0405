"""What is drawn: the same from the same seed, and everything that the table names is known."""

import random
import unittest

from judge.draw import Draw
from judge.orgcalls import EDITS
from judge.orgtroubles import TROUBLES
from judge.shape import OBJECTS, World
from judge.table import PROFILES, weights
from judge.tablestatements import TABLES
from judge.transactions import KINDS, Transactions

WORLD = World(
    apart=False, parent_keys=True, own_parent_keys=True, poll_threshold=2, page_rows=4, bulk_delay=0, rotates_tokens=False, poll_seconds=1, records=6)


def stream(seed: str, profile: str, count: int) -> list[dict]:
    draw = Draw(random.Random(seed), "p1", WORLD)
    for name in OBJECTS:
        draw.believe(name, [f"{name[0]}{number}" for number in range(1, 7)])
    transactions = Transactions(draw, weights("postgres", profile), weights("percent", profile))
    bodies = []
    for number in range(count):
        bodies.append(transactions.next())
        transactions.learn(committed=number % 3 != 0)
    return bodies


class GeneratorTests(unittest.TestCase):
    def test_same_seed_same_stream(self) -> None:
        for profile in (*PROFILES, "all"):
            with self.subTest(profile):
                self.assertEqual(stream("7/1", profile, 200), stream("7/1", profile, 200))
                self.assertNotEqual(stream("7/1", profile, 20), stream("8/1", profile, 20))

    def test_table_names_only_what_is_known_and_all_of_it(self) -> None:
        self.assertEqual(set(weights("postgres", "all")), set(KINDS) | set(TABLES))
        self.assertEqual(set(weights("org", "all")), set(EDITS) | set(TROUBLES))

    def test_every_kind_makes_statements(self) -> None:
        draw = Draw(random.Random(3), "p1", WORLD)
        for name in OBJECTS:
            draw.believe(name, [f"{name[0]}{number}" for number in range(1, 7)])
        for kind, make in KINDS.items():
            for _ in range(30):
                with self.subTest(kind):
                    self.assertTrue(all(each.get("sql") for each in make(draw)))

    def test_unknown_profile(self) -> None:
        with self.assertRaisesRegex(ValueError, "profile: expected one of moves"):
            weights("postgres", "nothing")

    def test_world_is_drawn_from_its_seed(self) -> None:
        odds = weights("percent", "reading")
        self.assertEqual(World.draw(random.Random("a"), odds), World.draw(random.Random("a"), odds))
        self.assertGreater(len({World.draw(random.Random(str(seed)), odds) for seed in range(40)}), 20)


if __name__ == "__main__":
    unittest.main()
