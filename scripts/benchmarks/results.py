"""Figures, as people read them and as one JSON object a line; and which of them miss their bar."""

import json
import sys
from dataclasses import asdict, dataclass


@dataclass
class Figure:
    """One measurement and what it is held against."""

    bench: str
    metric: str
    value: float
    unit: str
    against: str | None = None
    against_value: float | None = None
    ratio: float | None = None


class Results:
    """Prints figures as they come and keeps them for the file."""

    def __init__(self, bench: str, path: str | None) -> None:
        self.bench = bench
        self.path = path
        self.figures: list[Figure] = []
        # What falls short, in words.
        self.missed: list[str] = []

    def add(
            self, metric: str, value: float, unit: str, against: dict[str, float] | None = None, *, bars: dict[str, float] | None = None,
            bar: float | None = None) -> None:
        """One line, with the ratio to each thing it is held against; one JSON object for each of them.

        `bars` are the ratios that are asked for, `bar` is a value that is: a rate must reach it, anything else must not exceed it.
        """
        held = dict(against or {})
        asked = dict(bars or {})
        if bar is not None:
            held["bar"], asked["bar"] = bar, 1.0
        for name, other in held.items():
            self._keep(Figure(self.bench, metric, value, unit, name, other, value / other if other else None))
        if not held:
            self._keep(Figure(self.bench, metric, value, unit))
        parts = [self._beside(metric, value, unit, name, other, asked.get(name)) for name, other in held.items()]
        print(f"  {metric:<28} {number(value):>12} {unit:<10}{''.join(parts)}", flush=True)

    def _beside(self, metric: str, value: float, unit: str, name: str, other: float, asked: float | None) -> str:
        """The comparison with one thing; notes what is missed."""
        is_rate = unit.endswith("/s")
        if asked is not None and (value < asked * other if is_rate else value > asked * other):
            wanted = f"{'at least' if is_rate else 'at most'} {number(asked * other)}"
            self.missed.append(f"{metric} is {number(value)} {unit}, wanted {wanted}" + ("" if name == "bar" else f", {number(asked)} of {name}"))
        ratio = f"{value / other:.2f} of {name} {number(other)}" if other else f"{name} {number(other)}"
        return f"   {ratio}" + (f" (bar {number(asked)})" if asked is not None and name != "bar" else "")

    def _keep(self, figure: Figure) -> None:
        self.figures.append(figure)
        if self.path:
            # At once, so that a run that is stopped leaves what it found.
            with open(self.path, "a", encoding="utf-8") as file:
                file.write(json.dumps({key: rounded(value) for key, value in asdict(figure).items()}) + "\n")


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def rounded(value: object) -> object:
    return round(value, 4) if isinstance(value, float) else value


def number(value: float) -> str:
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.3g}"


def say(text: str) -> None:
    print(text, flush=True)


def warn(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)
