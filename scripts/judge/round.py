"""A round: a world, a storm in it (drawn from the seed, or played from a ledger), calm, evidence, verdict."""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .actors import Company, act
from .alarm import Alarm
from .calm import Calm
from .checker import check
from .cluster import Cluster, Product
from .evidence import Evidence, Operation
from .gather import gather, product_lines
from .machine import Machine
from .observers import Observers
from .recorder import Recorder
from .repair import Repairs
from .replay import play
from .shape import World
from .table import weights


@dataclass
class Verdict:
    """What became of a round."""

    alarms: list[Alarm]
    evidence: Evidence
    ledger: Path
    # What kept the round from being calm for the longest.
    last: str = ""


class Rounds:
    """Rounds of one product, one after the other, each in a directory of its own."""

    def __init__(self, product: Product, patience: float, directory: Path) -> None:
        self.product = product
        # How long, in seconds, it may take until all is calm.
        self.patience = patience
        self.directory = directory
        self.stop = threading.Event()

    def storm(self, seed: str, profile: str, seconds: float) -> Verdict:
        """A round drawn from a seed."""
        world = World.draw(random.Random(f"{seed}/world"), weights("percent", profile))

        def storm(cluster: Cluster, recorder: Recorder) -> list[BaseException]:
            return act(Company(cluster, recorder, profile).actors(), seconds, self.stop)

        return self._round(seed, profile, world, storm, self.directory / f"{profile}-{seed.replace('/', '-')}")

    def replay(self, seed: str, profile: str, world: World, operations: list[Operation], name: str) -> Verdict:
        """What a ledger holds, or part of it, once more in a new world."""

        def storm(cluster: Cluster, recorder: Recorder) -> list[BaseException]:
            return play(cluster, recorder, operations, self.stop)

        return self._round(seed, profile, world, storm, self.directory / name)

    def _round(
        self, seed: str, profile: str, world: World, storm: Callable[[Cluster, Recorder], list[BaseException]], directory: Path,
    ) -> Verdict:
        directory.mkdir(parents=True, exist_ok=True)
        ledger = directory / "ledger.jsonl"
        recorder = Recorder(ledger, seed, profile, world)
        cluster = Cluster(self.product, world, directory)
        try:
            began = time.time()
            with Machine(cluster) as machine:
                unloaded = cluster.set_up(self.patience, machine.clock)
                repairs = Repairs(cluster, recorder)
                calm = Calm(cluster, repairs, self.stop, machine.clock)
                with Observers(cluster) as observers:
                    healed = time.time()
                    restless = unloaded
                    if not unloaded:
                        began = time.time()
                        broken = storm(cluster, recorder)
                        if broken:
                            raise broken[0]
                        done = list(recorder.operations)
                        repairs.heal(done)
                        healed = time.time()
                        restless = calm.settle(done, self.patience)
                    ended = time.time()
                    observers.last_look()
            if observers.broken:
                raise observers.broken[0]
            evidence = gather(cluster, observers, list(recorder.operations), seed, profile, began, healed, ended, restless)
            evidence.loads = machine.loads
            (directory / "product.jsonl").write_text("".join(f"{line}\n" for line in product_lines(cluster)), encoding="utf-8")
            last = ", ".join(what for what, _ in calm.seen.most_common(2))
            return Verdict(check(evidence), evidence, ledger, last)
        finally:
            recorder.close()
            cluster.tear_down()
