"""What tests of made-up histories ask."""

import unittest

from .world import World


class HistoryCase(unittest.TestCase):
    """A test of the checker's verdict over a world."""

    maxDiff = None

    def assert_healthy(self, world: World) -> None:
        self.assertEqual([str(alarm) for alarm in world.alarms()], [])

    def assert_found(self, world: World, invariant: str, words: str = "") -> None:
        alarms = world.alarms()
        found = [alarm for alarm in alarms if alarm.invariant == invariant and words in alarm.what]
        self.assertTrue(found, f"no {invariant} with {words!r} in {[str(alarm) for alarm in alarms]}")
