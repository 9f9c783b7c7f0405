"""Salesforce's own normal forms: when a text of Postgres and a value of the org say the same."""

import math
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal

from .evidence import FieldSpec

NUMBERS = {"double", "currency", "percent", "int", "long"}
IDS = {"id", "reference"}


def key(salesforce_id: str | None) -> str | None:
    """An id as it is compared: its first 15 characters."""
    return salesforce_id[:15] if salesforce_id else None


def same(spec: FieldSpec, left: str | None, right: str | None) -> bool:
    """Whether two texts, of whichever side, are one value of the field."""
    return _value(spec, left) == _value(spec, right)


def takes(spec: FieldSpec, written: str | None, held: str | None) -> bool:
    """Whether a field that was given `written` holds `held` afterwards: trimmed, rounded to its scale, without milliseconds."""
    left, right = _saved(spec, written), _saved(spec, held)
    if isinstance(left, float) and isinstance(right, float):
        return left == right or right in _rounded(left, spec)
    return left == right


def _value(spec: FieldSpec, text: str | None) -> object:
    if text is None:
        return False if spec.type == "boolean" else None
    try:
        return _typed(spec.type, text)
    except ValueError:
        return text


def _typed(kind: str, text: str) -> object:
    if kind in IDS:
        return key(text.strip()) or None
    if kind == "boolean":
        return text.lower() in ("t", "true", "1", "yes")
    if kind in NUMBERS:
        # Both sides keep doubles, and print them with more or fewer digits.
        return float(text) if text.strip() else None
    if kind == "date":
        return text[:10]
    if kind == "datetime":
        return _moment(text)
    if kind == "time":
        return text.rstrip("Z").partition("+")[0].split(".")[0]
    # A text of Postgres cannot hold NUL.
    return text.replace("\x00", "") or None


def _moment(text: str) -> datetime:
    text = text.replace(" ", "T").replace("Z", "+00:00")
    if text[-5:-4] in "+-" and text[-3] != ":":
        text = f"{text[:-2]}:{text[-2:]}"
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _saved(spec: FieldSpec, text: str | None) -> object:
    value = _value(spec, text)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, float):
        # No number equals itself otherwise.
        return str(value) if value != value else value
    if isinstance(value, datetime):
        return value.replace(microsecond=0)
    if spec.type == "multipicklist":
        return frozenset(part.strip() for part in str(value).split(";") if part.strip())
    return str(value).replace("\r\n", "\n").strip() or None


def _rounded(value: float, spec: FieldSpec) -> tuple[float, ...]:
    """To the field's scale, half up: of the decimal as it is written, or of the double, which may lie on the other side of the half."""
    scale = 0 if spec.type in ("int", "long") else spec.scale
    if scale is None or math.isinf(value) or abs(value) * 10**scale >= 9e15:
        return (value,)
    power = 10.0**scale
    double = math.copysign(math.floor(abs(value) * power + 0.5) / power, value)
    return (float(Decimal(repr(value)).quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP)), double)
