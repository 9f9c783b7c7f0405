"""A claim of completeness that is true, and some that are not."""

import dataclasses

from .history_case import HistoryCase
from .world import World


class Completeness(HistoryCase):
    """What is claimed before the rows are looked at."""

    @staticmethod
    def claim(world: World, until: float) -> None:
        """The last look was told that the table is complete until then."""
        world.evidence.snapshots[-1] = dataclasses.replace(world.evidence.snapshots[-1], complete_until=until)

    def test_what_was_claimed_is_there(self) -> None:
        world = World()
        id = world.make(Label__c="L1")
        world.edit(id, Label__c="L1")
        world.poll()
        world.step(5)
        world.look()
        self.claim(world, world.now)
        self.assert_healthy(world)

    def test_a_field_that_was_removed_and_added_again_is_empty(self) -> None:
        world = World()
        id = world.make(Label__c="L1", Note__c="red")
        world.poll()
        world.interval("schema", 3, "Part__c.Note__c")
        world.org[id][1]["Note__c"] = None
        world.poll()
        world.step(5)
        world.look()
        self.claim(world, world.now)
        self.assert_healthy(world)

    def test_a_record_is_missing(self) -> None:
        world = World()
        world.make(Label__c="L1")
        world.poll()
        world.step(5)
        world.look(without={"1"})
        self.claim(world, world.now)
        self.assert_found(world, "incomplete", "is not there")

    def test_a_value_is_old(self) -> None:
        world = World()
        id = world.make(Label__c="L1", Note__c="red")
        world.poll()
        world.edit(id, Note__c="blue")
        world.step(5)
        world.look()
        self.claim(world, world.now)
        world.poll()
        self.assert_found(world, "incomplete", "'blue' by then")

    def test_what_came_after_the_claim_may_be_missing(self) -> None:
        world = World()
        id = world.make(Label__c="L1", Note__c="red")
        world.poll()
        world.step(5)
        moment = world.now
        world.edit(id, Note__c="blue")
        world.look()
        self.claim(world, moment)
        world.poll()
        self.assert_healthy(world)
