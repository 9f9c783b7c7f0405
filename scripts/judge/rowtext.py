"""Rows as evidence has them: every column as the text that Postgres wrote, booleans as t and f."""

import json


def row_text(text: str) -> dict[str, str | None]:
    """The columns of a row that to_json made, numbers digit for digit."""
    row = json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    return {name: "t" if value is True else "f" if value is False else value for name, value in row.items()}
