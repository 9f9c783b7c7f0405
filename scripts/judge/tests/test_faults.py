"""A history for each kind of fault: the checker finds it."""

import unittest
from dataclasses import replace

from judge.evidence import LogRow

from .world import World


class FaultyHistories(unittest.TestCase):
    """One alarm at the least, of the right kind, with proof."""

    def assert_found(self, world: World, invariant: str, words: str = "") -> None:
        alarms = world.alarms()
        found = [alarm for alarm in alarms if alarm.invariant == invariant and words in alarm.what]
        self.assertTrue(found, f"no {invariant} with {words!r} in {[str(alarm) for alarm in alarms]}")

    # MARK: changes

    def test_a_change_is_ticked_off_and_never_sent(self) -> None:
        world = World()
        row = world.insert(label__c="L1", note__c="one")
        world.write()
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
        row = world.insert(label__c="L1")
        world.write()
        world.delete(row)
        (change,) = world.waiting()
        world.record(change, change.sfid)
        self.assert_found(world, "lost change", "a deletion is SUCCESS")

    def test_a_parent_that_was_cleared_is_ignored(self) -> None:
        world = World()
        world.insert(label__c="L1", key__c="X")
        child = world.insert(label__c="L2", parent__r__key__c="X")
        world.write()
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
        world.insert(label__c="L1")
        world.write()
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
        row = world.insert(label__c="L1")
        world.write()
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
        first = world.insert(label__c="L1", key__c="X")
        world.write()
        with world.transaction():
            world.update(first, key__c="Y")
            world.insert(label__c="L2", key__c="X")
        release, take = world.waiting()
        world.record(take, None, "FAILED", "DUPLICATE_VALUE: duplicate value found: Key__c duplicates value on record")
        world.record(release, world.send(release))
        self.assert_found(world, "needless", "which changes before it give up")

    def test_a_value_arrives_after_a_later_one(self) -> None:
        world = World()
        row = world.insert(label__c="L1", note__c="one")
        world.write()
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

    # MARK: records

    def test_a_row_takes_the_record_of_one_that_gave_up_its_value(self) -> None:
        world = World()
        first = world.insert(label__c="L1", key__c="X")
        world.write()
        with world.transaction():
            world.update(first, key__c="Y")
            world.insert(label__c="L2", key__c="X")
        release, take = world.waiting()
        record = release.sfid or ""
        world.edit(record, "client", Label__c="L2", Key__c="X")
        with world.transaction():
            world.put_log(replace(take, state="SUCCESS", sfid=record), product=True)
        world.record(release, world.send(release))
        self.assert_found(world, "doubled", "which lived on")

    def test_a_records_label_is_overwritten(self) -> None:
        world = World()
        row = world.insert(label__c="L1")
        world.write()
        record = world.rows[("part__c", str(row))]["sfid"] or ""
        world.edit(record, "client", Label__c="L2")
        self.assert_found(world, "misdirected", "overwritten")

    def test_a_row_goes_with_the_record_of_the_row_before_it(self) -> None:
        world = World()
        first = world.insert(label__c="L1", key__c="X")
        world.write()
        with world.transaction():
            world.delete(first)
            second = world.insert(label__c="L2", key__c="X")
        deletion, insert = world.waiting()
        record = deletion.sfid or ""
        world.edit(record, "client", Label__c="L2")
        world.record(insert, record)
        world.remove(record, "client")
        world.record(deletion, record)
        world._set("part__c", str(second), None, product=True, action="DELETE")
        self.assert_found(world, "vanished", "meant for an earlier row")

    def test_an_insert_makes_two_records(self) -> None:
        world = World()
        world.insert(table="leaf__c", label__c="L1")
        (change,) = world.waiting()
        world.send(change)
        world.record(change, world.send(change))
        world.poll()
        self.assert_found(world, "doubled", "no insert is about it")
        self.assert_found(world, "doubled", "2 records have the label")

    def test_a_record_is_deleted_that_nobody_deleted(self) -> None:
        world = World()
        row = world.insert(label__c="L1")
        world.write()
        world.remove(world.rows[("part__c", str(row))]["sfid"] or "", "client")
        world.poll()
        self.assert_found(world, "vanished", "nobody deleted its row")

    def test_a_change_goes_to_another_record(self) -> None:
        world = World()
        first, second = world.insert(label__c="L1"), world.insert(label__c="L2")
        world.write()
        world.update(first, note__c="two")
        (change,) = world.waiting()
        other = world.rows[("part__c", str(second))]["sfid"] or ""
        world.edit(other, "client", Note__c="two")
        world.put_log(replace(change, state="SUCCESS", sfid=other), product=True)
        self.assert_found(world, "misdirected", "was written to the record")

    # MARK: echoes

    def test_what_was_read_is_sent_back(self) -> None:
        world = World()
        record = world.make(Label__c="L1", Note__c="one")
        world.poll()
        world.edit(record, "client", Note__c="one")
        self.assert_found(world, "echo", "nobody wrote to its row")

    def test_a_value_is_sent_that_nobody_wrote(self) -> None:
        world = World()
        row = world.insert(label__c="L1", note__c="one")
        world.write()
        world.edit(world.rows[("part__c", str(row))]["sfid"] or "", "client", Note__c="two")
        world.poll()
        self.assert_found(world, "echo", "nobody wrote it to its row")

    def test_what_sluice_writes_is_captured(self) -> None:
        world = World()
        world.make(Label__c="L1")
        world.poll()
        world.put_log(LogRow(1, False, "part__c", "INSERT", 1, None, "SUCCESS", '"label__c"=>"L1"', None, world.txid, None), product=True)
        self.assert_found(world, "echo", "captured")

    # MARK: rows

    def test_a_row_misses_an_edit(self) -> None:
        world = World()
        record = world.make(Label__c="L1", Note__c="one")
        world.poll()
        world.edit(record, Note__c="two")
        self.assert_found(world, "equal", "note__c is 'one'")

    def test_a_record_has_no_row(self) -> None:
        world = World()
        world.make(Label__c="L1")
        self.assert_found(world, "equal", "has no row")

    def test_a_row_outlives_its_record(self) -> None:
        world = World()
        record = world.make(Label__c="L1")
        world.poll()
        world.remove(record)
        self.assert_found(world, "equal", "is deleted in the org")

    def test_a_row_never_gets_its_record(self) -> None:
        world = World()
        world.insert(label__c="L1")
        (change,) = world.waiting()
        record = world.send(change)
        world.put_log(replace(change, state="SUCCESS", sfid=record), product=True)
        self.assert_found(world, "lost change", "never got the id")

    def test_a_self_reference_says_the_records_own_value(self) -> None:
        world = World()
        parent = world.make(Label__c="L1", Key__c="X")
        child = world.make(Label__c="L2", Key__c="Y", Parent__c=parent)
        world.poll()
        place = next(place for place, row in world.rows.items() if row["sfid"] == child)
        world.rows[place]["parent__r__key__c"] = "Y"
        self.assert_found(world, "equal", "parent__r__key__c is 'Y'")

    def test_an_old_page_undoes_a_write(self) -> None:
        world = World()
        row = world.insert(label__c="L1", note__c="one")
        world.write()
        world.poll()
        world.update(row, note__c="two")
        world.write()
        place = ("part__c", str(row))
        world._set(*place, world.rows[place] | {"note__c": "one"}, product=True, action="UPDATE")
        world.poll()
        self.assert_found(world, "stale", "went back from 'two' to 'one'")

    def test_a_row_becomes_what_the_org_never_had(self) -> None:
        world = World()
        world.make(Label__c="L1", Note__c="one")
        world.poll()
        place = ("part__c", "1")
        world._set(*place, world.rows[place] | {"note__c": "zzz"}, product=True, action="UPDATE")
        self.assert_found(world, "stale", "never had")

    def test_an_old_page_revives_a_deleted_row(self) -> None:
        world = World()
        row = world.insert(label__c="L1", note__c="one")
        world.write()
        record = world.rows[("part__c", str(row))]["sfid"] or ""
        world.delete(row)
        world.write()
        world.step(5)
        world.merge(("part__c", ""), record, world.org[record][1])
        world.poll()
        self.assert_found(world, "stale", "came back")

    def test_a_waiting_value_is_overwritten(self) -> None:
        world = World()
        record = world.make(Label__c="L1", Note__c="one")
        world.poll()
        world.update(1, note__c="ours")
        world.edit(record, Note__c="theirs")
        world.poll()
        world.write()
        world.poll()
        self.assert_found(world, "overwritten")

    def test_a_row_is_taken_whose_record_was_undeleted_before_it(self) -> None:
        world = World()
        record = world.make(Label__c="L1")
        world.poll()
        world.remove(record)
        world.poll()
        world.undelete(record)
        world.poll()
        world._set("part__c", "2", None, product=True, action="DELETE")
        world.poll()
        self.assert_found(world, "vanished", "its record lived")

    def test_a_row_is_taken_whose_record_lives(self) -> None:
        world = World()
        world.make(Label__c="L1", Note__c="one")
        world.poll()
        world._set("part__c", "1", None, product=True, action="DELETE")
        world.poll()
        self.assert_found(world, "vanished", "its record lived")

    def test_an_undelete_costs_the_row_its_id(self) -> None:
        world = World()
        record = world.make(Label__c="L1")
        world.poll()
        world.remove(record)
        world.undelete(record)
        world.step(60)
        world._set("part__c", "1", None, product=True, action="DELETE")
        world.poll()
        self.assert_found(world, "ids")

    def test_a_row_gets_another_id(self) -> None:
        world = World()
        world.make(Label__c="L1")
        world.poll()
        row = world.rows.pop(("part__c", "1"))
        world._note("part__c", "UPDATE", row, row | {"id": "77"}, product=True)
        world.rows[("part__c", "77")] = row | {"id": "77"}
        self.assert_found(world, "ids", "became 77")

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
