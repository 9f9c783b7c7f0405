"""What readers see, and the end: a history for each kind of fault."""

import unittest

from .history_case import HistoryCase
from .world import World


class FaultyViews(HistoryCase):
    """One alarm at the least, of the right kind."""

    def test_a_reader_sees_an_empty_table(self) -> None:
        world = World()
        world.loaded(Label__c="L1")
        world.look()
        world.look(without={"1"})
        world.look()
        self.assert_found(world, "reader", "empty")

    def test_a_reader_sees_a_part_of_the_table(self) -> None:
        world = World()
        world.make(Label__c="L1")
        world.loaded(Label__c="L2")
        world.look()
        world.look(without={"1"})
        world.look()
        self.assert_found(world, "reader", "partial")

    def test_a_reader_finds_no_table(self) -> None:
        world = World()
        world.look()
        world.look(error='relation "part__c" does not exist')
        world.look()
        self.assert_found(world, "reader", "could not be read")

    def test_sluice_truncates_a_table(self) -> None:
        world = World()
        world._note("part__c", "TRUNCATE", None, None, product=True)
        self.assert_found(world, "reader", "TRUNCATE")

    def test_the_end_is_no_calm(self) -> None:
        world = World()
        world.evidence.restless.append("2 changes wait")
        world.status("BULK_LOAD_ERROR")
        world.connection("DB_UNAVAILABLE")
        alarms = [alarm for alarm in world.alarms() if alarm.invariant == "stuck"]
        self.assertEqual(len(alarms), 3)


if __name__ == "__main__":
    unittest.main()
