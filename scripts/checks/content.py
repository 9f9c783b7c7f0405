"""The content of a mapped table, held against the org's: a hash over every row and column, computed by each side for itself.

The text that is hashed: rows sorted by Id, bytes compared; a row is its fields joined by U+001F and ended by U+001E; null is empty.
"""

import hashlib

from .database import Database


def column(field: str) -> str:
    """The column of a Salesforce field, quoted."""
    return '"sfid"' if field == "Id" else f'"{field.lower()}"'


def table_hash(database: Database, schema: str, object_name: str, fields: list[str]) -> tuple[int, str]:
    """Rows and hash of a mapped table."""
    texts = ", ".join(f"coalesce({column(field)}::text, '')" for field in fields)
    # As hexadecimal: COPY would escape backslashes and line breaks.
    sql = f"""SELECT encode(convert_to(concat_ws(E'\\x1f', {texts}), 'UTF8'), 'hex')
        FROM "{schema}"."{object_name.lower()}" ORDER BY sfid COLLATE "C" """
    digest = hashlib.sha256()
    rows = 0
    for line in database.stream(sql):
        digest.update(bytes.fromhex(line.decode("ascii").strip()))
        digest.update(b"\x1e")
        rows += 1
    return rows, digest.hexdigest()


def differing_columns(database: Database, schema: str, object_name: str, fields: list[str], org) -> list[str]:
    """Which columns differ, for the message of a failed comparison."""
    return [
        field for field in fields
        if field != "Id" and table_hash(database, schema, object_name, ["Id", field]) != org.content_hash(object_name, ["Id", field])
    ]
