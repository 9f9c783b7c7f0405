"""Histories in which rows and records go and come back, and nothing is wrong."""

import unittest

from judge.evidence import Operation

from .history_case import HistoryCase
from .world import World


class HealthyReturns(HistoryCase):
    """No alarm."""

    def test_a_row_is_restored_with_its_id_and_its_record(self) -> None:
        world = World()
        first = world.written(label__c="L1", note__c="one")
        old = world.rows[("part__c", str(first))]["sfid"]
        with world.transaction():
            world.delete(first)
            world.written(id=first, label__c="L1", note__c="one", sfid=old)
        world.poll()
        self.assert_healthy(world)

    def test_a_record_that_was_undeleted_and_is_deleted_again(self) -> None:
        world = World()
        record = world.loaded(Label__c="L1")
        for _ in range(2):
            world.gone(record)
            world.back(record)
        world.gone(record)
        self.assert_healthy(world)

    def test_an_insert_that_takes_a_record_of_the_org(self) -> None:
        world = World()
        record = world.make(Label__c="L1", Key__c="X")
        world.insert(label__c="L2", key__c="X")
        world.adopt(record, Label__c="L2")
        self.assert_healthy(world)

    def test_a_record_that_comes_back_when_its_row_was_restored(self) -> None:
        world = World()
        record = world.loaded(Label__c="L1", Note__c="one")
        world.gone(record)
        world.written(label__c="L1", note__c="one")
        world.back(record)
        self.assert_healthy(world)

    def test_an_insert_that_takes_a_record_whose_row_went_with_its_table(self) -> None:
        world = World()
        record = world.loaded(Label__c="L1", Key__c="X")
        world.truncate()
        world.insert(label__c="L2", key__c="X")
        world.adopt(record, Label__c="L2")
        self.assert_healthy(world)

    def test_an_insert_that_takes_a_record_whose_row_comes_back_by_a_reload_before_it_is_sent(self) -> None:
        world = World()
        record = world.loaded(Label__c="L1", Key__c="X")
        world.truncate()
        world.insert(label__c="L2", key__c="X")
        world.truncate()
        world.evidence.operations.append(Operation(1, "person", "admin", "reload", "reload part__c", world.now + 1, world.now + 2, "committed", table="part__c"))
        world.step(3)
        world.poll()
        world.adopt(record, Label__c="L2")
        self.assert_healthy(world)

    def test_an_insert_that_takes_a_record_that_the_org_undeleted(self) -> None:
        world = World()
        row = world.written(label__c="L1", key__c="X")
        record = world.rows[("part__c", str(row))]["sfid"] or ""
        world.delete(row)
        world.write()
        world.undelete(record)
        world.insert(label__c="L2", key__c="X")
        world.adopt(record, Label__c="L2")
        self.assert_healthy(world)

    def test_a_restored_row_that_is_gone_before_it_learns_its_record(self) -> None:
        world = World()
        old = world.loaded(Label__c="L1", Note__c="one")
        world.gone(old)
        world.insert(label__c="L1", note__c="one", sfid=old)
        world.truncate()
        world.write()
        world.poll()
        self.assert_healthy(world)

    def test_a_table_that_is_emptied_is_brought_back_by_a_reload(self) -> None:
        world = World()
        world.loaded(Label__c="L1", Note__c="one")
        world.truncate()
        world.evidence.operations.append(Operation(1, "person", "admin", "reload", "reload part__c", world.now + 1, world.now + 2, "committed", table="part__c"))
        world.step(3)
        world.poll()
        self.assert_healthy(world)

    def test_a_table_that_is_emptied_and_not_reloaded_stays_so(self) -> None:
        world = World()
        world.loaded(Label__c="L1", Note__c="one")
        world.truncate()
        self.assert_healthy(world)

    def test_a_record_that_is_undeleted_comes_back(self) -> None:
        world = World()
        record = world.loaded(Label__c="L1")
        world.gone(record)
        world.back(record)
        self.assert_healthy(world)

    def test_readers_see_a_table_that_a_person_emptied_silently_fill_again(self) -> None:
        world = World()
        for label in ("L1", "L2"):
            world.loaded(Label__c=label)
        world.look()
        world.truncate(silently=True)
        world.look()
        world.evidence.operations.append(Operation(1, "person", "admin", "reload", "reload part__c", world.now + 1, world.now + 2, "committed", table="part__c"))
        world.step(3)
        world.poll()
        world.look()
        self.assert_healthy(world)

    def test_readers_see_rows_come_and_go_with_their_records(self) -> None:
        world = World()
        record = world.loaded(Label__c="L1")
        world.look()
        world.gone(record)
        world.look()
        world.back(record)
        world.look()
        self.assert_healthy(world)

    def test_a_table_that_is_emptied_and_filled_again_without_ids(self) -> None:
        world = World()
        world.written(label__c="L1", note__c="one")
        world.truncate()
        world.written(label__c="L1", note__c="one")
        world.poll()
        self.assert_healthy(world)

    def test_changes_of_a_restored_row_before_it_learns_its_record(self) -> None:
        world = World()
        old = world.loaded(Label__c="L1", Note__c="one")
        world.gone(old)
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

    def test_changes_of_a_row_that_a_backup_brings_back_while_its_insert_waits(self) -> None:
        world = World()
        old = world.loaded(Label__c="L1", Note__c="one")
        world.gone(old)
        row = world.insert(label__c="L1", note__c="one", sfid=old)
        place = ("part__c", str(row))
        backup = world.rows[place]
        world.truncate(silently=True)
        world._set(*place, backup | {"_hc_lastop": "SYNCED"}, product=True, action="INSERT")
        world.update(row, note__c="two")
        world.truncate(silently=True)
        insert, update = world.waiting()
        record = world.send(insert) or ""
        world.record(insert, record)
        world.edit(record, "client", Note__c="two")
        world.record(update, record)
        world.poll()
        self.assert_healthy(world)

    def test_an_insert_that_takes_the_record_that_a_restored_row_was_brought_with(self) -> None:
        world = World()
        old = world.loaded(Label__c="L1", Key__c="X")
        world.gone(old)
        row = world.insert(label__c="L1", key__c="X", sfid=old)
        world.write()
        world.update(row, key__c="Y")
        world.write()
        world.insert(label__c="L2", key__c="X")
        world.undelete(old)
        world.adopt(old, Label__c="L2")
        world.poll()
        self.assert_healthy(world)

    def test_a_value_that_was_written_again_later_is_not_the_one_confirmed_first(self) -> None:
        world = World()
        record = world.loaded(Label__c="L1", Note__c="one")
        place = next(place for place, row in world.rows.items() if row["sfid"] == record)
        # A change that says what the record had already makes no version of it.
        with world.transaction():
            world.update(int(place[1]), note__c="other")
            world.update(int(place[1]), note__c="one")
        world.write()
        world.edit(record, Note__c="two")
        world.poll()
        world.update(int(place[1]), note__c="one")
        world.write()
        world.poll()
        self.assert_healthy(world)

    def test_a_value_whose_record_comes_back_after_its_row_gave_it_up(self) -> None:
        world = World()
        first, second = world.written(label__c="L1", key__c="X"), world.written(label__c="L2")
        record = world.rows[("part__c", str(first))]["sfid"]
        world.delete(first)
        world.write()
        world.undelete(record)
        world.update(second, key__c="X")
        world.record(world.waiting()[0], None, "FAILED", "DUPLICATE_VALUE: duplicate value found: Key__c duplicates value on record")
        world.update(second, key__c="Y")
        world.write()
        world.poll()
        self.assert_healthy(world)


if __name__ == "__main__":
    unittest.main()
