"""Sessions with Postgres over the C library itself: real ones that live as long as an application's, one for each actor.

psql would do for one statement; actors keep transactions open, are cut off in the middle of one, and must know what became of it.
"""

import ctypes
import ctypes.util
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

_EMPTY, _COMMAND_OK, _TUPLES_OK, _COPY_IN = 0, 1, 2, 4
_BAD_CONNECTION = 1
_SQLSTATE, _PRIMARY = ord("C"), ord("M")
_IDLE = 0


def _library() -> ctypes.CDLL:
    library = ctypes.CDLL(ctypes.util.find_library("pq") or "libpq.so.5")
    pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
    for name, result, arguments in (
        ("PQconnectdb", pointer, [text]), ("PQstatus", number, [pointer]), ("PQerrorMessage", text, [pointer]), ("PQfinish", None, [pointer]),
        ("PQexec", pointer, [pointer, text]), ("PQresultStatus", number, [pointer]), ("PQresultErrorField", text, [pointer, number]),
        ("PQntuples", number, [pointer]), ("PQnfields", number, [pointer]), ("PQgetvalue", text, [pointer, number, number]),
        ("PQgetisnull", number, [pointer, number, number]), ("PQclear", None, [pointer]), ("PQtransactionStatus", number, [pointer]),
        ("PQputCopyData", number, [pointer, text, number]), ("PQputCopyEnd", number, [pointer, text]), ("PQgetResult", pointer, [pointer]),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


PQ = _library()


class PostgresError(Exception):
    """What the server or the library said; `state` is the SQLSTATE, empty when the connection itself is gone."""

    def __init__(self, message: str, state: str = "") -> None:
        super().__init__(message)
        self.state = state

    @property
    def is_lost(self) -> bool:
        """Whether the session is gone, so that nobody knows what became of a COMMIT that was under way."""
        return self.state in {"", "57P01", "57P02", "57P03"}


@dataclass
class Session:
    """One connection, opened when it is first needed and again after it was lost."""

    url: str
    application: str
    # Said to the server at the start of every connection.
    settings: tuple[str, ...] = ()
    _connection: int | None = field(default=None, repr=False)
    # A connection of libpq may be used by one thread at a time, and nothing tells when it is not.
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    def open(self) -> int:
        if self._connection is not None and PQ.PQstatus(self._connection) != _BAD_CONNECTION:
            return self._connection
        self.close()
        address = (
            f"{self.url}?application_name={self.application}&connect_timeout=10&tcp_user_timeout=60000"
            "&options=-c%20statement_timeout%3D60000%20-c%20client_min_messages%3Derror")
        connection = PQ.PQconnectdb(address.encode())
        if PQ.PQstatus(connection) == _BAD_CONNECTION:
            message = (PQ.PQerrorMessage(connection) or b"").decode(errors="replace").strip()
            PQ.PQfinish(connection)
            raise PostgresError(message)
        self._connection = connection
        for setting in self.settings:
            self.rows(setting)
        return connection

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                PQ.PQfinish(self._connection)
                self._connection = None

    def rows(self, sql: str) -> list[list[str | None]]:
        """Runs statements; returns the rows of the last one as text."""
        with self._lock:
            return self._rows(sql)

    def _rows(self, sql: str) -> list[list[str | None]]:
        connection = self.open()
        result = PQ.PQexec(connection, sql.encode())
        try:
            if PQ.PQresultStatus(result) not in {_EMPTY, _COMMAND_OK, _TUPLES_OK}:
                raise self._error(connection, result)
            columns = range(PQ.PQnfields(result))
            return [
                [None if PQ.PQgetisnull(result, row, column) else PQ.PQgetvalue(result, row, column).decode(errors="replace") for column in columns]
                for row in range(PQ.PQntuples(result))]
        finally:
            PQ.PQclear(result)

    def value(self, sql: str) -> str | None:
        rows = self.rows(sql)
        return rows[0][0] if rows else None

    def copy(self, sql: str, lines: Iterable[str]) -> None:
        """COPY … FROM STDIN with these lines."""
        with self._lock:
            self._copy(sql, lines)

    def _copy(self, sql: str, lines: Iterable[str]) -> None:
        connection = self.open()
        result = PQ.PQexec(connection, sql.encode())
        status = PQ.PQresultStatus(result)
        try:
            if status != _COPY_IN:
                raise self._error(connection, result)
        finally:
            PQ.PQclear(result)
        for text in lines:
            data = (text + "\n").encode()
            PQ.PQputCopyData(connection, data, len(data))
        PQ.PQputCopyEnd(connection, None)
        error: PostgresError | None = None
        while result := PQ.PQgetResult(connection):
            if PQ.PQresultStatus(result) != _COMMAND_OK and error is None:
                error = self._error(connection, result)
            PQ.PQclear(result)
        if error is not None:
            raise error

    @property
    def is_idle(self) -> bool:
        """Whether no transaction is open."""
        return self._connection is None or PQ.PQtransactionStatus(self._connection) == _IDLE

    def _error(self, connection: int, result: int | None) -> PostgresError:
        if PQ.PQstatus(connection) == _BAD_CONNECTION or not result:
            message = (PQ.PQerrorMessage(connection) or b"").decode(errors="replace").strip()
            self.close()
            return PostgresError(message or "the connection is gone")
        state = (PQ.PQresultErrorField(result, _SQLSTATE) or b"").decode()
        primary = (PQ.PQresultErrorField(result, _PRIMARY) or b"").decode(errors="replace")
        return PostgresError(primary or (PQ.PQerrorMessage(connection) or b"").decode(errors="replace").strip(), state)
