"""After the storm: everything is healed, a person puts right what only a person can, and all settles down, by conditions."""

import contextlib
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterable
from typing import Any

from checks.processes import is_alive

from .cluster import PROCESSES, Cluster
from .evidence import COMMITTED, Operation
from .libpq import PostgresError
from .orgclient import UNANSWERED
from .person import AdminPerformer
from .recorder import Recorder
from .shape import SCHEMA

# The product may rest that long before it tries again what could not work; more than that nobody waits.
LIMIT = 150.0
# A late commit of the org may come that long after it was asked for.
_LATE = 6.0
_NEXT_MINUTE = 75
_LOG = f"{SCHEMA}._trigger_log"
# States in which a mapping asks for a person.
_ERRORS = "('BULK_LOAD_ERROR', 'SYSTEM_ERROR', 'DB_UNAVAILABLE', 'BAD_CONFIG', 'SYNC_REMOVED', 'INACTIVE_ORG', 'UNAUTHORIZED', 'ABORTED')"
_CONNECTION_ERRORS = "('SYSTEM_ERROR', 'DB_UNAVAILABLE', 'UNAUTHORIZED', 'INACTIVE_ORG', 'PAUSED', 'TOO_MANY_ROWS')"


class Calm:
    """What is done, and waited for, when the actors are done."""

    def __init__(self, cluster: Cluster, recorder: Recorder, stop: threading.Event) -> None:
        self.cluster = cluster
        self.recorder = recorder
        self.stop = stop
        self.person = AdminPerformer(cluster, recorder, "calm")
        # What was not calm, and how often it was seen to be so.
        self.seen: Counter[str] = Counter()

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
            for statement in body.get("undo", ()) if operation.side == "postgres" else ():
                with contextlib.suppress(PostgresError):
                    root.rows(statement)
            if operation.outcome == COMMITTED and (body.get("reload") or body.get("do") == "schema"):
                to_reload.add(body["object"])
        root.close()
        for operation in reversed(list(done)):
            body = operation.details.get("body", {})
            if body.get("do") == "schema" and body["undo"] and operation.outcome == COMMITTED:
                cluster.org.change_schema(body["undo"])
            if body.get("do") == "lock":
                with contextlib.suppress(*UNANSWERED):
                    cluster.org.perform(body | {"do": "unlock"})
        for name in sorted(to_reload):
            self.person.perform({"do": "reload", "object": name})

    def settle(self, done: Iterable[Operation], limit: float) -> list[str]:
        """Waits until nothing waits, and every mapping was polled after that; what is not calm in the end, in words."""
        late = max((each.ended for each in done if each.details["body"].get("do") == "late commit"), default=0.0) + _LATE
        self.stop.wait(max(0.0, late - time.time()))
        has_hard_deletes = any(each.details["body"].get("do") in {"hard delete", "purge delete log"} for each in done)
        deadline = time.monotonic() + limit
        restless = ["nothing was looked at"]
        asked: dict[str, float] = {}
        session = self.cluster.control_session()
        target = self.cluster.root_session()
        try:
            while time.monotonic() < deadline and not self.stop.is_set():
                try:
                    self._ask_for_help(session, target, asked)
                    restless = self._restless(session, target)
                    self.seen.update(restless)
                    if not restless and has_hard_deletes:
                        # getDeleted cuts its times down to minutes, and nothing else tells of these: the next minute has to begin.
                        self.cluster.org.set_clock(_NEXT_MINUTE)
                        has_hard_deletes = False
                    if not restless and self._poll_once_more(session, deadline):
                        restless = self._restless(session, target)
                        if not restless:
                            return []
                except PostgresError as error:
                    restless = [f"the database: {error}"]
                time.sleep(0.2)
            return restless or ["polls that were asked for did not end"]
        finally:
            session.close()
            target.close()

    def _ask_for_help(self, session: Any, target: Any, asked: dict[str, float]) -> None:
        """A person sees what says that something is wrong, or waits for long, and presses the button; not more often than every ten seconds."""
        now = time.monotonic()

        def is_due(what: str) -> bool:
            if now - asked.get(what, now - 6) < 10:
                asked.setdefault(what, now)
                return False
            asked[what] = now
            return True

        for state, in session.rows(
            f"SELECT state FROM sluice.connections WHERE id = '{self.cluster.connection_id}' AND state IN {_CONNECTION_ERRORS}"):
            if is_due("connection"):
                action = "resume" if state == "PAUSED" else "restart"
                began = time.time()
                path = f"/api/v3/connections/{self.cluster.connection_id}/actions/{action}"
                with contextlib.suppress(*UNANSWERED):
                    status = self.cluster.api.request("POST", path).status
                    self.recorder.note("calm", "admin", {"do": action}, began, f"POST {path}", str(status))
        for name, in session.rows(
            f"SELECT object_name FROM sluice.mappings WHERE connection_id = '{self.cluster.connection_id}' AND state IN {_ERRORS}"):
            if is_due(str(name)):
                self.person.perform({"do": "reload", "object": str(name)})
        if target.value(f"SELECT count(*) FROM {_LOG} WHERE state = 'NEW'") != "0" and is_due("write"):
            self.person.perform({"do": "write"})
        if self._has_trouble(session) and is_due("trouble"):
            for name in self.cluster.world.objects:
                self.person.perform({"do": "poll", "object": name})

    def _has_trouble(self, session: Any) -> bool:
        """Whether a mapping says that it waits for another try, which a person may bring forward."""
        return session.value(
            f"SELECT count(*) > 0 FROM sluice.mappings WHERE connection_id = '{self.cluster.connection_id}' AND state_description IS NOT NULL") == "t"

    def _restless(self, session: Any, target: Any) -> list[str]:
        found = []
        for count, state, name in target.rows(
            f"SELECT count(*), state, table_name FROM {_LOG} WHERE state IN ('NEW', 'PENDING') GROUP BY 2, 3"):
            found.append(f"{count} changes of {name} are {state}")
        requeued = target.value(f"SELECT count(*) FROM {_LOG}_archive WHERE state = 'REQUEUE'")
        if requeued != "0":
            found.append(f"{requeued} changes in the archive are REQUEUE")
        for name, state, description in session.rows(f"""
            SELECT object_name, state, coalesce(state_description, '') FROM sluice.mappings
            WHERE connection_id = '{self.cluster.connection_id}' AND (state NOT IN ('DATA_SYNCED') AND state NOT LIKE 'POLLING%' OR next_poll_at IS NULL)"""):
            found.append(f"{name} is {state} {description}".strip())
        for state, description in session.rows(
            f"SELECT state, coalesce(state_description, '') FROM sluice.connections WHERE id = '{self.cluster.connection_id}' AND state <> 'IDLE'"):
            found.append(f"the connection is {state} {description}".strip())
        for kind, name, error in session.rows(f"""
            SELECT j.kind, coalesce(m.object_name, 'the connection'), j.last_error FROM sluice.jobs j LEFT JOIN sluice.mappings m ON m.id = j.mapping_id
            WHERE j.connection_id = '{self.cluster.connection_id}' AND j.kind <> 'poll'
              AND (j.kind <> 'write' OR j.last_error IS NOT NULL OR j.run_at < now() - interval '5 s')"""):
            found.append(f"a job {kind} of {name} has not ended: {error}")
        return found

    def _poll_once_more(self, session: Any, deadline: float) -> bool:
        """A poll of each mapping that begins after everything was quiet; whether all of them ended well."""
        since = session.value("SELECT clock_timestamp()")
        for name in self.cluster.world.objects:
            self.person.perform({"do": "poll", "object": name})
        while time.monotonic() < deadline and not self.stop.is_set():
            polled = session.value(f"""
                SELECT count(DISTINCT m.id) FROM sluice.finished_jobs j JOIN sluice.mappings m ON m.id = j.mapping_id
                WHERE m.connection_id = '{self.cluster.connection_id}' AND j.kind IN ('poll', 'load') AND j.state = 'completed' AND j.started_at > '{since}'""")
            if int(polled or 0) >= len(self.cluster.world.objects):
                return True
            time.sleep(0.1)
        return False
