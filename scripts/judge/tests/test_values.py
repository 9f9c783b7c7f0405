"""Texts of both sides: what is the same, what a field holds after a write, and how evidence is read."""

import io
import json
import tempfile
import unittest
from pathlib import Path

from judge import audit, hstore, org_history
from judge.evidence import Evidence, FieldSpec, Notice, Operation
from judge.evidence_lines import read, write
from judge.normal import key, same, takes

from .world import PART

SAME = (
    ("string", "one", "one", True), ("string", "", None, True), ("string", "one ", "one", False), ("string", "a\x00b", "ab", True),
    ("boolean", "t", "true", True), ("boolean", "f", None, True), ("boolean", "t", "false", False),
    ("double", "950000000", "9.5E8", True), ("double", "1.50", "1.5", True), ("double", "1.5", "1.25", False), ("int", "5", "5.0", True),
    ("date", "2026-01-31", "2026-01-31", True), ("date", "2026-01-31T00:00:00", "2026-01-31", True),
    ("datetime", "2026-01-31T12:00:00", "2026-01-31T12:00:00.000+0000", True), ("datetime", "2026-01-31 12:00:00", "2026-01-31T12:00:00.000Z", True),
    ("datetime", "2026-01-31T12:00:00.5", "2026-01-31T12:00:00.000Z", False), ("datetime", "infinity", "infinity", True),
    ("time", "10:22:00", "10:22:00.000Z", True), ("reference", "a00000000000001AAA", "a00000000000001", True),
    ("reference", "a00000000000001AAA", "a00000000000002AAA", False), ("double", "many", "many", True),
)
TAKES = (
    ("string", None, " one ", "one", True), ("string", None, "  ", None, True), ("textarea", None, "a\r\nb", "a\nb", True),
    ("double", 2, "2.345", "2.35", True), ("double", 2, "-2.345", "-2.35", True), ("double", 2, "2.345", "2.34", False), ("int", None, "2.5", "3", True),
    ("double", 2, "1.005", "1.0", True), ("double", 2, "1.005", "1.01", True), ("double", 2, "1e300", "1e300", True),
    ("double", None, "1.005", "1.01", False), ("double", 2, "NaN", "NaN", True), ("datetime", None, "2026-01-31T12:00:00.999", "2026-01-31T12:00:00.000Z", True),
    ("multipicklist", None, "B;A", "A;B", True), ("boolean", None, None, "false", True),
)


class Values(unittest.TestCase):
    """One line a case."""

    def test_same(self) -> None:
        for kind, left, right, expected in SAME:
            with self.subTest(kind=kind, left=left, right=right):
                self.assertEqual(same(FieldSpec("F", "f", kind), left, right), expected)

    def test_takes(self) -> None:
        for kind, scale, written, held, expected in TAKES:
            with self.subTest(kind=kind, written=written, held=held):
                self.assertEqual(takes(FieldSpec("F", "f", kind, scale=scale), written, held), expected)

    def test_key(self) -> None:
        self.assertEqual([key("a00000000000001AAA"), key("a00000000000001"), key(None), key("")], ["a00000000000001", "a00000000000001", None, None])

    def test_hstore(self) -> None:
        for text, values in (
            ("", {}), ('"a"=>"1"', {"a": "1"}), ('"a"=>NULL, "b"=>"NULL"', {"a": None, "b": "NULL"}),
            (r'"a"=>"say \"x\" \\ , =>"', {"a": 'say "x" \\ , =>'}), ("a=>1,b=>2", {"a": "1", "b": "2"}), ('"a" => "1" , "b"=>""', {"a": "1", "b": ""}),
        ):
            with self.subTest(text=text):
                self.assertEqual(hstore.parse(text), values)
        for text in ("no hstore", '"a"=>', '"a"=>"1" "b"=>"2"', '"a'):
            with self.subTest(text=text), self.assertRaises(hstore.Malformed):
                hstore.parse(text)


class Reading(unittest.TestCase):
    """What is written down comes back."""

    def test_evidence_in_a_file(self) -> None:
        evidence = Evidence(
            seed="3/1", mappings=[PART], operations=[Operation(1, "a", "org", "update", "PATCH …", 1.5, 2.5, "committed", ids=("x",))],
            notices=[Notice(3.0, "mapping-error", "no")], restless=["2 changes wait"])
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory) / "evidence.jsonl"
            write(evidence, path)
            self.assertEqual(read(io.StringIO(path.read_text(encoding="utf-8"))), evidence)

    def test_the_audit(self) -> None:
        line = json.dumps([7, 812, 12.5, 12.75, True, 1, "part__c", "UPDATE", {"id": 1, "flag": False}, {"id": 1, "flag": True}, "psql"])
        (change,) = audit.changes([line])
        self.assertEqual((change.number, change.txid, change.at, change.committed, change.product), (7, 812, 12.5, 12.75, True))
        self.assertEqual((change.old, change.new), ({"id": "1", "flag": "f"}, {"id": "1", "flag": "t"}))

    def test_the_history_of_the_org(self) -> None:
        def entry(**more: object) -> dict:
            return {
                "seq": 4, "transaction": 2, "committed": 175, "at": 100.25, "stamp": "", "object": "Part__c", "id": "a00", "operation": "update", "system": False,
                "silent": False, "origin": "com/salesforce/api/rest/60.0", "changes": {"Amount__c": [None, 1.5], "Flag__c": [True, False]}} | more

        (change,) = org_history.changes([entry()])
        self.assertEqual((change.who, change.action, change.visible), ("client", "update", 100.25))
        self.assertEqual((change.before, change.fields), ({"Amount__c": None, "Flag__c": "true"}, {"Amount__c": "1.5", "Flag__c": "false"}))
        for more, who in (
            ({"origin": "com/salesforce/api/rest/60.0;client=judge"}, "actor"), ({"origin": "sandbox"}, "actor"), ({"origin": ""}, "org"), ({"system": True}, "org"),
        ):
            self.assertEqual(org_history.changes([entry(**more)])[0].who, who)
        self.assertEqual(org_history.changes([entry(operation="purge")])[0].action, "hard_delete")


if __name__ == "__main__":
    unittest.main()
