"""What becomes of changes: a history for each kind of fault."""

import unittest
from dataclasses import replace

from judge.evidence import LogRow

from .history_case import HistoryCase
from .world import World


class FaultyChanges(HistoryCase):
    """One alarm at the least, of the right kind."""

    def test_a_change_is_ticked_off_and_never_sent(self) -> None:
        world = World()
        row = world.written(label__c="L1", note__c="one")
        world.update(row, note__c="two")
        (change,) = world.waiting()
        world.record(change, change.sfid)
        self.assert_found(world, "lost change", "note__c='two' is SUCCESS")

    def test_an_insert_is_ticked_off_and_no_record_made(self) -> None:
        world = World()
        world.insert(label__c="L1")
        world.record(world.waiting()[0], None)
        self.assert_found(world, "lost change", "the org knows no record")

    def test_an_adopted_row_is_ticked_off_with_newer_values(self) -> None:
        world = World()
        record = world.make(Label__c="L1", Key__c="X", Note__c="theirs")
        world.insert(label__c="L1", key__c="X", note__c="ours")
        world.record(world.waiting()[0], record)
        self.assert_found(world, "lost change", "note__c='ours'")

    def test_a_deletion_is_ticked_off_and_the_record_lives(self) -> None:
        world = World()
        row = world.written(label__c="L1")
        world.delete(row)
        (change,) = world.waiting()
        world.record(change, change.sfid)
        self.assert_found(world, "lost change", "a deletion is SUCCESS")

    def test_a_parent_that_was_cleared_is_ignored(self) -> None:
        world = World()
        world.insert(label__c="L1", key__c="X")
        child = world.written(label__c="L2", parent__r__key__c="X")
        world.update(child, parent__r__key__c=None)
        (change,) = world.waiting()
        world.record(change, change.sfid, "IGNORED", "nothing changed")
        self.assert_found(world, "lost change", "parent__r__key__c=None is IGNORED")

    def test_a_deletion_before_the_insert_went_out_is_forgotten(self) -> None:
        world = World()
        row = world.insert(label__c="L1")
        world.delete(row)
        world.write()
        self.assert_found(world, "lost change", "a deletion is IGNORE")

    def test_a_change_is_not_captured(self) -> None:
        world = World()
        world.insert(label__c="L1")
        world.evidence.row_changes = [change for change in world.evidence.row_changes if change.table != "_trigger_log"]
        world.log.clear()
        self.assert_found(world, "uncaptured")

    def test_a_row_of_the_log_disappears(self) -> None:
        world = World()
        world.written(label__c="L1")
        world.log.clear()
        self.assert_found(world, "log", "is gone")

    def test_a_row_of_the_log_waits_for_ever(self) -> None:
        world = World()
        world.insert(label__c="L1")
        self.assert_found(world, "log", "ends as NEW")

    def test_a_malformed_row_of_the_log_waits_for_ever(self) -> None:
        world = World()
        world.put_log(LogRow(1, False, "part__c", "DELETE", 7, "no id", "NEW", None, None, None, None), product=False)
        self.assert_found(world, "log", "ends as NEW")

    def test_a_change_fails_without_a_word(self) -> None:
        world = World()
        world.insert(label__c="L1")
        world.record(world.waiting()[0], None, "FAILED", None)
        self.assert_found(world, "log", "without a message")

    def test_a_change_fails_and_its_row_looks_well(self) -> None:
        world = World()
        row = world.written(label__c="L1")
        world.update(row, note__c="two")
        (change,) = world.waiting()
        with world.transaction():
            world.put_log(replace(change, state="FAILED", message="no"), product=True)
            world._set("part__c", str(row), world.rows[("part__c", str(row))] | {"_hc_lastop": "SYNCED"}, product=True, action="UPDATE")
        self.assert_found(world, "log", "its row says SYNCED")

    def test_a_change_is_given_up_for_a_lock(self) -> None:
        world = World()
        world.insert(label__c="L1")
        world.record(world.waiting()[0], None, "FAILED", "UNABLE_TO_LOCK_ROW: unable to obtain exclusive access to this record")
        self.assert_found(world, "needless", "something that passes")

    def test_a_child_fails_for_a_parent_that_was_postponed(self) -> None:
        world = World()
        world.insert(label__c="L1", key__c="X")
        world.insert(label__c="L2", parent__r__key__c="X")
        parent, child = world.waiting()
        world.record(child, None, "FAILED", "INVALID_FIELD: Foreign key external ID: X not found for field Key__c in entity Part__c")
        world.record(parent, world.send(parent))
        self.assert_found(world, "needless", "a change before it made")

    def test_an_insert_fails_for_a_value_that_was_given_up_before(self) -> None:
        world = World()
        first = world.written(label__c="L1", key__c="X")
        with world.transaction():
            world.update(first, key__c="Y")
            world.insert(label__c="L2", key__c="X")
        release, take = world.waiting()
        world.record(take, None, "FAILED", "DUPLICATE_VALUE: duplicate value found: Key__c duplicates value on record")
        world.record(release, world.send(release))
        self.assert_found(world, "needless", "which changes before it give up")

    def test_a_value_arrives_after_a_later_one(self) -> None:
        world = World()
        row = world.written(label__c="L1", note__c="one")
        world.update(row, note__c="two")
        world.update(row, note__c="three")
        two, three = world.waiting()
        world.record(three, world.send(three))
        world.record(two, world.send(two))
        self.assert_found(world, "order")

    def test_an_insert_fails_for_a_value_that_nobody_has(self) -> None:
        world = World()
        with world.transaction():
            world.insert(label__c="L1", key__c="X")
            world.insert(label__c="L2", key__c="Y", code__c="C")
        first, second = world.waiting()
        world.record(first, world.send(first))
        world.record(second, None, "FAILED", "DUPLICATE_VALUE: duplicate value found: Code__c duplicates value on record with id: a00")
        self.assert_found(world, "needless", "code__c='C', which no record had")


if __name__ == "__main__":
    unittest.main()
