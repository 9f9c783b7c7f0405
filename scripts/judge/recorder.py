"""The ledger: what everybody did and was told of it, line by line as it happened, in a file that a replay reads."""

import itertools
import json
import threading
import time
from pathlib import Path
from typing import Any

from .evidence import Operation
from .evidence_lines import line, parse
from .shape import World


class Recorder:
    """Writes a round's ledger; used by all actors at once."""

    def __init__(self, path: Path, seed: str, profile: str, world: World) -> None:
        self.path = path
        self.seed = seed
        self.profile = profile
        self.world = world
        self.operations: list[Operation] = []
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._file = path.open("w", encoding="utf-8")
        self._file.write(json.dumps({"type": "Round", "seed": seed, "profile": profile, "world": vars(world)}) + "\n")
        self._file.flush()

    def note(
        self, actor: str, side: str, body: dict[str, Any], began: float, text: str, outcome: str, error: str | None = None, **more: Any,
    ) -> Operation:
        """Records what has just ended."""
        details = {"body": body} | more.pop("details", {})
        with self._lock:
            operation = Operation(
                number=next(self._numbers), actor=actor, side=side, kind=body.get("kind") or body.get("do", ""), text=text, began=began, ended=time.time(),
                outcome=outcome, error=error, details=details, **more)
            self.operations.append(operation)
            self._file.write(line(operation) + "\n")
            self._file.flush()
        return operation

    def close(self) -> None:
        self._file.close()


class Ledger:
    """A ledger as read from its file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        lines = path.read_text(encoding="utf-8").splitlines()
        head = json.loads(lines[0]) if lines else {}
        if head.get("type") != "Round":
            raise ValueError(f"{path}: expected a ledger of scripts/chaos sync, whose first line is of the type Round")
        self.seed: str = head["seed"]
        self.profile: str = head["profile"]
        self.world = World(**(head["world"] | {"objects": tuple(head["world"]["objects"])}))
        found = [parse(text) for text in lines[1:]]
        # What the judge did in the calm, it does again by itself.
        self.operations = sorted((each for each in found if isinstance(each, Operation) and each.actor != "calm"), key=lambda each: each.began)
