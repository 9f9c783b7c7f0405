"""What a round leaves behind, as plain values: the contract between those who gather it and the checker, which does no I/O.

Times are seconds since the epoch by the machine's clock (`time.time()`, `extract(epoch FROM clock_timestamp())`), the only clock that
all processes share. Values are text as Postgres or Salesforce writes them; None is NULL.
"""

from dataclasses import dataclass, field

Values = dict[str, str | None]

# How an operation ended for its actor. Of `unknown` the answer was lost: the audit (Postgres) or the history (org) says what became of it.
COMMITTED, ROLLED_BACK, REFUSED, UNKNOWN = "committed", "rolled back", "refused", "unknown"


@dataclass(frozen=True)
class FieldSpec:
    """A mapped field as describe had it at the end of the round."""

    field: str
    column: str
    # describe's type: string, textarea, double, currency, percent, int, boolean, date, datetime, time, picklist, reference, id …
    type: str
    length: int | None = None
    scale: int | None = None
    createable: bool = True
    updateable: bool = True
    # A parent named by external id: the lookup (`AccountId`), the parent's object and the parent's field. Its column is compared by them.
    lookup: str | None = None
    parent: str | None = None
    parent_field: str | None = None
    unique: bool = False


@dataclass(frozen=True)
class MappingSpec:
    """A mapping as it was at the end of the round."""

    object: str
    table: str
    read_write: bool
    fields: tuple[FieldSpec, ...]
    upsert_column: str | None = None
    # A field that no actor changes once it is set: it says which record a record is, whatever its id and its row.
    label: str | None = None
    # What the mapping is called in the control database (sluice.mappings.id).
    id: str = ""
    # Whether everything of it must be equal in the end: not while its table is gone, hidden, unwritable or paused for good by an actor.
    judged: bool = True


@dataclass(frozen=True)
class Operation:
    """A line of the ledger: one thing that an actor, the nemesis or an administrator did, with what they were told of it."""

    number: int
    actor: str
    # `postgres`: one transaction; `org`: one call; `admin`: pause, reload, cancel …; `nemesis`.
    side: str
    kind: str
    # Its SQL (all statements of the transaction, savepoints included) or its call, as a person could type it.
    text: str
    began: float
    ended: float
    outcome: str
    error: str | None = None
    # Of a transaction: txid_current(). RowChange has what it did.
    txid: int | None = None
    # Of an operation that is about one mapping, record or job.
    table: str | None = None
    ids: tuple[str, ...] = ()
    # What only a replay needs.
    details: dict = field(default_factory=dict)


@dataclass(frozen=True)
class RowChange:
    """A committed change of one row of the mapped schema, by anybody (judge.audit, see audit.py), in the order in which they were made."""

    number: int
    txid: int
    at: float
    # When its transaction was committed, where the server tells (track_commit_timestamp).
    committed: float | None
    # Whether the session had the product's marker (xmlbinary = hex).
    product: bool
    # pg_trigger_depth(): 1 for a statement of the session itself.
    depth: int
    table: str
    # INSERT, UPDATE, DELETE, TRUNCATE; of a table as a whole CREATE, ALTER, DROP.
    action: str
    old: Values | None
    new: Values | None
    application: str = ""


@dataclass(frozen=True)
class OrgChange:
    """A change of one record in the org's history, in the order in which they took effect."""

    number: int
    # When it was made, and when others could see it: a late commit is visible later.
    at: float
    visible: float
    # `client`: by the API, as the product and nobody else does; `actor`: by the judge's org actors; `org`: by the org itself (cascade, merge).
    who: str
    # insert, update, delete, undelete, hard_delete
    action: str
    object: str
    id: str
    # Only what was set, after the org's own rules (trimmed, rounded, computed).
    fields: Values
    # What it replaced, of the same fields.
    before: Values = field(default_factory=dict)
    stamp: str = ""
    # The request that made it: what came in one call has one name.
    request: str = ""


@dataclass(frozen=True)
class OrgRecord:
    """A record as the org has it in the end, deleted ones included."""

    object: str
    id: str
    deleted: bool
    fields: Values


@dataclass(frozen=True)
class TableRow:
    """A row of a mapped table in the end, with every column (sfid, id, _hc_lastop and _hc_err included) as text."""

    table: str
    id: int
    sfid: str | None
    values: Values

    @property
    def last_operation(self) -> str | None:
        return self.values.get("_hc_lastop")

    @property
    def error(self) -> str | None:
        return self.values.get("_hc_err")


@dataclass(frozen=True)
class LogRow:
    """A row of _trigger_log or its archive in the end."""

    id: int
    archived: bool
    table: str
    action: str | None
    record_id: int | None
    sfid: str | None
    state: str | None
    # As the column holds them: hstore's text, which an actor may have written by hand, malformed.
    values: str | None
    old: str | None
    txid: int | None
    message: str | None
    created: float | None = None
    processed: float | None = None


@dataclass(frozen=True)
class MappingStatus:
    """What a mapping says of itself at one moment (API or sluice.mappings)."""

    at: float
    object: str
    state: str
    description: str | None
    # What the API or sluice.mapping_troubles says is being tried again, in any words.
    trouble: str | None = None
    pending_writes: int = 0
    errored_writes: int = 0
    polled: float | None = None
    # When it is to be polled next; None for never.
    next_poll: float | None = None


@dataclass(frozen=True)
class ConnectionStatus:
    at: float
    state: str
    description: str | None


@dataclass(frozen=True)
class Notice:
    """A notification (sluice.notifications)."""

    at: float
    type: str
    message: str


@dataclass(frozen=True)
class JobStatus:
    """A job that waits for a further attempt or gave up, as seen at one moment (sluice.all_jobs)."""

    at: float
    id: int
    kind: str
    # The object of its mapping; None for a job of the connection.
    object: str | None
    # available, running, completed, cancelled, failed
    state: str
    attempt: int
    error: str | None
    # Since when it waits for a worker or runs.
    since: float | None = None
    run_at: float | None = None
    requested_by: str | None = None


@dataclass(frozen=True)
class Snapshot:
    """A mapped table as a reader saw it, in one statement."""

    began: float
    ended: float
    table: str
    # By id; of each row its columns as text.
    rows: dict[str, Values]
    # Why it could not be read (the table is gone, the server is down): rows is empty then.
    error: str | None = None
    # What sluice.complete_until said of it just before, by the org's clock.
    complete_until: float | None = None


@dataclass(frozen=True)
class Interval:
    """A time in which something was wrong or other than usual: a fault, a frozen process, a mapping paused, a stall of the judge's own heartbeat."""

    began: float
    ended: float
    # kill, freeze, postgres, sessions, cut, trouble, fault, pause, reload, ddl, stall …
    kind: str
    target: str = ""


@dataclass(frozen=True)
class MachineLoad:
    """Of a short time, the seconds in which the product stood ready to work, and the machine was busy with others."""

    began: float
    ended: float
    waited: float


@dataclass
class Evidence:
    """Everything of one round."""

    seed: str = ""
    profile: str = ""
    # The executable that was judged.
    product: str = ""
    # When the actors began, when they and the nemesis were done and everything was healed, when all was calm or the judge stopped waiting.
    began: float = 0.0
    healed: float = 0.0
    ended: float = 0.0
    # What was not calm when the judge stopped waiting, in words: `2 changes wait`, `Account has not been polled since the last edit`.
    restless: list[str] = field(default_factory=list)
    # `ordered` or `merged`
    algorithm: str = "ordered"
    poll_seconds: float = 600.0
    mappings: list[MappingSpec] = field(default_factory=list)
    operations: list[Operation] = field(default_factory=list)
    row_changes: list[RowChange] = field(default_factory=list)
    org_changes: list[OrgChange] = field(default_factory=list)
    org_records: list[OrgRecord] = field(default_factory=list)
    table_rows: list[TableRow] = field(default_factory=list)
    log_rows: list[LogRow] = field(default_factory=list)
    mapping_statuses: list[MappingStatus] = field(default_factory=list)
    connection_statuses: list[ConnectionStatus] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    job_statuses: list[JobStatus] = field(default_factory=list)
    snapshots: list[Snapshot] = field(default_factory=list)
    intervals: list[Interval] = field(default_factory=list)
    loads: list[MachineLoad] = field(default_factory=list)
