"""A portal with all people, created once and restored for each test."""

import shutil
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import make_url, text
from tests.cast import Cast, Clock, assemble

from izarlink_tickets import outbox
from izarlink_tickets.application import open_portal
from izarlink_tickets.application.operations.schema import migrate
from izarlink_tickets.config import Settings, load_keys
from izarlink_tickets.database import Database, metadata
from izarlink_tickets.event_store import begin_epoch, begin_log

# A test that kills a process or cuts a connection may leave an open transaction with its locks.
END_OTHER_SESSIONS = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)

# Tests let few people do in minutes what customers do in days; the limits have tests of their own.
NO_LIMITS = {
    f"IZARLINK_{name}": "0"
    for name in ("TICKETS_PER_HOUR", "FOLLOW_UPS_PER_HOUR", "MAILS_PER_HOUR", "UPLOAD_BYTES_PER_HOUR")
}


@dataclass(frozen=True)
class Stage:
    """The initial state: a data folder, and a database on PostgreSQL.

    The database holds a copy of its initial rows.
    """

    folder: Path
    cast: Cast
    url: str | None = None

    def settings(self, folder: Path) -> Settings:
        """Restore the initial state; return the settings of a portal in `folder`."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        if self.url:
            restore_rows(self.url)
        return settings_of(folder, self.url)

    def people(self, clock: Clock) -> Cast:
        """Return the people with this clock."""
        cast = deepcopy(self.cast)
        cast.clock = clock
        return cast


def set_up(folder: Path, url: str | None = None) -> Stage:
    """Migrate an empty database, create all people and close it."""
    settings = settings_of(folder, url)
    migrate(settings)
    portal = open_portal(settings, load_keys(settings))
    cast = assemble(portal, Clock())
    with portal.database.command() as connection:
        outbox.discard(connection, now=cast.clock())
    portal.database.close()
    if url:
        copy_rows(url)
    return Stage(folder, cast, url)


def settings_of(folder: Path, url: str | None = None) -> Settings:
    """Build the settings of a portal in `folder`.

    url: of the database; by default a SQLite file in the folder.
    """
    address = {"IZARLINK_DATABASE_URL": url} if url else {}
    # Most tests sign staff in by a password alone; those of the second factor demand it.
    chosen = {"IZARLINK_DATA_DIR": str(folder), "IZARLINK_SECOND_FACTOR": "off"}
    return Settings.read({**chosen, **NO_LIMITS, **address})


def copy_rows(url: str) -> None:
    """Copy the rows of every table into the schema `stage`."""
    with _connected(url) as connection:
        tables = _tables(connection, "public")
        connection.execute("CREATE SCHEMA stage")
        for table in tables:
            copy = sql.SQL("CREATE TABLE stage.{table} AS SELECT * FROM public.{table}")
            connection.execute(copy.format(table=sql.Identifier(table)))


def restore_rows(url: str) -> bool:
    """Restore the copied rows; return whether the tables are still the same.

    It takes 7 ms; a new database takes 400. If a test has changed the set of tables, nothing is restored.
    """
    swap = sql.SQL("DELETE FROM public.{table}; INSERT INTO public.{table} SELECT * FROM stage.{table}")
    with _connected(url) as connection:
        connection.execute(END_OTHER_SESSIONS.text)
        tables = _tables(connection, "stage")
        if tables != _tables(connection, "public"):
            return False
        # The tables are not in the order of their references.
        connection.execute("SET LOCAL session_replication_role = replica")
        swaps = [swap.format(table=sql.Identifier(table)) for table in tables]
        connection.execute(sql.SQL("; ").join(swaps))
    return True


def empty(url: str) -> None:
    """Empty a PostgreSQL database, except for the copied rows."""
    with _connected(url) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")


def make_schema(url: str, data_dir: Path) -> None:
    """Create all tables and their initial rows."""
    database = Database(url, data_dir=data_dir)
    with database.command() as connection:
        metadata.create_all(connection)
        begin_log(connection)
        begin_epoch(connection)
    database.close()


def _connected(url: str) -> psycopg.Connection[tuple[str]]:
    return psycopg.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False))


def _tables(connection: psycopg.Connection[tuple[str]], schema: str) -> list[str]:
    query = "SELECT tablename FROM pg_tables WHERE schemaname = %s ORDER BY tablename"
    return [name for (name,) in connection.execute(query, (schema,))]
