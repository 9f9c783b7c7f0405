"""Which statements take a server's time: pg_stat_statements."""

from checks.database import Database

from .results import say


class Statements:
    """Counts from here on. The server must have been started with shared_preload_libraries = pg_stat_statements."""

    def __init__(self, server: Database) -> None:
        self.server = server
        server.rows("SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS pg_stat_statements; SELECT pg_stat_statements_reset()")

    def show(self, shown: int = 15) -> None:
        """The costliest, by execution time summed over all sessions and databases, also of databases that are gone."""
        rows = self.server.rows(f"""
            SELECT round(sum(total_exec_time)), sum(calls), pg_size_pretty(sum(wal_bytes)),
                   -- Stage tables are named after their job and page.
                   left(regexp_replace(regexp_replace(query, '\\s+', ' ', 'g'), 'l_[0-9a-f]{{32}}_[0-9_]+', 'l_…', 'g'), 110)
            FROM pg_stat_statements WHERE query !~ '^DO ' GROUP BY 4 ORDER BY 1 DESC LIMIT {shown}""")
        for milliseconds, calls, wal, text in rows:
            say(f"    {float(milliseconds):>8,.0f} ms {calls:>7} x  WAL {wal:>9}  {text}")
