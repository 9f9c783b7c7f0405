"""Who is late and who is silent: a history for each kind of fault, and the same where the machine is to blame."""

import unittest

from .history_case import HistoryCase
from .world import World


class FaultyPromptness(HistoryCase):
    """One alarm at the least, of the right kind."""

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
        record = world.loaded(Label__c="L1", Note__c="one")
        world.interval("trouble", 20, "/services/data/v60.0/sobjects/Part__c/deleted")
        world.edit(record, Note__c="two")
        world.step(19)
        world.poll()
        self.assert_found(world, "lag", "had not arrived")

    def test_an_edit_of_a_record_that_a_user_wrote_before_is_kept_back_by_the_delete_log(self) -> None:
        world = World()
        row = world.written(label__c="L1", note__c="one")
        world.poll()
        world.step(3)
        world.interval("trouble", 20, "…/deleted")
        world.edit(world.rows[("part__c", str(row))]["sfid"] or "", Note__c="two")
        world.step(19)
        world.poll()
        self.assert_found(world, "lag", "had not arrived")

    def test_a_change_waits_although_the_machine_was_only_half_busy(self) -> None:
        world = World()
        world.insert(label__c="L1")
        world.load(100, 50)
        world.step(100)
        world.write()
        self.assert_found(world, "lag", "a change waited")


class HealthyPromptness(HistoryCase):
    """No alarm: the product stood ready, and the machine was busy with others."""

    def test_a_change_waits_for_a_processor(self) -> None:
        world = World()
        world.insert(label__c="L1")
        world.load(100, 90)
        world.step(100)
        world.write()
        world.poll()
        self.assert_healthy(world)

    def test_a_mapping_is_polled_late(self) -> None:
        world = World()
        polled = world.now
        world.load(80, 76)
        for _ in range(40):
            world.step(2)
            world.status(polled=polled)
        self.assert_healthy(world)

    def test_what_fails_is_said_late(self) -> None:
        world = World()
        world.load(30, 28)
        for _ in range(15):
            world.step(2)
            world.job(5, "22021 invalid byte sequence")
            world.status()
        world.status("DATA_SYNCED", description="22021 invalid byte sequence")
        self.assert_healthy(world)

    def test_an_edit_waits_for_a_change_that_is_under_way(self) -> None:
        world = World()
        row = world.written(label__c="L1", note__c="one")
        world.poll()
        world.interval("trouble", 20, "…/deleted")
        world.edit(world.rows[("part__c", str(row))]["sfid"] or "", Note__c="two")
        world.update(row, note__c="three")
        world.step(19)
        world.write()
        world.poll()
        self.assert_healthy(world)

    def test_an_edit_arrives_late(self) -> None:
        world = World()
        record = world.loaded(Label__c="L1", Note__c="one")
        world.interval("trouble", 20, "/services/data/v60.0/sobjects/Part__c/deleted")
        world.load(20, 15)
        world.edit(record, Note__c="two")
        world.step(19)
        world.poll()
        self.assert_healthy(world)


if __name__ == "__main__":
    unittest.main()
