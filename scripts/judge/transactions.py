"""Transactions of an application, drawn from an actor's seed: what it does in one, and how it ends."""

from typing import Any

from .draw import Draw
from .logstatements import LOGS
from .parentstatements import PARENTS
from .rowstatements import ROWS, Statement, sql
from .tablestatements import TABLES, TableChange
from .valuestatements import SETTINGS, VALUES

KINDS = ROWS | PARENTS | LOGS | VALUES


class Transactions:
    """The stream of one session."""

    def __init__(self, draw: Draw, weights: dict[str, float], odds: dict[str, float]) -> None:
        self.draw = draw
        self.rows = {kind: weight for kind, weight in weights.items() if kind in KINDS}
        self.tables = {kind: weight for kind, weight in weights.items() if kind in TABLES}
        self.table_share = 100 * sum(self.tables.values()) / sum(weights.values())
        self.odds = odds
        # What to believe once the last transaction is committed.
        self.believed = draw

    def next(self) -> dict[str, Any]:
        """The next transaction."""
        draw = self.believed = self.draw.fork()
        if self.tables and draw.chance(self.table_share):
            kind = draw.choose(self.tables)
            change: TableChange = TABLES[kind](draw)
            body = {
                "kind": kind, "statements": change.statements, "end": "COMMIT", "owner": True, "undo": change.undo, "reload": change.needs_reload,
                "object": change.object}
            return body
        return self._rows(draw)

    def learn(self, committed: bool) -> None:
        """What became of it."""
        self.draw.adopt(self.believed, committed)

    def _rows(self, draw: Draw) -> dict[str, Any]:
        statements: list[Statement] = []
        kinds = []
        if draw.chance(self.odds.get("session setting", 0)):
            settings = draw.rng.sample(SETTINGS, draw.rng.choice((1, 1, 2)))
        else:
            settings = []
        for number in range(draw.rng.choice((1, 1, 2, 2, 3, 5))):
            kind = draw.choose(self.rows)
            kinds.append(kind)
            saved = draw.chance(self.odds.get("savepoint", 0))
            if saved:
                statements.append(sql(f"SAVEPOINT s{number}"))
            before = draw.fork()
            statements += KINDS[kind](draw)
            if saved and draw.chance(self.odds.get("rollback to", 0)):
                statements.append(sql(f"ROLLBACK TO SAVEPOINT s{number}"))
                draw.keys, draw.codes = before.keys, before.codes
            if draw.chance(self.odds.get("pause in transaction", 0)):
                statements.append({"pause": round(draw.rng.choice((0.2, 0.8, 2.5)), 1)})
        ends = "ROLLBACK" if draw.chance(self.odds.get("rollback", 0)) else "COMMIT"
        return {"kind": ", ".join(dict.fromkeys(kinds)), "statements": statements, "end": ends, "settings": settings}
