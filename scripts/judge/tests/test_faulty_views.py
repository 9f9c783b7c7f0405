"""What readers and watchers see: a history for each kind of fault."""

import unittest

from .history_case import HistoryCase
from .world import World


class FaultyViews(HistoryCase):
    """One alarm at the least, of the right kind."""

    # MARK: readers

    def test_a_reader_sees_an_empty_table(self) -> None:
        world = World()
        world.make(Label__c="L1")
        world.poll()
        world.look()
        world.look(without={"1"})
        world.look()
        self.assert_found(world, "reader", "empty")

    def test_a_reader_sees_a_part_of_the_table(self) -> None:
        world = World()
        world.make(Label__c="L1")
        world.make(Label__c="L2")
        world.poll()
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

    # MARK: promptness

    def test_a_job_fails_and_nobody_is_told(self) -> None:
        world = World()
        for _ in range(15):
            world.step(2)
            world.job(5, "22021 invalid byte sequence")
            world.status()
        self.assert_found(world, "silent")

    def test_a_write_fails_and_nobody_is_told(self) -> None:
        world = World()
        for _ in range(15):
            world.step(2)
            world.job(5, "08006 connection lost", kind="write", object=None)
            world.status()
            world.connection("IDLE")
        self.assert_found(world, "silent", "the write of the connection")

    def test_a_mapping_is_never_polled_again(self) -> None:
        world = World()
        for _ in range(40):
            world.step(2)
            world.status(polled=world.now - 1000, never=True)
        self.assert_found(world, "lag", "not polled (never)")

    def test_a_change_waits_for_another_mappings_trouble(self) -> None:
        world = World()
        world.insert(label__c="L1")
        world.step(100)
        world.write()
        self.assert_found(world, "lag", "a change waited")

    def test_an_edit_is_kept_back_by_the_delete_log(self) -> None:
        world = World()
        record = world.make(Label__c="L1", Note__c="one")
        world.poll()
        world.interval("trouble", 20, "/services/data/v60.0/sobjects/Part__c/deleted")
        world.edit(record, Note__c="two")
        world.step(19)
        world.poll()
        self.assert_found(world, "lag", "had not arrived")

    def test_the_end_is_no_calm(self) -> None:
        world = World()
        world.evidence.restless.append("2 changes wait")
        world.status("BULK_LOAD_ERROR")
        world.connection("DB_UNAVAILABLE")
        alarms = [alarm for alarm in world.alarms() if alarm.invariant == "stuck"]
        self.assertEqual(len(alarms), 3)


if __name__ == "__main__":
    unittest.main()
