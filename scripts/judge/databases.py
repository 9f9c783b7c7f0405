"""The Postgres of the judge: roles, the databases of a round, and what its faults do to the server."""

import contextlib

from faults.server import Server

from .libpq import PostgresError, Session

# The product's role owns the databases and may nothing else, so that a lost privilege is one; an application's role has it granted.
ROLES = """
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tenant') THEN
        CREATE ROLE tenant LOGIN; CREATE ROLE clerk LOGIN; GRANT tenant TO clerk;
    END IF;
END $$
"""
# What applications have beside the mapped tables: backups, and rights that do not come from the product's role.
KEEP = """
CREATE SCHEMA keep AUTHORIZATION clerk;
ALTER DEFAULT PRIVILEGES FOR ROLE tenant GRANT ALL ON TABLES TO clerk;
ALTER DEFAULT PRIVILEGES FOR ROLE tenant GRANT ALL ON SEQUENCES TO clerk;
"""


class Databases:
    """The control database and the target of one round."""

    def __init__(self, server: Server, name: str, template: str, apart: bool) -> None:
        self.server = server
        self.control = name
        self.target = f"{name}_target" if apart else name
        self.apart = apart
        self.root = Session(server.url, "judge")
        self.root.rows(f"CREATE DATABASE {self.control} TEMPLATE {template} OWNER tenant")
        if apart:
            self.root.rows(f"CREATE DATABASE {self.target} OWNER tenant")

    def url(self, database: str, role: str = "tenant") -> str:
        return f"postgres://{role}@127.0.0.1:{self.server.port}/{database}"

    def session(self, database: str, role: str, application: str) -> Session:
        return Session(self.url(database, role), application)

    def cut_control(self) -> None:
        """Nobody reaches the control database any more; a target of its own stays within reach."""
        with contextlib.suppress(PostgresError):
            self.root.rows(f"ALTER DATABASE {self.control} ALLOW_CONNECTIONS false")
            self.root.rows(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{self.control}' AND pid <> pg_backend_pid()")

    def restore_control(self) -> None:
        self.root.rows(f"ALTER DATABASE {self.control} ALLOW_CONNECTIONS true")

    def end_sessions(self) -> None:
        with contextlib.suppress(PostgresError):
            self.root.rows(
                f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname IN ('{self.control}', '{self.target}') "
                "AND application_name NOT LIKE 'judge%'")

    def drop(self) -> None:
        for name in dict.fromkeys((self.control, self.target)):
            with contextlib.suppress(PostgresError):
                self.root.rows(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        self.root.close()
