"""What an actor draws from its own seed: which record, which value. The stream depends on the seed and on what the actor's own
transactions came to, never on what others do meanwhile."""

import copy
import random
from dataclasses import dataclass, field

from .shape import COLOURS, FORBIDDEN_COLOUR, HATED_COLOUR, KEYED, World

# Few unique values for all, so that they are moved, swapped and used again.
KEYS = tuple(f"K{number}" for number in range(1, 13))
CODES = tuple(f"C{number}" for number in range(1, 9))
_KEYED_OBJECTS = ("Part__c", "Part__c", "Part__c", "Maker__c")
_ROW_OBJECTS = ("Part__c", "Part__c", "Part__c", "Maker__c", "Leaf__c", "Leaf__c", "Scrap__c")


def literal(value: str | float | None) -> str:
    """A value in SQL."""
    if value is None:
        return "NULL"
    return "'" + str(value).replace("'", "''") + "'"


@dataclass
class Draw:
    """The generator of one actor, and what it believes the records' unique values are."""

    rng: random.Random
    actor: str
    world: World
    # object -> label -> key; records of others only from the beginning of the round.
    keys: dict[str, dict[str, str | None]] = field(default_factory=dict)
    codes: dict[str, str | None] = field(default_factory=dict)
    made: int = 0
    sequence: int = 0

    def fork(self) -> "Draw":
        """For a transaction that may come to nothing: what is believed is copied, the stream of random numbers goes on."""
        other = copy.copy(self)
        other.keys = {name: dict(keys) for name, keys in self.keys.items()}
        other.codes = dict(self.codes)
        return other

    def adopt(self, other: "Draw", committed: bool) -> None:
        self.made, self.sequence = other.made, other.sequence
        if committed:
            self.keys, self.codes = other.keys, other.codes

    def chance(self, percent: float) -> bool:
        return self.rng.random() * 100 < percent

    def choose(self, weights: dict[str, float]) -> str:
        return self.rng.choices(list(weights), list(weights.values()))[0]

    def object(self) -> str:
        return self.rng.choice(_ROW_OBJECTS)

    def keyed(self) -> str:
        return self.rng.choice(_KEYED_OBJECTS)

    def label(self, name: str) -> str:
        """A record that probably exists; one of the first ones more often than not."""
        labels = sorted(self.keys.get(name, {}))
        return self.rng.choice(labels) if labels else f"{name[0]}1"

    def new_label(self, name: str) -> str:
        self.made += 1
        label = f"{name[0]}-{self.actor}-{self.made}"
        self.keys.setdefault(name, {})[label] = None
        return label

    def free_key(self, name: str) -> str | None:
        """A key that nobody has, as far as is known; now and then any."""
        taken = {key for key in self.keys.get(name, {}).values() if key}
        free = [key for key in KEYS if key not in taken]
        return self.rng.choice(KEYS) if not free or self.chance(4) else self.rng.choice(free)

    def free_code(self) -> str | None:
        free = [code for code in CODES if code not in self.codes.values()]
        return self.rng.choice(free) if free else None

    def holder(self, name: str) -> str | None:
        """A record that has a key."""
        labels = sorted(label for label, key in self.keys.get(name, {}).items() if key)
        return self.rng.choice(labels) if labels else None

    def colour(self) -> str:
        if self.chance(6):
            return self.rng.choice((FORBIDDEN_COLOUR, HATED_COLOUR))
        return self.rng.choice([colour for colour in COLOURS if colour not in (FORBIDDEN_COLOUR, HATED_COLOUR)])

    def amount(self) -> str:
        """Numbers that tell one edit from another."""
        self.sequence += 1
        return f"{self.rng.randrange(1, 1000)}.{self.rng.choice(('0', '25', '5', '75'))}"

    def believe(self, name: str, labels: list[str]) -> None:
        """The records that a round begins with: the first ones have the first keys."""
        for number, label in enumerate(labels):
            self.keys.setdefault(name, {})[label] = KEYS[number] if name in KEYED else None
            if name == "Part__c":
                self.codes[label] = CODES[number] if number < len(CODES) // 2 else None
