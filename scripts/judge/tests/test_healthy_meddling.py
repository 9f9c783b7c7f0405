"""Histories of refusals and of people's meddling in which nothing is wrong."""

import unittest
from dataclasses import replace

from judge.evidence import LogRow

from .history_case import HistoryCase
from .world import PART, World


class HealthyMeddling(HistoryCase):
    """No alarm."""

    def test_a_change_that_is_refused_for_one_of_two_unique_values(self) -> None:
        world = World()
        world.make(Label__c="L1", Code__c="C")
        first = world.written(label__c="L2", key__c="X")
        with world.transaction():
            world.update(first, key__c="Y")
            world.insert(label__c="L3", key__c="X", code__c="C")
        release, take = world.waiting()
        world.record(release, world.send(release))
        world.record(take, None, "FAILED", "DUPLICATE_VALUE: duplicate value found: Code__c duplicates value on record with id: a00")
        world.poll()
        self.assert_healthy(world)

    def test_a_row_that_is_captured_by_hand_in_a_transaction_that_ends_after_a_later_change_was_sent(self) -> None:
        world = World()
        row = world.written(label__c="L1", note__c="one")
        record = world.rows[("part__c", str(row))]["sfid"]
        capture = LogRow(len(world.log) + 1, False, "part__c", "UPDATE", row, record, "NEW", '"note__c"=>"one"', None, None, None)
        world.put_log(capture, product=False)
        captured = len(world.evidence.row_changes) - 1
        world.update(row, note__c="two")
        two = world.waiting()[-1]
        world.record(two, world.send(two))
        world.step()
        world.evidence.row_changes[captured] = replace(world.evidence.row_changes[captured], committed=world.now)
        world.record(capture, world.send(capture))
        world.poll()
        self.assert_healthy(world)

    def test_a_row_that_is_captured_by_hand_and_sent_while_an_earlier_change_of_it_is_not_committed(self) -> None:
        world = World()
        row = world.written(label__c="L1", note__c="one")
        record = world.rows[("part__c", str(row))]["sfid"]
        world.update(row, note__c="two")
        two, places = world.waiting()[-1], range(len(world.evidence.row_changes) - 2, len(world.evidence.row_changes))
        capture = LogRow(len(world.log) + 1, False, "part__c", "UPDATE", row, record, "NEW", '"note__c"=>"three"', None, None, None)
        world.put_log(capture, product=False)
        world.record(capture, world.send(capture))
        world.step()
        for place in places:
            world.evidence.row_changes[place] = replace(world.evidence.row_changes[place], committed=world.now)
        world.record(two, world.send(two))
        world.poll()
        self.assert_healthy(world)

    def test_a_table_that_is_restored_without_being_captured_lacks_rows_until_they_are_read_again(self) -> None:
        world = World()
        world.loaded(Label__c="L1")
        record = world.loaded(Label__c="L2")
        place = next(place for place, row in world.rows.items() if row["sfid"] == record)
        world.look()
        world._note("part__c", "DELETE", world.rows[place], None, product=True)
        world.evidence.row_changes[-1] = replace(world.evidence.row_changes[-1], application="judge-postgres.1")
        world.look(without={place[1]})
        world._note("part__c", "INSERT", None, world.rows[place], product=True)
        world.look()
        self.assert_healthy(world)

    def test_a_value_that_a_row_which_salesforce_refused_keeps_from_its_record(self) -> None:
        world = World()
        record = world.loaded(Label__c="L1", Key__c="X")
        world.edit(record, Key__c="Y")
        world.insert(label__c="L2", key__c="Y")
        world.record(world.waiting()[0], None, "FAILED", "DUPLICATE_VALUE: the record with the value Y of key__c belongs to the row with id 1")
        self.assert_found(world, "equal", "key__c is 'X'")
        world.status(description=f"1 rows are refused by the database, and tried again with every poll; the last, {record}: the key is taken")
        self.assert_healthy(world)

    def test_values_that_refused_rows_keep_from_two_records_of_which_the_mapping_names_the_last(self) -> None:
        world = World()
        first, last = world.loaded(Label__c="L1", Key__c="X"), world.loaded(Label__c="L2", Key__c="V")
        for record, value in ((first, "Y"), (last, "W")):
            world.edit(record, Key__c=value)
            world.insert(label__c=f"L{value}", key__c=value)
            world.record(world.waiting()[0], None, "FAILED", "DUPLICATE_VALUE: the record with the value belongs to another row")
        world.status(description=f"1 rows are refused by the database, and tried again with every poll; the last, {last}: the key is taken")
        self.assert_found(world, "equal", "key__c is 'X'")
        world.status(description=f"2 rows are refused by the database, and tried again with every poll; the last, {last}: the key is taken")
        self.assert_healthy(world)

    def test_a_row_that_is_captured_by_hand(self) -> None:
        world = World()
        for label in ("L1", "L2"):
            world.written(id=5, label__c=label, note__c="one")
            world.delete(5)
            world.write()
        world.written(id=5, label__c="L3", note__c="one")
        record = world.rows[("part__c", "5")]["sfid"]
        world.put_log(LogRow(99, False, "part__c", "INSERT", 5, None, "NEW", f'"id"=>"5", "sfid"=>"{record}", "note__c"=>"one"', None, None, None), product=False)
        world.record(world.log[99], record)
        world.poll()
        self.assert_healthy(world)

    def test_a_change_of_a_field_that_was_closed_meanwhile(self) -> None:
        world = World()
        row = world.written(label__c="L1", note__c="one")
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
        row = world.written(label__c="L1", note__c="one")
        world.update(row, note__c="two")
        world.put_log(replace(world.waiting()[0], state="IGNORED"), product=False)
        self.assert_healthy(world)

    def test_a_read_only_table_that_users_wrote_to(self) -> None:
        mapping = replace(PART, read_write=False)
        world = World(mapping)
        world.loaded(Label__c="L1", Note__c="one")
        with world.transaction():
            world.update(1, note__c="ours")
            world.insert(label__c="L2")
        for change in world.waiting():
            world.put_log(replace(change, state="READONLY"), product=False)
        self.assert_healthy(world)

    def test_a_fault_that_is_told_and_a_machine_that_stands_still(self) -> None:
        world = World()
        world.loaded(Label__c="L1")
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

    def test_an_insert_that_takes_a_record_whose_deletion_was_given_up(self) -> None:
        world = World()
        row = world.written(label__c="L1", key__c="X")
        world.delete(row)
        world.put_log(replace(world.waiting()[0], state="IGNORED"), product=False)
        world.insert(label__c="L2", key__c="X")
        world.adopt(next(iter(world.org)), Label__c="L2")
        self.assert_healthy(world)

    def test_a_row_that_is_inserted_again_while_its_own_deletion_was_refused(self) -> None:
        world = World()
        record = world.loaded(Label__c="L1", Key__c="X")
        world.delete(1)
        world.record(world.waiting()[0], record, "FAILED", "ENTITY_IS_LOCKED: the entity is locked for editing")
        row = world.insert(label__c="L1", key__c="X")
        world.record(world.waiting()[0], None, "FAILED", "DUPLICATE_VALUE: the value X still belongs to another record")
        world._set("part__c", str(row), world.rows[("part__c", str(row))] | {"sfid": record, "_hc_lastop": "SYNCED", "_hc_err": None}, product=True, action="UPDATE")
        self.assert_healthy(world)

    def test_a_row_is_deleted_whose_own_trigger_kept_it_from_its_record(self) -> None:
        world = World()
        row = world.insert(label__c="L1", key__c="X")
        (change,) = world.waiting()
        record = world.send(change)
        message = "ROW_NOT_WRITABLE: Salesforce took the change, but its row could not be marked: the application refuses this"
        world.put_log(replace(world.log[change.id], state="FAILED", sfid=record, message=message), product=True)
        world.delete(row)
        world.poll()
        self.assert_healthy(world)

    MISSING = "INVALID_FIELD: Foreign key external ID: X not found for field Key__c in entity Part__c"

    def test_a_child_fails_for_a_parent_that_failed_and_was_mended_with_another_key(self) -> None:
        world = World()
        row = world.insert(label__c="L1", key__c="X")
        world.insert(label__c="L2", parent__r__key__c="X")
        parent, child = world.waiting()
        world.record(parent, None, "FAILED", "REQUIRED_FIELD_MISSING: no")
        world.record(child, None, "FAILED", self.MISSING)
        world.update(row, key__c="Y")
        (mended,) = world.waiting()
        record = world.make(who="client", Label__c="L1", Key__c="Y")
        world.record(parent, record)
        world.put_log(replace(world.log[mended.id], state="MERGED", sfid=record), product=True)
        self.assert_healthy(world)

    def test_a_child_fails_for_a_parent_that_failed_before_it_and_was_mended_after_it(self) -> None:
        world = World()
        row = world.insert(label__c="L1", color__c="forbidden", key__c="X")
        (parent,) = world.waiting()
        world.record(parent, None, "FAILED", "FIELD_CUSTOM_VALIDATION_EXCEPTION: no")
        world.insert(label__c="L2", parent__r__key__c="X")
        (child,) = world.waiting()
        world.record(child, None, "FAILED", self.MISSING)
        world.update(row, color__c="red")
        (mended,) = world.waiting()
        record = world.make(who="client", Label__c="L1", Color__c="red", Key__c="X")
        world.record(parent, record)
        world.put_log(replace(world.log[mended.id], state="MERGED", sfid=record), product=True)
        world.poll()
        self.assert_healthy(world)

    def test_a_child_fails_for_a_parent_whose_transaction_is_committed_later(self) -> None:
        world = World()
        world.insert(label__c="L1", key__c="X")
        places = range(len(world.evidence.row_changes) - 2, len(world.evidence.row_changes))
        world.insert(label__c="L2", parent__r__key__c="X")
        parent, child = world.waiting()
        world.record(child, None, "FAILED", self.MISSING)
        world.step()
        for place in places:
            world.evidence.row_changes[place] = replace(world.evidence.row_changes[place], committed=world.now)
        world.record(parent, world.send(parent))
        world.poll()
        self.assert_healthy(world)

    def test_a_child_fails_for_a_parent_that_was_deleted_before_its_own_transaction_was_committed(self) -> None:
        world = World()
        row = world.insert(label__c="L1", key__c="X")
        (parent,) = world.waiting()
        world.record(parent, world.send(parent))
        world.poll()
        world.insert(label__c="L2", parent__r__key__c="X")
        places = range(len(world.evidence.row_changes) - 2, len(world.evidence.row_changes))
        (child,) = world.waiting()
        world.delete(row)
        deletion = world.waiting()[-1]
        world.record(deletion, world.send(deletion))
        world.step()
        for place in places:
            world.evidence.row_changes[place] = replace(world.evidence.row_changes[place], committed=world.now)
        world.record(child, None, "FAILED", self.MISSING)
        world.poll()
        self.assert_healthy(world)

    def _restored(self) -> tuple[World, str, str]:
        """Two records that have each other's keys, and their rows as they were before that, which wait."""
        world = World()
        one, two = world.loaded(Label__c="L1", Key__c="Y"), world.loaded(Label__c="L2", Key__c="X")
        world.truncate(silently=True)
        world.insert(sfid=one, label__c="L1", key__c="X")
        world.insert(sfid=two, label__c="L2", key__c="Y")
        return world, one, two

    def test_records_that_have_the_keys_of_each_other_of_which_one_is_cleared_first(self) -> None:
        world, one, two = self._restored()
        first, second = world.waiting()
        world.edit(two, who="client", Key__c=None)
        world.edit(one, who="client", Key__c="X")
        world.record(first, one)
        world.edit(two, who="client", Key__c="Y")
        world.record(second, two)
        world.poll()
        self.assert_healthy(world)

    def test_a_record_is_cleared_of_a_key_that_no_other_gets(self) -> None:
        world, one, two = self._restored()
        first, second = world.waiting()
        world.edit(two, who="client", Key__c=None)
        world.record(first, None, "FAILED", "FIELD_CUSTOM_VALIDATION_EXCEPTION: no")
        world.edit(two, who="client", Key__c="Z")
        world.edit(two, who="client", Key__c="Y")
        world.record(second, two)
        self.assert_found(world, "echo", "Key__c=None was written")

    def test_a_child_that_failed_for_itself_at_first_finds_the_key_given_up_when_it_is_tried_again(self) -> None:
        world = World()
        row = world.insert(label__c="L1", key__c="X")
        world.insert(label__c="L2", parent__r__key__c="X")
        parent, child = world.waiting()
        world.record(parent, world.send(parent))
        world.record(child, None, "FAILED", "FIELD_CUSTOM_VALIDATION_EXCEPTION: no")
        world.update(row, key__c="Y")
        (release,) = world.waiting()
        world.record(release, world.send(release))
        world.put_log(replace(world.log[child.id], state="PENDING"), product=True)
        world.record(child, None, "FAILED", self.MISSING)
        self.assert_healthy(world)

    def test_a_child_fails_for_a_restored_parent_that_the_org_has_deleted(self) -> None:
        world = World()
        old = world.loaded(Label__c="L1", Key__c="X")
        world.delete(1)
        world.write()
        world.insert(sfid=old, label__c="L1", key__c="X")
        (restored,) = world.waiting()
        record = world.make(who="client", Label__c="L1", Key__c="X")
        world.record(restored, record)
        world.insert(label__c="L2", parent__r__key__c="X")
        (child,) = world.waiting()
        world.remove(record)
        world.record(child, None, "FAILED", self.MISSING)
        world.poll()
        self.assert_healthy(world)


if __name__ == "__main__":
    unittest.main()
