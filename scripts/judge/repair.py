"""What is put right after the storm: faults end by themselves or are ended, and a person does what only a person can."""

import contextlib
import re
import signal
import time
from collections.abc import Iterable
from typing import Any

from checks.processes import is_alive

from .cluster import PROCESSES, Cluster
from .evidence import COMMITTED, Operation
from .libpq import PostgresError, Session
from .orgclient import UNANSWERED
from .person import AdminPerformer
from .recorder import Recorder
from .shape import SCHEMA, table

# What Postgres says of a unique index.
_TAKEN = re.compile(r"Key \((\w+)\)=\((\w+)\) already exists")
# States in which a mapping, or the connection, asks for a person.
_ERRORS = "('BULK_LOAD_ERROR', 'SYSTEM_ERROR', 'DB_UNAVAILABLE', 'BAD_CONFIG', 'SYNC_REMOVED', 'INACTIVE_ORG', 'UNAUTHORIZED', 'ABORTED')"
_CONNECTION_ERRORS = "('SYSTEM_ERROR', 'DB_UNAVAILABLE', 'UNAUTHORIZED', 'INACTIVE_ORG', 'PAUSED', 'TOO_MANY_ROWS')"
# Seconds until somebody presses the same button again.
_PAUSE = 10.0


class Repairs:
    """Heals at once, and helps where the product asks for it, or takes long."""

    def __init__(self, cluster: Cluster, recorder: Recorder) -> None:
        self.cluster = cluster
        self.recorder = recorder
        self.person = AdminPerformer(cluster, recorder, "calm")
        self._asked: dict[str, float] = {}

    def heal(self, done: Iterable[Operation]) -> None:
        """Ends every fault, and takes away what stands in the product's way."""
        cluster = self.cluster
        for name in PROCESSES:
            process = cluster.formation.processes.get(name)
            if process is None or not is_alive(process.pid):
                cluster.start(name)
            else:
                process.send_signal(signal.SIGCONT)
        with contextlib.suppress(PostgresError):
            cluster.databases.restore_control()
        for path in ("trouble", "faults"):
            cluster.org.reset(path)
        root = cluster.root_session()
        to_reload: set[str] = set()
        for operation in done:
            body: dict[str, Any] = operation.details.get("body", {})
            if operation.side == "postgres":
                self._run(root, body.get("undo", ()))
            if operation.outcome == COMMITTED and (body.get("reload") or body.get("do") == "schema"):
                to_reload.add(body["object"])
        for operation in reversed(list(done)):
            body = operation.details.get("body", {})
            if body.get("do") == "schema" and body["undo"] and operation.outcome == COMMITTED:
                cluster.org.change_schema(body["undo"])
            if body.get("do") == "lock":
                with contextlib.suppress(*UNANSWERED):
                    cluster.org.perform(body | {"do": "unlock"})
        # Behind the org's own: a load would make the column that is dropped here as the org still described it.
        for operation in done:
            if operation.side != "postgres":
                self._run(root, operation.details.get("body", {}).get("mend", ()))
        root.close()
        for name in sorted(to_reload):
            self.person.perform({"do": "reload", "object": name})

    @staticmethod
    def _run(session: Session, statements: Iterable[str]) -> None:
        for statement in statements:
            with contextlib.suppress(PostgresError):
                session.rows(statement)

    def help(self, session: Session, target: Session) -> None:
        """A person sees what says that something is wrong, or waits for long, and presses the button; not more often than every ten seconds."""
        for state, in session.rows(
            f"SELECT state FROM sluice.connections WHERE id = '{self.cluster.connection_id}' AND state IN {_CONNECTION_ERRORS}"):
            if self._is_due("connection"):
                action = "resume" if state == "PAUSED" else "restart"
                began = time.time()
                path = f"/api/v3/connections/{self.cluster.connection_id}/actions/{action}"
                with contextlib.suppress(*UNANSWERED):
                    status = self.cluster.api.request("POST", path).status
                    self.recorder.note("calm", "admin", {"do": action}, began, f"POST {path}", str(status))
        for name, in session.rows(
            f"SELECT object_name FROM sluice.mappings WHERE connection_id = '{self.cluster.connection_id}' AND state IN {_ERRORS}"):
            if self._is_due(str(name)):
                self.person.perform({"do": "reload", "object": str(name)})
        for name, description in session.rows(
            f"SELECT object_name, state_description FROM sluice.mappings WHERE connection_id = '{self.cluster.connection_id}' AND state_description ~ '23505'"):
            if self._is_due(f"{name} value"):
                self._give_up_value(target, str(name), str(description))
        for name, column in session.rows(
            "SELECT object_name, substring(state_description FROM 'its column (\\w+) is') FROM sluice.mappings "
            f"WHERE connection_id = '{self.cluster.connection_id}' AND state = 'BAD_CONFIG' AND state_description ~ 'its column \\w+ is .* drop the column'"):
            if self._is_due(f"{name} column"):
                self._drop_column(target, str(name), str(column))
        if target.value(f"SELECT count(*) FROM {SCHEMA}._trigger_log WHERE state = 'NEW'") != "0" and self._is_due("write"):
            self.person.perform({"do": "write"})
        if self._has_trouble(session) and self._is_due("trouble"):
            for name in self.cluster.world.objects:
                self.person.perform({"do": "poll", "object": name})

    def _is_due(self, what: str) -> bool:
        """Whether somebody would press that button now: not in the first seconds, and not again and again."""
        now = time.monotonic()
        if now - self._asked.setdefault(what, now - _PAUSE / 2) < _PAUSE:
            return False
        self._asked[what] = now
        return True

    def _give_up_value(self, target: Session, name: str, description: str) -> None:
        """A value that a failed change gave to a row, while a record of the org has it: people say which it is to be."""
        for column, value in _TAKEN.findall(description):
            is_failed = f"{column} = '{value}' AND _hc_lastop = 'FAILED'"
            for statement in (
                f"DELETE FROM {SCHEMA}.{table(name)} WHERE {is_failed} AND sfid IS NULL",
                f"UPDATE {SCHEMA}.{table(name)} SET {column} = NULL WHERE {is_failed} AND sfid IS NOT NULL"):
                began = time.time()
                target.rows(statement)
                self.recorder.note("calm", "postgres", {"do": "give up value", "object": name}, began, statement, COMMITTED, table=table(name))

    def _drop_column(self, target: Session, name: str, column: str) -> None:
        """A load that had asked the org before a type was given back made the column as it was described then."""
        began, statement = time.time(), f"ALTER TABLE {SCHEMA}.{table(name)} DROP COLUMN IF EXISTS {column} CASCADE"
        target.rows(statement)
        self.recorder.note("calm", "postgres", {"do": "drop column", "object": name, "owner": True}, began, statement, COMMITTED, table=table(name))

    def _has_trouble(self, session: Session) -> bool:
        """Whether a mapping says that it waits for another try, which a person may bring forward."""
        return session.value(
            f"SELECT count(*) > 0 FROM sluice.mappings WHERE connection_id = '{self.cluster.connection_id}' AND state_description IS NOT NULL") == "t"
