"""The private Postgres under test: stopped, started, and crowded."""

import socket
import struct
import subprocess
from pathlib import Path

from checks.database import Database

ROOT = Path(__file__).resolve().parents[2]


class Server:
    """A cluster that scripts/postgres.sh made."""

    def __init__(self, cluster: str, port: int) -> None:
        self.cluster = cluster
        self.port = port
        self.url = f"postgres://sluice@127.0.0.1:{port}/postgres"
        self.database = Database(self.url)
        self.idle: list[socket.socket] = []

    def pid(self) -> int:
        """The postmaster's, whose children are the sessions; 0 while it does not run."""
        try:
            return int(Path(f"{self.cluster}/data/postmaster.pid").read_text(encoding="ascii").split()[0])
        except (OSError, ValueError, IndexError):
            return 0

    def _pg_ctl(self, arguments: str) -> None:
        subprocess.run(
            ["bash", "-c", f'source scripts/postgres.sh; as_postgres "$(postgres_bin)/pg_ctl" --pgdata="{self.cluster}/data" '
             f'--log="{self.cluster}/postgres.log" --wait --timeout=60 {arguments}'],
            cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)

    def crash(self) -> None:
        """As if the server process had died: no checkpoint, no goodbye."""
        self._pg_ctl("--mode=immediate stop")
        self.release()

    def stop(self) -> None:
        """In order: sessions are ended, everything is written."""
        self._pg_ctl("--mode=fast stop")
        self.release()

    def start(self) -> None:
        self._pg_ctl("start")

    def terminate_backends(self, condition: str = "") -> int:
        return self.database.number(f"""
            SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
            WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND application_name <> 'idle' {condition}""")

    def hold(self, count: int) -> None:
        """Opens connections that do nothing."""
        for _ in range(count):
            self.idle.append(self._connect())

    def release(self) -> None:
        for connection in self.idle:
            connection.close()
        self.idle = []

    def _connect(self) -> socket.socket:
        """A session by the wire protocol alone: with trust, one message opens it."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        parameters = b"user\0sluice\0database\0postgres\0application_name\0idle\0\0"
        connection.sendall(struct.pack("!ii", 8 + len(parameters), 196608) + parameters)
        answer = b""
        # ReadyForQuery, idle: the last message of a successful start.
        while not answer.endswith(b"Z\x00\x00\x00\x05I"):
            piece = connection.recv(4096)
            if not piece:
                raise ConnectionError(f"the server refused a connection: {answer!r}")
            answer += piece
        return connection
