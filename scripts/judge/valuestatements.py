"""Values at the edges of every type, and beyond: what Salesforce rounds, trims or refuses."""

from .draw import Draw, literal
from .rowstatements import Statement, at, sql, values_of, where
from .shape import SCHEMA

_MAXIMUM_WHOLE = "999999999999999999"
# No halves of a last digit: which way they go is nobody's promise, binary as the numbers are.
EDGES: dict[str, tuple[str | None, ...]] = {
    "text__c": (
        "x" * 20, " led by a space", "ends with one ", "", "   ", "tab\tand \\N", "Zürich 東京 🚲", 'quote " and \'', "a,b;c", "<b>&amp;</b>", "=1+1",
        "NULL", "\\"),
    "long_text__c": ("line\nbreak", "line\r\nbreak", "x" * 32768, "", "🚲" * 300, '"=>"', "ends with a break\n"),
    "email__c": ("a@b.example", "A.B+c@d.example", ""),
    "pick__c": ("Red", "Blue", ""),
    "many__c": ("North", "North;South", "South;North", "West;East;North;South", ""),
    "checkbox__c": ("true", "false"),
    "whole__c": ("0", "-1", "123456789012345", "9007199254740993", "2.5", "-0"),
    "decimal__c": ("0.1", "0.123456", "-1234567890.654321", "1e-7", "0.30000000000000004", "1.0000006", "1e9"),
    "money__c": ("0.01", "0.006", "1.006", "2.674", "-99999999999.99", "1234567.891"),
    "percent__c": ("0", "100", "99.994", "-12.346"),
    "date__c": ("2024-02-29", "1700-01-01", "4000-12-31", "1582-10-10", "2000-01-01"),
    "date_time__c": (
        "2024-02-29 23:59:59", "1970-01-01 00:00:00", "2024-03-31 02:30:00", "1700-01-01 00:00:00", "2024-06-01 12:00:00.123456",
        "2024-06-01 12:00:00.999999"),
    "time__c": ("00:00:00", "23:59:59.999", "12:34:56.789", "24:00:00", "10:00"),
}
BEYOND: dict[str, tuple[str, ...]] = {
    "text__c": ("x" * 21,), "email__c": ("no address", "a@"), "pick__c": ("Purple",), "many__c": ("Up;Down",),
    "whole__c": ("NaN", "Infinity", "1e30", _MAXIMUM_WHOLE + "9"),
    "decimal__c": ("NaN", "-Infinity", "1e300", "12345678901.5"), "money__c": ("1e20",), "percent__c": ("12345",),
    "date__c": ("infinity", "0044-03-15 BC", "5874897-12-31", "1699-12-31", "4001-01-01"),
    "date_time__c": ("infinity", "-infinity", "4714-11-24 00:00:00 BC", "294276-12-31 23:59:59"),
    "time__c": (), "key__c": ("K" * 30, "k1", " K2"),
}
# What the sessions of applications are set to; everything else must not depend on it.
SETTINGS = (
    "SET datestyle = 'SQL, DMY'", "SET datestyle = 'German'", "SET datestyle = 'Postgres, MDY'", "SET intervalstyle = 'sql_standard'",
    "SET timezone = 'Asia/Kathmandu'", "SET timezone = 'America/New_York'", "SET extra_float_digits = 0", "SET extra_float_digits = -5",
    f"SET search_path = {SCHEMA}", "SET search_path = pg_catalog", f"SET search_path = keep, {SCHEMA}, public", "SET role = tenant", "SET bytea_output = 'escape'",
    "SET standard_conforming_strings = on", "SET lc_monetary = 'C'", "SET array_nulls = off",
)


def _values(draw: Draw, table: dict[str, tuple], count: int) -> dict[str, str | None]:
    chosen = draw.rng.sample([name for name in sorted(table) if table[name]], count)
    return {name: draw.rng.choice(table[name]) if draw.chance(95) else None for name in chosen}


def _say(value: str | None) -> str:
    """Texts with control characters as a person could type them; in the ISO form whatever DateStyle is."""
    if value is None or not any(character in value for character in "\n\r\t\\"):
        return literal(value)
    escaped = value.replace("\\", "\\\\").replace("'", "''").replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    return f"E'{escaped}'"


def edge_values(draw: Draw, table: dict[str, tuple] | None = None) -> list[Statement]:
    values = _values(draw, table or EDGES, draw.rng.choice((1, 1, 2, 4)))
    if draw.chance(45):
        row = values_of(draw, "Kind__c", draw.new_label("Kind__c"))
        return [sql(
            f"INSERT INTO {at('Kind__c')} ({', '.join([*row, *(name for name in values if name not in row)])}) VALUES "
            f"({', '.join([*map(literal, row.values()), *(_say(value) for name, value in values.items() if name not in row)])})")]
    return [sql(f"UPDATE {at('Kind__c')} SET {', '.join(f'{name} = {_say(value)}' for name, value in values.items())} {where(draw.label('Kind__c'))}")]


def beyond_edge(draw: Draw) -> list[Statement]:
    return edge_values(draw, {name: values for name, values in BEYOND.items() if values})


VALUES = {"edge values": edge_values, "beyond edge": beyond_edge}
