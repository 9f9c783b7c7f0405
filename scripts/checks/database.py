"""Postgres as an application sees it: through psql, with none of Sluice's code."""

import subprocess
from collections.abc import Iterator

SEPARATOR = "\x1f"


class SQLError(Exception):
    """What psql said."""


class Database:
    """A database by its URL."""

    def __init__(self, url: str) -> None:
        self.url = url

    def _command(self, *options: str) -> list[str]:
        return ["psql", "--no-psqlrc", "--quiet", "--no-align", "--tuples-only", f"--field-separator={SEPARATOR}",
                "--set=ON_ERROR_STOP=1", *options, self.url]

    def rows(self, sql: str) -> list[list[str]]:
        """Runs statements in one session; returns the rows of all of them as text."""
        result = subprocess.run(self._command(), input=sql, capture_output=True, text=True, check=False)
        if result.returncode != 0:
            raise SQLError(f"{result.stderr.strip()} in: {' '.join(sql.split())[:300]}")
        return [line.split(SEPARATOR) for line in result.stdout.splitlines()]

    def value(self, sql: str) -> str:
        """The first column of the first row; empty when there is none."""
        rows = self.rows(sql)
        return rows[0][0] if rows else ""

    def number(self, sql: str) -> int:
        return int(self.value(sql) or 0)

    def counts(self, sql: str) -> dict[str, int]:
        """Rows of a name and a number."""
        return {name: int(count) for name, count in self.rows(sql)}

    def stream(self, sql: str) -> Iterator[bytes]:
        """Lines of a query's answer as they come."""
        with subprocess.Popen(self._command("--command", f"COPY ({sql}) TO STDOUT"), stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            yield from process.stdout
        if process.returncode != 0:
            raise SQLError(f"psql ended with {process.returncode} in: {' '.join(sql.split())[:300]}")
