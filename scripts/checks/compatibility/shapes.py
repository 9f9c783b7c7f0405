"""Shapes of JSON, written down from what the real service answered: which keys, of which kinds."""

import re
from collections.abc import Callable
from typing import Any

Shape = Callable[[Any, str], list[str]]


def _kind(name: str, accepts: Callable[[Any], bool]) -> Shape:
    def check(value: Any, path: str) -> list[str]:
        return [] if accepts(value) else [f"{path}: {value!r} is no {name}"]

    return check


def _matches(name: str, pattern: str) -> Shape:
    compiled = re.compile(pattern)
    return _kind(name, lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None)


text = _kind("string", lambda value: isinstance(value, str))
flag = _kind("boolean", lambda value: isinstance(value, bool))
integer = _kind("whole number", lambda value: isinstance(value, int) and not isinstance(value, bool))
anything = _kind("value", lambda value: True)
uuid = _matches("uuid", r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# What Go's time.RFC3339 and JavaScript's Date take.
moment = _matches("time", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
spaced_moment = _matches("time with a space", r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?\+00:00")
absolute = _matches("absolute address", r"https?://[^/]+(/.*)?")
relative = _matches("relative address", r"/api/v3/.*")


def one_of(*values: Any) -> Shape:
    return _kind(f"one of {values}", lambda value: value in values)


def nullable(shape: Shape) -> Shape:
    return lambda value, path: [] if value is None else shape(value, path)


def array(shape: Shape) -> Shape:
    def check(value: Any, path: str) -> list[str]:
        if not isinstance(value, list):
            return [f"{path}: {value!r} is no array"]
        return [problem for index, item in enumerate(value) for problem in shape(item, f"{path}[{index}]")]

    return check


def mapping(shape: Shape) -> Shape:
    """An object with keys of any name."""

    def check(value: Any, path: str) -> list[str]:
        if not isinstance(value, dict):
            return [f"{path}: {value!r} is no object"]
        return [problem for key, item in value.items() for problem in shape(item, f"{path}.{key}")]

    return check


def record(keys: dict[str, Shape], optional: dict[str, Shape] | None = None) -> Shape:
    """An object that has at least these keys. More are no fault: clients pass over what they do not know."""
    optional = optional or {}

    def check(value: Any, path: str) -> list[str]:
        if not isinstance(value, dict):
            return [f"{path}: {value!r} is no object"]
        problems = [f"{path}.{key}: missing" for key in keys if key not in value]
        for key, shape in (keys | optional).items():
            if key in value:
                problems += shape(value[key], f"{path}.{key}")
        return problems

    return check


def problems(value: Any, shape: Shape) -> str:
    """What does not fit, on one line; empty when all does."""
    return "; ".join(shape(value, "")[:5])
