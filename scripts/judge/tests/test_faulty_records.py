"""Records, echoes and rows: a history for each kind of fault."""

import unittest
from dataclasses import replace

from judge.evidence import LogRow

from .history_case import HistoryCase
from .world import World


class FaultyRecords(HistoryCase):
    """One alarm at the least, of the right kind."""

    # MARK: records

    def test_a_row_takes_the_record_of_one_that_gave_up_its_value(self) -> None:
        world = World()
        first = world.written(label__c="L1", key__c="X")
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
        row = world.written(label__c="L1")
        record = world.rows[("part__c", str(row))]["sfid"] or ""
        world.edit(record, "client", Label__c="L2")
        self.assert_found(world, "misdirected", "overwritten")

    def test_a_row_goes_with_the_record_of_the_row_before_it(self) -> None:
        world = World()
        first = world.written(label__c="L1", key__c="X")
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

    def test_an_insert_that_failed_for_a_lost_answer_made_two_records(self) -> None:
        world = World()
        world.insert(table="leaf__c", label__c="L1")
        (change,) = world.waiting()
        for _ in range(2):
            world.send(change)
        world.record(change, None, "FAILED", "ANSWER_LOST: nothing tells for sure whether one of its records is this row's")
        world.poll()
        self.assert_found(world, "doubled", "no insert is about it")

    def test_an_insert_that_failed_for_another_reason_made_a_record(self) -> None:
        world = World()
        world.insert(table="leaf__c", label__c="L1")
        (change,) = world.waiting()
        world.send(change)
        world.record(change, None, "FAILED", "REQUIRED_FIELD_MISSING: Color__c")
        world.poll()
        self.assert_found(world, "doubled", "no insert is about it")

    def test_a_record_is_deleted_that_nobody_deleted(self) -> None:
        world = World()
        row = world.written(label__c="L1")
        world.remove(world.rows[("part__c", str(row))]["sfid"] or "", "client")
        world.poll()
        self.assert_found(world, "vanished", "nobody deleted its row")

    def test_a_change_goes_to_another_record(self) -> None:
        world = World()
        first, second = world.insert(label__c="L1"), world.written(label__c="L2")
        world.update(first, note__c="two")
        (change,) = world.waiting()
        other = world.rows[("part__c", str(second))]["sfid"] or ""
        world.edit(other, "client", Note__c="two")
        world.put_log(replace(change, state="SUCCESS", sfid=other), product=True)
        self.assert_found(world, "misdirected", "was written to the record")

    def test_a_change_of_a_row_that_a_backup_brings_back_goes_to_the_record_of_another_insert(self) -> None:
        world = World()
        old, other = world.loaded(Label__c="L1", Note__c="one"), world.loaded(Label__c="L2")
        world.gone(old)
        row = world.insert(label__c="L1", note__c="one", sfid=old)
        place = ("part__c", str(row))
        backup = world.rows[place]
        world.truncate(silently=True)
        world._set(*place, backup | {"_hc_lastop": "SYNCED", "sfid": other, "label__c": "L2"}, product=True, action="INSERT")
        world.update(row, note__c="two")
        insert, update = world.waiting()
        record = world.send(insert) or ""
        world.put_log(replace(insert, state="SUCCESS", sfid=record), product=True)
        world.edit(record, "client", Note__c="two")
        world.put_log(replace(update, state="SUCCESS", sfid=record), product=True)
        self.assert_found(world, "misdirected", "was written to the record")

    def test_an_insert_overwrites_another_rows_record_and_is_called_failed(self) -> None:
        world = World()
        record = world.loaded(Label__c="L1", Key__c="X")
        world.insert(label__c="L2", key__c="X")
        (insert,) = world.waiting()
        world.edit(record, "client", Label__c="L2")
        world.record(insert, None, "FAILED", f"DUPLICATE_VALUE: the record {record} with this key__c belongs to the row with id 1")
        self.assert_found(world, "misdirected", "by an insert that is called FAILED")

    # MARK: echoes

    def test_what_was_read_is_sent_back(self) -> None:
        world = World()
        record = world.loaded(Label__c="L1", Note__c="one")
        world.edit(record, "client", Note__c="one")
        self.assert_found(world, "echo", "nobody wrote to its row")

    def test_a_value_is_sent_that_nobody_wrote(self) -> None:
        world = World()
        row = world.written(label__c="L1", note__c="one")
        world.edit(world.rows[("part__c", str(row))]["sfid"] or "", "client", Note__c="two")
        world.poll()
        self.assert_found(world, "echo", "nobody wrote it to its row")

    def test_what_sluice_writes_is_captured(self) -> None:
        world = World()
        world.loaded(Label__c="L1")
        world.put_log(LogRow(1, False, "part__c", "INSERT", 1, None, "SUCCESS", '"label__c"=>"L1"', None, world.txid, None), product=True)
        self.assert_found(world, "echo", "captured")

    def test_sluice_gives_a_record_a_parent_that_its_insert_does_not_name(self) -> None:
        world = World()
        row = world.written(label__c="L1", key__c="K")
        values = '"parent__r__key__c"=>"K"'
        world.put_log(LogRow(len(world.log) + 1, False, "part__c", "UPDATE", row, None, "NEW", values, None, world.txid, None), product=True)
        self.assert_found(world, "echo", "captured")

    def test_sluice_gives_a_record_once_more_a_parent_that_was_there(self) -> None:
        world = World()
        world.loaded(Label__c="L1", Key__c="K")
        row = world.written(label__c="L2")
        world.update(row, note__c="n", parent__r__key__c="K")
        world.write()
        values = '"parent__r__key__c"=>"K"'
        world.put_log(LogRow(len(world.log) + 1, False, "part__c", "UPDATE", row, None, "NEW", values, None, world.txid, None), product=True)
        self.assert_found(world, "echo", "captured")

    # MARK: rows

    def test_a_row_misses_an_edit(self) -> None:
        world = World()
        record = world.loaded(Label__c="L1", Note__c="one")
        world.edit(record, Note__c="two")
        self.assert_found(world, "equal", "note__c is 'one'")

    def test_a_record_has_no_row(self) -> None:
        world = World()
        world.make(Label__c="L1")
        self.assert_found(world, "equal", "has no row")

    def test_a_row_outlives_its_record(self) -> None:
        world = World()
        record = world.loaded(Label__c="L1")
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
        child = world.loaded(Label__c="L2", Key__c="Y", Parent__c=parent)
        place = next(place for place, row in world.rows.items() if row["sfid"] == child)
        world.rows[place]["parent__r__key__c"] = "Y"
        self.assert_found(world, "equal", "parent__r__key__c is 'Y'")

    def test_an_old_page_undoes_a_write(self) -> None:
        world = World()
        row = world.written(label__c="L1", note__c="one")
        world.poll()
        world.update(row, note__c="two")
        world.write()
        place = ("part__c", str(row))
        world._set(*place, world.rows[place] | {"note__c": "one"}, product=True, action="UPDATE")
        world.poll()
        self.assert_found(world, "stale", "went back from 'two' to 'one'")

    def test_a_row_becomes_what_the_org_never_had(self) -> None:
        world = World()
        world.loaded(Label__c="L1", Note__c="one")
        place = ("part__c", "1")
        world._set(*place, world.rows[place] | {"note__c": "zzz"}, product=True, action="UPDATE")
        self.assert_found(world, "stale", "never had")

    def test_a_row_is_doubled_whose_earlier_record_came_back_and_was_deleted_twice(self) -> None:
        world = World()
        row = world.written(label__c="L1")
        record = world.rows[("part__c", str(row))]["sfid"] or ""
        world.delete(row)
        world.write()
        world.undelete(record)
        world.poll()
        world.delete(next(int(id) for (_, id), row in world.rows.items() if row["sfid"] == record))
        world.write()
        world.insert(label__c="L1")
        world.send(world.waiting()[0])
        world.write()
        world.poll()
        self.assert_found(world, "doubled", "2 records have the label")

    def test_an_old_page_revives_a_deleted_row(self) -> None:
        world = World()
        row = world.written(label__c="L1", note__c="one")
        record = world.rows[("part__c", str(row))]["sfid"] or ""
        world.delete(row)
        world.write()
        world.step(5)
        world.merge(("part__c", ""), record, world.org[record][1])
        world.poll()
        self.assert_found(world, "stale", "came back")

    def test_a_waiting_value_is_overwritten(self) -> None:
        world = World()
        record = world.loaded(Label__c="L1", Note__c="one")
        world.update(1, note__c="ours")
        world.edit(record, Note__c="theirs")
        world.poll()
        world.write()
        world.poll()
        self.assert_found(world, "overwritten")

    def test_a_row_is_taken_whose_record_was_undeleted_before_it(self) -> None:
        world = World()
        record = world.loaded(Label__c="L1")
        world.gone(record)
        world.back(record)
        world._set("part__c", "2", None, product=True, action="DELETE")
        world.poll()
        self.assert_found(world, "vanished", "its record lived")

    def test_a_row_is_taken_whose_record_lives(self) -> None:
        world = World()
        world.loaded(Label__c="L1", Note__c="one")
        world._set("part__c", "1", None, product=True, action="DELETE")
        world.poll()
        self.assert_found(world, "vanished", "its record lived")

    def test_an_undelete_costs_the_row_its_id(self) -> None:
        world = World()
        record = world.loaded(Label__c="L1")
        world.remove(record)
        world.undelete(record)
        world.step(60)
        world._set("part__c", "1", None, product=True, action="DELETE")
        world.poll()
        self.assert_found(world, "ids")

    def test_a_row_gets_another_id(self) -> None:
        world = World()
        world.loaded(Label__c="L1")
        row = world.rows.pop(("part__c", "1"))
        world._note("part__c", "UPDATE", row, row | {"id": "77"}, product=True)
        world.rows[("part__c", "77")] = row | {"id": "77"}
        self.assert_found(world, "ids", "became 77")


if __name__ == "__main__":
    unittest.main()
