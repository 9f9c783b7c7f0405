"""Figures, as people read them and as one JSON object a line."""

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

    def add(self, metric: str, value: float, unit: str, against: dict[str, float] | None = None) -> None:
        """One line, with the ratio to each thing it is held against; one JSON object for each of them."""
        held = against or {}
        for name, other in held.items():
            self._keep(Figure(self.bench, metric, value, unit, name, other, value / other if other else None))
        if not held:
            self._keep(Figure(self.bench, metric, value, unit))
        beside = "".join(f"   {value / other:.2f} of {name} {number(other)}" for name, other in held.items() if other)
        print(f"  {metric:<28} {number(value):>12} {unit:<10}{beside}", flush=True)

    def _keep(self, figure: Figure) -> None:
        self.figures.append(figure)
        if self.path:
            # At once, so that a run that is stopped leaves what it found.
            with open(self.path, "a", encoding="utf-8") as file:
                file.write(json.dumps({key: rounded(value) for key, value in asdict(figure).items()}) + "\n")


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
