"""hstore's text, as the trigger log keeps it."""

import re

from .evidence import Values

_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|([^\s",=>]+)', re.S)


class Malformed(ValueError):
    """A text that no hstore prints."""


def parse(text: str) -> Values:
    """Keys and values; NULL without quotes is None."""
    values: Values = {}
    at = 0
    while text[at:].strip():
        name, at = _token(text, at)
        at = _expect(text, at, "=>")
        value, at = _token(text, at)
        values[name or ""] = value
        if not text[at:].strip():
            break
        at = _expect(text, at, ",")
    return values


def _expect(text: str, at: int, symbol: str) -> int:
    at += len(text[at:]) - len(text[at:].lstrip())
    if not text.startswith(symbol, at):
        raise Malformed(f"expected {symbol} at {at}")
    return at + len(symbol)


def _token(text: str, at: int) -> tuple[str | None, int]:
    at += len(text[at:]) - len(text[at:].lstrip())
    match = _TOKEN.match(text, at)
    if not match:
        raise Malformed(f"expected a key or a value at {at}")
    if match.group(2) is not None:
        bare = match.group(2)
        return (None if bare.upper() == "NULL" else bare), match.end()
    return re.sub(r"\\(.)", r"\1", match.group(1), flags=re.S), match.end()
