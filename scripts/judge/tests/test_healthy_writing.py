"""Histories of writing in which nothing is wrong, however odd they look."""

import unittest

from judge.evidence import LogRow, Operation

from .history_case import HistoryCase
from .world import World


class HealthyWriting(HistoryCase):
    """No alarm."""

    def test_nothing_happens(self) -> None:
        self.assert_healthy(World())

    def test_inserts_updates_and_deletes_go_out(self) -> None:
        world = World()
        first = world.insert(label__c="L1", key__c="X", note__c="one")
        second = world.written(label__c="L2", key__c="Y")
        world.update(first, note__c="two")
        world.write()
        world.delete(second)
        world.write()
        world.poll()
        self.assert_healthy(world)

    def test_changes_of_the_org_come_in(self) -> None:
        world = World()
        record = world.loaded(Label__c="L1", Note__c="one", Amount__c="1.5")
        world.edit(record, Note__c="two")
        world.poll()
        world.gone(record)
        self.assert_healthy(world)

    def test_several_changes_of_a_row_in_one_transaction(self) -> None:
        world = World()
        with world.transaction():
            row = world.insert(label__c="L1", note__c="one")
            world.update(row, note__c="two")
            world.update(row, note__c="one")
        world.write()
        world.poll()
        self.assert_healthy(world)

    def test_a_change_that_is_superseded_before_it_goes_out(self) -> None:
        world = World()
        row = world.written(label__c="L1", note__c="one")
        world.update(row, note__c="two")
        world.update(row, note__c="three")
        two, three = world.waiting()
        record = world.send(three)
        world.record(two, record, "MERGED")
        world.record(three, record)
        world.poll()
        self.assert_healthy(world)

    def test_a_row_that_is_inserted_and_deleted_before_it_goes_out(self) -> None:
        world = World()
        row = world.insert(label__c="L1")
        world.delete(row)
        for change in world.waiting():
            world.record(change, None, "IGNORED")
        self.assert_healthy(world)

    def test_an_insert_whose_row_is_gone_and_whose_deletion_is_made_up_for(self) -> None:
        world = World()
        row = world.insert(label__c="L1")
        (insert,) = world.waiting()
        record = world.send(insert)
        world.delete(row)
        world.remove(record or "", "client")
        world.record(insert, record)
        self.assert_healthy(world)

    def test_a_rolled_back_transaction_leaves_nothing(self) -> None:
        world = World()
        world.evidence.operations.append(
            Operation(1, "app", "postgres", "transaction", "BEGIN; INSERT …; ROLLBACK", world.now, world.now + 1, "rolled back", txid=99))
        world.written(label__c="L1")
        world.poll()
        self.assert_healthy(world)

    def test_an_answer_that_is_lost_and_an_update_that_goes_out_twice(self) -> None:
        world = World()
        row = world.written(label__c="L1", note__c="one")
        world.update(row, note__c="two")
        (change,) = world.waiting()
        world.send(change)
        world.record(change, world.send(change))
        world.poll()
        self.assert_healthy(world)

    def test_an_insert_whose_answer_was_lost_and_whose_record_was_changed_before_it_was_looked_for(self) -> None:
        world = World()
        world.insert(label__c="L1", note__c="one")
        (change,) = world.waiting()
        record = world.send(change)
        world.poll()
        world.edit(record or "", Note__c="theirs")
        world.poll()
        world.record(change, None, "FAILED", "ANSWER_LOST: nothing tells for sure whether one of its records is this row's")
        self.assert_healthy(world)

    def test_an_insert_whose_answer_was_lost_and_that_failed_once_its_record_was_deleted(self) -> None:
        world = World()
        row = world.insert(label__c="L1", key__c="X")
        (change,) = world.waiting()
        record = world.send(change) or ""
        world.delete(row)
        world.poll()
        world.delete(next(int(id) for (_, id), values in world.rows.items() if values["sfid"] == record))
        world.remove(record, "client")
        world.record(world.waiting()[-1], record)
        world.record(change, None, "FAILED", "INVALID_CROSS_REFERENCE_KEY: invalid cross reference id")
        self.assert_healthy(world)

    def test_a_unique_value_moves_from_row_to_row(self) -> None:
        world = World()
        first = world.written(label__c="L1", key__c="X")
        with world.transaction():
            world.update(first, key__c="Y")
            world.written(label__c="L2", key__c="X")
        world.poll()
        self.assert_healthy(world)

    def test_two_rows_swap_unique_values(self) -> None:
        world = World()
        first, second = world.written(label__c="L1", key__c="X"), world.insert(label__c="L2", key__c="Y")
        with world.transaction():
            world.update(first, key__c=None)
            world.update(second, key__c="X")
            world.update(first, key__c="Y")
        world.write()
        world.poll()
        self.assert_healthy(world)

    def test_a_row_is_deleted_and_inserted_again_with_its_unique_value(self) -> None:
        world = World()
        first = world.written(label__c="L1", key__c="X")
        with world.transaction():
            world.delete(first)
            world.written(label__c="L1", key__c="X", note__c="again")
        world.poll()
        self.assert_healthy(world)

    def test_what_salesforce_refuses_says_so(self) -> None:
        world = World()
        row = world.written(label__c="L1", note__c="one")
        world.update(row, note__c="x" * 500)
        (change,) = world.waiting()
        world.record(change, change.sfid, "FAILED", "STRING_TOO_LONG: Note: data value too large")
        self.assert_healthy(world)

    def test_an_insert_whose_first_record_was_deleted_before_it_was_repeated(self) -> None:
        world = World()
        world.insert(label__c="L1", note__c="one")
        (insert,) = world.waiting()
        lost = world.send(insert)
        world.remove(lost or "")
        world.step(5)
        world.record(insert, world.send(insert))
        world.poll()
        self.assert_healthy(world)

    def test_a_value_that_the_org_trims_and_rounds(self) -> None:
        world = World()
        row = world.written(label__c="L1", note__c="  one ", amount__c="1.5")
        world.update(row, amount__c="2.345", note__c=" ")
        (change,) = world.waiting()
        world.edit(change.sfid or "", "client", Amount__c="2.35", Note__c=None)
        world.record(change, change.sfid)
        world.poll()
        self.assert_healthy(world)

    def test_an_edit_in_the_org_wins_over_a_value_that_was_written(self) -> None:
        world = World()
        row = world.written(label__c="L1", note__c="one")
        world.poll()
        record = world.rows[("part__c", str(row))]["sfid"] or ""
        world.edit(record, Note__c="theirs")
        world.update(row, note__c="ours")
        world.write()
        world.edit(record, Note__c="one")
        world.poll()
        self.assert_healthy(world)

    def test_parents_by_external_id(self) -> None:
        world = World()
        with world.transaction():
            world.insert(label__c="L1", key__c="X")
            child = world.written(label__c="L2", parent__r__key__c="X")
        world.poll()
        world.update(child, parent__r__key__c=None)
        world.write()
        world.poll()
        self.assert_healthy(world)

    def test_a_row_that_names_itself_as_its_parent_and_gets_it_once_it_is_there(self) -> None:
        world = World()
        row = world.insert(label__c="L1", key__c="X", parent__r__key__c="X")
        made = world.waiting()[0]
        record = world.send(made)
        world.record(made, record)
        follows = LogRow(len(world.log) + 1, False, "part__c", "UPDATE", row, record, "NEW", '"parent__r__key__c"=>"X"', None, None, None)
        world.put_log(follows, product=True)
        world.record(follows, world.send(follows))
        world.poll()
        self.assert_healthy(world)

    def test_a_row_and_the_row_that_a_poll_brought_of_its_record_are_deleted_and_both_inserted_again(self) -> None:
        world = World()
        first = world.insert(label__c="L1")
        made = world.waiting()[0]
        record = world.send(made)
        world.poll()
        copy = next(int(id) for (_, id), row in world.rows.items() if row["sfid"] == record)
        with world.transaction():
            world.delete(first)
            world.delete(copy)
            world.insert(label__c="L1")
            world.insert(label__c="L1")
        world.record(made, record)
        world.write()
        ignored = next(row for row in world.log.values() if row.state == "IGNORE")
        world.record(ignored, record)
        world.poll()
        self.assert_healthy(world)

    def test_an_update_whose_parent_gets_its_key_by_a_change_that_waits_for_it(self) -> None:
        world = World()
        row = world.written(label__c="L1")
        with world.transaction():
            world.update(row, note__c="n", parent__r__key__c="X")
            world.insert(label__c="L2", key__c="X")
        for entry in reversed(world.waiting()):
            world.record(entry, world.send(entry))
        record = world.rows[("part__c", str(row))]["sfid"]
        follows = LogRow(len(world.log) + 1, False, "part__c", "UPDATE", row, record, "NEW", '"parent__r__key__c"=>"X"', None, None, None)
        world.put_log(follows, product=True)
        world.record(follows, world.send(follows))
        world.poll()
        self.assert_healthy(world)

    def test_an_update_whose_parent_follows_once_its_record_has_another_row(self) -> None:
        world = World()
        row = world.written(label__c="L1")
        record = world.rows[("part__c", str(row))]["sfid"]
        with world.transaction():
            world.update(row, note__c="n", parent__r__key__c="X")
            world.insert(label__c="L2", key__c="X")
        waiting = list(reversed(world.waiting()))
        world.truncate()
        world.poll()
        for entry in waiting:
            world.record(entry, world.send(entry))
        other = next(int(id) for (_, id), values in world.rows.items() if values["sfid"] == record)
        follows = LogRow(len(world.log) + 1, False, "part__c", "UPDATE", other, record, "NEW", '"parent__r__key__c"=>"X"', None, None, None)
        world.put_log(follows, product=True)
        world.record(follows, world.send(follows))
        world.poll()
        self.assertNotEqual(other, row)
        self.assert_healthy(world)

    def test_a_child_whose_parent_was_deleted_in_the_org(self) -> None:
        world = World()
        parent = world.written(label__c="L1", key__c="X")
        world.remove(world.rows[("part__c", str(parent))]["sfid"] or "")
        world.insert(label__c="L2", parent__r__key__c="X")
        world.record(world.waiting()[0], None, "FAILED", "INVALID_FIELD: Foreign key external ID: X not found for field Key__c in entity Part__c")
        world.poll()
        self.assert_healthy(world)


if __name__ == "__main__":
    unittest.main()
