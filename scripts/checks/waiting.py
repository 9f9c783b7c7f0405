"""Waiting for conditions, with an error that says what did not happen."""

import time
from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")


class NotInTime(Exception):
    """A condition did not come true in the time it was given."""


def wait_for(
    what: str, timeout: float, condition: Callable[[], Value], pause: float = 0.1, clock: Callable[[], float] = time.monotonic,
) -> Value:
    """Returns the first true value of the condition."""
    deadline = clock() + timeout
    while True:
        value = condition()
        if value:
            return value
        if clock() > deadline:
            raise NotInTime(f"{what}: not within {timeout:g} s")
        time.sleep(pause)
