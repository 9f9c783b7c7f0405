"""Those who only look: a reader of the tables, one at what the product says of itself, and the judge's own heart, which tells when the machine
was too slow for anybody to be blamed."""

import contextlib

import threading
import time
from collections.abc import Callable

from .cluster import Cluster
from .evidence import ConnectionStatus, Interval, JobStatus, MappingStatus, Notice, Snapshot
from .libpq import PostgresError, Session
from .rowtext import row_text
from .shape import SCHEMA, table

_READ_EVERY, _LOOK_EVERY, _BEAT_EVERY = 0.25, 0.5, 0.1
# How much later than due a beat may come before it counts as a stall.
_STALL = 0.6


def _number(text: str | None) -> float | None:
    return None if text is None else float(text)


class Observers:
    """Threads that look until they are stopped, and what they saw."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.snapshots: list[Snapshot] = []
        self.mappings: list[MappingStatus] = []
        self.connections: list[ConnectionStatus] = []
        self.notices: list[Notice] = []
        self.jobs: list[JobStatus] = []
        self.stalls: list[Interval] = []
        self.broken: list[BaseException] = []
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(look, every), name=look.__name__)
            for look, every in ((self._beat, _BEAT_EVERY), (self._read, _READ_EVERY), (self._look, _LOOK_EVERY))]
        databases = cluster.databases
        self._reader = databases.session(databases.target, "sluice", "judge-reader")
        self._status = cluster.control_session()
        self._claims = cluster.control_session()
        self._has_claims: bool | None = None
        self._last_beat = time.time()
        self._has_troubles: bool | None = None

    def __enter__(self) -> "Observers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self._reader.close()
        self._status.close()
        self._claims.close()

    def _run(self, look: Callable[[], None], every: float) -> None:
        while not self._stop.wait(every):
            # The database may be down: that is seen elsewhere.
            try:
                look()
            except PostgresError:
                continue
            except Exception as error:  # noqa: BLE001
                self.broken.append(error)
                return

    def _beat(self) -> None:
        now = time.time()
        if now - self._last_beat > _BEAT_EVERY + _STALL:
            self.stalls.append(Interval(self._last_beat, now, "stall"))
        self._last_beat = now

    def _read(self) -> None:
        for name in self.cluster.world.objects:
            claim = self._claim(name)
            began = time.time()
            try:
                rows = self._reader.rows(f"SELECT row_to_json(t) FROM {SCHEMA}.{table(name)} AS t")
            except PostgresError as error:
                self.snapshots.append(Snapshot(began, time.time(), table(name), {}, str(error)))
                continue
            seen = [row_text(text or "{}") for (text,) in rows]
            self.snapshots.append(Snapshot(began, time.time(), table(name), {str(row["id"]): row for row in seen}, complete_until=claim))

    def _claim(self, name: str) -> float | None:
        """Up to when the product says that the table is complete; older builds say nothing."""
        if self._has_claims is None:
            self._has_claims = self._claims.value("SELECT to_regproc('sluice.complete_until') IS NOT NULL") == "t"
        if not self._has_claims:
            return None
        return _number(self._claims.value(f"SELECT extract(epoch FROM sluice.complete_until('{self.cluster.connection_id}', '{name}'))"))

    def _look(self) -> None:
        self._look_at(self._status)

    def _look_at(self, session: Session) -> None:
        if self._has_troubles is None:
            self._has_troubles = session.value("SELECT to_regclass('sluice.mapping_troubles') IS NOT NULL") == "t"
        trouble = (
            "(SELECT string_agg(source || ': ' || reason, '; ') FROM sluice.mapping_troubles WHERE mapping_id = m.id)" if self._has_troubles else "NULL")
        now = time.time()
        for name, state, description, reason, pending, errored, polled, following in session.rows(f"""
            SELECT object_name, state, state_description, {trouble}, pending_writes, errored_writes, extract(epoch FROM sf_polled_at),
                   extract(epoch FROM next_poll_at) FROM sluice.mappings m WHERE connection_id = '{self.cluster.connection_id}'"""):
            self.mappings.append(
                MappingStatus(
                    now, str(name), str(state), description, reason, int(pending or 0), int(errored or 0), _number(polled), _number(following)))
        for state, description in session.rows(
            f"SELECT state, state_description FROM sluice.connections WHERE id = '{self.cluster.connection_id}'"):
            self.connections.append(ConnectionStatus(now, str(state), description))
        for identifier, kind, name, state, attempt, error, since, due, by in session.rows(f"""
            SELECT j.id, j.kind, m.object_name, j.state, j.attempt, j.last_error, extract(epoch FROM coalesce(j.started_at, j.created_at)),
                   extract(epoch FROM j.run_at), j.args->>'requestedBy'
            FROM sluice.all_jobs j LEFT JOIN sluice.mappings m ON m.id = j.mapping_id
            WHERE j.connection_id = '{self.cluster.connection_id}' AND (j.state = 'failed' OR j.state IN ('available', 'running') AND j.last_error IS NOT NULL)"""):
            self.jobs.append(
                JobStatus(now, int(identifier or 0), str(kind), name, str(state), int(attempt or 0), error, _number(since), _number(due), by))

    def last_look(self) -> None:
        """Everything once more, and what the connection was notified of, when all is over."""
        with contextlib.suppress(PostgresError):
            self._look()
            self.notices = [
                Notice(float(at or 0), str(kind), str(message)) for at, kind, message in self._status.rows(
                    f"SELECT extract(epoch FROM created_at), event_type, message FROM sluice.notifications "
                    f"WHERE connection_id = '{self.cluster.connection_id}' ORDER BY id")]
