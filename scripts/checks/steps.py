"""The steps of a Dockerfile: as much of its syntax as ours uses, and an error for the rest."""

import re
from dataclasses import dataclass, field

KNOWN = {"FROM", "RUN", "COPY", "WORKDIR", "USER", "ENV", "EXPOSE", "CMD"}


@dataclass
class Step:
    """One instruction, its continued lines joined."""

    name: str
    text: str


@dataclass
class Stage:
    """What begins with FROM."""

    base: str
    name: str
    steps: list[Step] = field(default_factory=list)


def parse(text: str) -> list[Stage]:
    """The stages in their order; ValueError names what is not known here."""
    stages: list[Stage] = []
    lines = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    for line in re.sub(r"\\\n\s*", "", lines).splitlines():
        if not line.strip():
            continue
        name, _, rest = line.strip().partition(" ")
        if name not in KNOWN:
            raise ValueError(f"Dockerfile: {name} is not known here")
        if name == "FROM":
            match = re.fullmatch(r"(\S+)(?: AS (\S+))?", rest)
            if match is None:
                raise ValueError(f"Dockerfile: FROM {rest}: expected an image, and AS a name")
            stages.append(Stage(match.group(1), match.group(2) or str(len(stages))))
        elif stages:
            stages[-1].steps.append(Step(name, rest.strip()))
        else:
            raise ValueError(f"Dockerfile: {name} before FROM")
    return stages
