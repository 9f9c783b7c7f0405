"""A session of an application: runs whole transactions, and tells the recorder what came of them."""

import contextlib
import time
from typing import Any

from .cluster import Cluster
from .evidence import COMMITTED, ROLLED_BACK, UNKNOWN, Operation
from .libpq import PostgresError, Session
from .recorder import Recorder

# Longer than it takes to start a crashed server.
_RECOVERY = 90.0


class PostgresPerformer:
    """One session of an application, which runs whole transactions."""

    def __init__(self, cluster: Cluster, recorder: Recorder, actor: str) -> None:
        self.recorder = recorder
        self.actor = actor
        databases = cluster.databases
        self.clerk = databases.session(databases.target, "clerk", f"app-{actor}")
        self.owner = databases.session(databases.target, "sluice", f"judge-{actor}")

    def perform(self, body: dict[str, Any]) -> Operation:
        began = time.time()
        session = self.owner if body.get("owner") else self.clerk
        said: list[str] = []
        txid: int | None = None
        outcome, error = ROLLED_BACK, None
        try:
            for setting in body.get("settings", ()):
                said.append(setting)
                session.rows(setting)
            said.append("BEGIN")
            session.rows("BEGIN")
            error = self._statements(session, body["statements"], said)
            if error is None and body["end"] == "COMMIT":
                txid = int(session.value("SELECT txid_current()") or 0)
                said.append("COMMIT")
                session.rows("COMMIT")
                outcome = COMMITTED
            else:
                said.append("ROLLBACK")
                session.rows("ROLLBACK")
        except PostgresError as problem:
            error = str(problem)
            if txid is not None and said[-1] == "COMMIT" and problem.is_lost:
                outcome = UNKNOWN
        if outcome == UNKNOWN and txid is not None:
            outcome = self._settle(session, txid)
        try:
            if not session.is_idle:
                session.rows("ROLLBACK")
            if body.get("settings"):
                session.rows("DISCARD ALL")
        except PostgresError:
            session.close()
        return self.recorder.note(
            self.actor, "postgres", body, began, ";\n".join(said) + ";", outcome, error, txid=txid,
            table=body["object"].lower() if "object" in body else None)

    def _statements(self, session: Session, statements: list[dict[str, Any]], said: list[str]) -> str | None:
        """What failed the transaction; an error behind a savepoint takes back what came after it, and the rest goes on."""
        savepoint = None
        for statement in statements:
            if "pause" in statement:
                said.append(f"-- {statement['pause']} s")
                time.sleep(statement["pause"])
                continue
            text = statement["sql"]
            said.append(text + "".join(f"\n{each}" for each in statement.get("copy", ())))
            try:
                if "copy" in statement:
                    session.copy(text, statement["copy"])
                else:
                    session.rows(text)
            except PostgresError as problem:
                if savepoint is None or problem.is_lost:
                    return str(problem)
                said.append(f"ROLLBACK TO {savepoint} -- {problem}")
                session.rows(f"ROLLBACK TO {savepoint}")
            if text.startswith("SAVEPOINT "):
                savepoint = text.split()[1]
        return None

    def _settle(self, session: Session, txid: int) -> str:
        """What became of a transaction whose COMMIT was not answered."""
        deadline = time.monotonic() + _RECOVERY
        while time.monotonic() < deadline:
            with contextlib.suppress(PostgresError):
                status = session.value(f"SELECT txid_status({txid})")
                if status in {"committed", "aborted"}:
                    return COMMITTED if status == "committed" else ROLLED_BACK
            time.sleep(0.3)
        return UNKNOWN

    def close(self) -> None:
        self.clerk.close()
        self.owner.close()
