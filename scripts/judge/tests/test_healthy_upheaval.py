"""Histories of refusals, restores and meddling in which nothing is wrong."""

import unittest
from dataclasses import replace

from judge.evidence import LogRow, Operation

from .history_case import HistoryCase
from .world import PART, World


class HealthyUpheaval(HistoryCase):
    """No alarm."""

    def test_a_row_is_restored_with_its_id_and_its_record(self) -> None:
        world = World()
        first = world.insert(label__c="L1", note__c="one")
        world.write()
        old = world.rows[("part__c", str(first))]["sfid"]
        with world.transaction():
            world.delete(first)
            world.insert(id=first, label__c="L1", note__c="one", sfid=old)
        world.write()
        world.poll()
        self.assert_healthy(world)

    def test_a_change_that_is_refused_for_one_of_two_unique_values(self) -> None:
        world = World()
        world.make(Label__c="L1", Code__c="C")
        first = world.insert(label__c="L2", key__c="X")
        world.write()
        with world.transaction():
            world.update(first, key__c="Y")
            world.insert(label__c="L3", key__c="X", code__c="C")
        release, take = world.waiting()
        world.record(release, world.send(release))
        world.record(take, None, "FAILED", "DUPLICATE_VALUE: duplicate value found: Code__c duplicates value on record with id: a00")
        world.poll()
        self.assert_healthy(world)

    def test_a_record_that_was_undeleted_and_is_deleted_again(self) -> None:
        world = World()
        record = world.make(Label__c="L1")
        world.poll()
        for _ in range(2):
            world.remove(record)
            world.poll()
            world.undelete(record)
            world.poll()
        world.remove(record)
        world.poll()
        self.assert_healthy(world)

    def test_an_insert_that_takes_a_record_of_the_org(self) -> None:
        world = World()
        record = world.make(Label__c="L1", Key__c="X")
        world.insert(label__c="L2", key__c="X")
        (insert,) = world.waiting()
        world.edit(record, "client", Label__c="L2")
        world.record(insert, record)
        world.poll()
        self.assert_healthy(world)

    def test_a_record_that_comes_back_when_its_row_was_restored(self) -> None:
        world = World()
        record = world.make(Label__c="L1", Note__c="one")
        world.poll()
        world.remove(record)
        world.poll()
        world.insert(label__c="L1", note__c="one")
        world.write()
        world.undelete(record)
        world.poll()
        self.assert_healthy(world)

    def test_an_insert_that_takes_a_record_whose_row_went_with_its_table(self) -> None:
        world = World()
        record = world.make(Label__c="L1", Key__c="X")
        world.poll()
        world.truncate()
        world.insert(label__c="L2", key__c="X")
        (insert,) = world.waiting()
        world.edit(record, "client", Label__c="L2")
        world.record(insert, record)
        world.poll()
        self.assert_healthy(world)

    def test_a_restored_row_that_is_gone_before_it_learns_its_record(self) -> None:
        world = World()
        old = world.make(Label__c="L1", Note__c="one")
        world.poll()
        world.remove(old)
        world.poll()
        world.insert(label__c="L1", note__c="one", sfid=old)
        world.truncate()
        world.write()
        world.poll()
        self.assert_healthy(world)

    def test_a_row_that_is_captured_by_hand(self) -> None:
        world = World()
        for label in ("L1", "L2"):
            world.insert(id=5, label__c=label, note__c="one")
            world.write()
            world.delete(5)
            world.write()
        world.insert(id=5, label__c="L3", note__c="one")
        world.write()
        record = world.rows[("part__c", "5")]["sfid"]
        world.put_log(LogRow(99, False, "part__c", "INSERT", 5, None, "NEW", f'"id"=>"5", "sfid"=>"{record}", "note__c"=>"one"', None, None, None), product=False)
        world.record(world.log[99], record)
        world.poll()
        self.assert_healthy(world)

    def test_a_change_of_a_field_that_was_closed_meanwhile(self) -> None:
        world = World()
        row = world.insert(label__c="L1", note__c="one")
        world.write()
        world.interval("schema", 1, "Part__c.Note__c")
        world.update(row, note__c="two")
        world.record(world.waiting()[0], None, "IGNORED", "only fields that Salesforce does not let be changed: note__c")
        world.edit(world.rows[("part__c", str(row))]["sfid"] or "", Note__c="three")
        world.poll()
        self.assert_healthy(world)

    def test_an_insert_that_failed_is_followed_by_one_that_goes_through(self) -> None:
        world = World()
        row = world.insert(label__c="L1", note__c="x" * 500)
        (change,) = world.waiting()
        world.record(change, None, "FAILED", "STRING_TOO_LONG: Note: data value too large")
        world.put_log(replace(change, id=99, state="NEW", txid=None), product=False)
        world.step()
        record = world.make(who="client", Label__c="L1", Note__c="x" * 500)
        world.record(world.log[99], record)
        self.assertEqual(row, 1)
        world.poll()
        self.assert_healthy(world)

    def test_a_row_made_by_hand_in_the_log_that_cannot_be_read(self) -> None:
        world = World()
        world.put_log(LogRow(1, False, "part__c", "UPDATE", 7, None, "NEW", "no hstore", None, None, None), product=False)
        world.put_log(replace(world.log[1], state="FAILED", message="values: expected hstore's text"), product=True)
        self.assert_healthy(world)

    def test_a_change_that_a_person_gives_up(self) -> None:
        world = World()
        row = world.insert(label__c="L1", note__c="one")
        world.write()
        world.update(row, note__c="two")
        world.put_log(replace(world.waiting()[0], state="IGNORED"), product=False)
        self.assert_healthy(world)

    def test_a_table_that_is_emptied_is_brought_back_by_a_reload(self) -> None:
        world = World()
        world.make(Label__c="L1", Note__c="one")
        world.poll()
        world.truncate()
        world.evidence.operations.append(Operation(1, "person", "admin", "reload", "reload part__c", world.now + 1, world.now + 2, "committed", table="part__c"))
        world.step(3)
        world.poll()
        self.assert_healthy(world)

    def test_a_table_that_is_emptied_and_not_reloaded_stays_so(self) -> None:
        world = World()
        world.make(Label__c="L1", Note__c="one")
        world.poll()
        world.truncate()
        self.assert_healthy(world)

    def test_a_record_that_is_undeleted_comes_back(self) -> None:
        world = World()
        record = world.make(Label__c="L1")
        world.poll()
        world.remove(record)
        world.poll()
        world.undelete(record)
        world.poll()
        self.assert_healthy(world)

    def test_a_read_only_table_that_users_wrote_to(self) -> None:
        mapping = replace(PART, read_write=False)
        world = World(mapping)
        world.make(Label__c="L1", Note__c="one")
        world.poll()
        with world.transaction():
            world.update(1, note__c="ours")
            world.insert(label__c="L2")
        for change in world.waiting():
            world.put_log(replace(change, state="READONLY"), product=False)
        self.assert_healthy(world)

    def test_a_fault_that_is_told_and_a_machine_that_stands_still(self) -> None:
        world = World()
        world.make(Label__c="L1")
        world.poll()
        world.status()
        for _ in range(30):
            world.step(2)
            world.job(5, "503")
            world.status(trouble="attempt 3: 503")
        world.job(5, None, "completed")
        world.interval("stall", 100)
        world.step(100)
        world.status(polled=world.now - 100)
        world.connection("IDLE")
        self.assert_healthy(world)

    def test_readers_see_rows_come_and_go_with_their_records(self) -> None:
        world = World()
        record = world.make(Label__c="L1")
        world.poll()
        world.look()
        world.remove(record)
        world.poll()
        world.look()
        world.undelete(record)
        world.poll()
        world.look()
        self.assert_healthy(world)

    def test_a_table_that_is_emptied_and_filled_again_without_ids(self) -> None:
        world = World()
        world.insert(label__c="L1", note__c="one")
        world.write()
        world.truncate()
        world.insert(label__c="L1", note__c="one")
        world.write()
        world.poll()
        self.assert_healthy(world)

    def test_an_insert_that_takes_a_record_whose_deletion_was_given_up(self) -> None:
        world = World()
        row = world.insert(label__c="L1", key__c="X")
        world.write()
        world.delete(row)
        world.put_log(replace(world.waiting()[0], state="IGNORED"), product=False)
        world.insert(label__c="L2", key__c="X")
        (insert,) = world.waiting()
        record = insert.sfid or next(iter(world.org))
        world.edit(record, "client", Label__c="L2")
        world.record(insert, record)
        world.poll()
        self.assert_healthy(world)

    def test_changes_of_a_restored_row_before_it_learns_its_record(self) -> None:
        world = World()
        old = world.make(Label__c="L1", Note__c="one")
        world.poll()
        world.remove(old)
        world.poll()
        row = world.insert(label__c="L1", note__c="one", sfid=old)
        world.update(row, note__c="two")
        world.delete(row)
        insert, update, deletion = world.waiting()
        record = world.send(insert) or ""
        world.record(insert, record)
        world.edit(record, "client", Note__c="two")
        world.record(update, record)
        world.remove(record, "client")
        world.record(deletion, record)
        self.assert_healthy(world)

    def test_a_row_that_is_inserted_again_while_its_own_deletion_was_refused(self) -> None:
        world = World()
        record = world.make(Label__c="L1", Key__c="X")
        world.poll()
        world.delete(1)
        world.record(world.waiting()[0], record, "FAILED", "ENTITY_IS_LOCKED: the entity is locked for editing")
        row = world.insert(label__c="L1", key__c="X")
        world.record(world.waiting()[0], None, "FAILED", "DUPLICATE_VALUE: the value X still belongs to another record")
        world._set("part__c", str(row), world.rows[("part__c", str(row))] | {"sfid": record, "_hc_lastop": "SYNCED", "_hc_err": None}, product=True, action="UPDATE")
        self.assert_healthy(world)


if __name__ == "__main__":
    unittest.main()
