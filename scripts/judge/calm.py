"""After the storm all settles down, by conditions: nothing waits, and every mapping was read after that."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable

from .cluster import Cluster
from .evidence import Operation
from .libpq import PostgresError, Session
from .repair import Repairs
from .shape import SCHEMA, table

# The product may rest that long before it tries again what could not work; more than that nobody waits.
LIMIT = 150.0
# A late commit of the org may come that long after it was asked for.
_LATE = 6.0
_NEXT_MINUTE = 75
_LOG = f"{SCHEMA}._trigger_log"


class Calm:
    """What is waited for when the actors are done."""

    def __init__(self, cluster: Cluster, repairs: Repairs, stop: threading.Event, clock: Callable[[], float]) -> None:
        self.cluster = cluster
        self.repairs = repairs
        self.stop = stop
        # Of the patience that is had with the product, in seconds.
        self.clock = clock
        # What was not calm, and how often it was seen to be so.
        self.seen: Counter[str] = Counter()

    def settle(self, done: Iterable[Operation], limit: float) -> list[str]:
        """Waits until nothing waits, and every mapping was polled after that; what is not calm in the end, in words."""
        late = max((each.ended for each in done if each.details["body"].get("do") == "late commit"), default=0.0) + _LATE
        self.stop.wait(max(0.0, late - time.time()))
        has_hard_deletes = any(each.details["body"].get("do") in {"hard delete", "purge delete log"} for each in done)
        deadline = self.clock() + limit
        restless = ["nothing was looked at"]
        session = self.cluster.control_session()
        target = self.cluster.root_session()
        try:
            while self.clock() < deadline and not self.stop.is_set():
                try:
                    self.repairs.help(session, target)
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

    def _restless(self, session: Session, target: Session) -> list[str]:
        found = []
        for count, state, name in target.rows(
            f"SELECT count(*), state, table_name FROM {_LOG} WHERE state IN ('NEW', 'PENDING') GROUP BY 2, 3"):
            # Lines for other tables are the checker's business: nobody waits for them.
            if name in map(table, self.cluster.world.objects):
                found.append(f"{count} changes of {name} are {state}")
        requeued = target.value(f"SELECT count(*) FROM {_LOG}_archive WHERE state = 'REQUEUE'")
        if requeued != "0":
            found.append(f"{requeued} changes in the archive are REQUEUE")
        found += self._restless_mappings(session)
        for state, description in session.rows(
            f"SELECT state, coalesce(state_description, '') FROM sluice.connections WHERE id = '{self.cluster.connection_id}' AND state <> 'IDLE'"):
            found.append(f"the connection is {state} {description}".strip())
        for kind, name, error in session.rows(f"""
            SELECT j.kind, coalesce(m.object_name, 'the connection'), j.last_error FROM sluice.jobs j LEFT JOIN sluice.mappings m ON m.id = j.mapping_id
            WHERE j.connection_id = '{self.cluster.connection_id}' AND j.kind NOT IN ('poll', 'poll_many')
              AND (j.kind <> 'write' OR j.last_error IS NOT NULL OR j.run_at < now() - interval '5 s')"""):
            found.append(f"a job {kind} of {name} has not ended: {error}")
        return found

    def _restless_mappings(self, session: Session) -> list[str]:
        return [f"{name} is {state} {description}".strip() for name, state, description in session.rows(f"""
            SELECT object_name, state, coalesce(state_description, '') FROM sluice.mappings
            WHERE connection_id = '{self.cluster.connection_id}' AND (state NOT IN ('DATA_SYNCED') AND state NOT LIKE 'POLLING%' OR next_poll_at IS NULL)""")]

    def _poll_once_more(self, session: Session, deadline: float) -> bool:
        """A poll of each mapping that was asked for after everything was quiet; whether all of them ended well. One that began before may have
        its query behind it, however late it was claimed again."""
        since = session.value("SELECT clock_timestamp()")
        for name in self.cluster.world.objects:
            self.repairs.person.perform({"do": "poll", "object": name})
        while self.clock() < deadline and not self.stop.is_set():
            polled = session.value(f"""
                SELECT count(DISTINCT m.id) FROM sluice.finished_jobs j JOIN sluice.mappings m ON m.id = j.mapping_id
                WHERE m.connection_id = '{self.cluster.connection_id}' AND j.kind IN ('poll', 'load') AND j.state = 'completed' AND j.created_at > '{since}'""")
            if int(polled or 0) >= len(self.cluster.world.objects):
                return True
            # What stopped a mapping, a person is to put right.
            if self._restless_mappings(session):
                return False
            time.sleep(0.1)
        return False
