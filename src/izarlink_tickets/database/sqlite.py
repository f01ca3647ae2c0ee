"""SQLite engines: WAL, and every commit on disk before it is acknowledged."""

import sqlite3
from time import monotonic, sleep

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.pool import ConnectionPoolEntry

from izarlink_tickets.database.failures import UnsupportedDatabase, is_locked

# The first version with RETURNING.
MINIMUM_VERSION = (3, 35, 0)
SYNCHRONOUS_FULL = 2
WAL_PAUSE_SECONDS = 0.01


def engines(address: URL, *, busy_seconds: float) -> tuple[Engine, Engine]:
    """Build the writing and the read-only engine. Raises: UnsupportedDatabase."""
    if sqlite3.sqlite_version_info < MINIMUM_VERSION:
        raise UnsupportedDatabase(f"SQLite {sqlite3.sqlite_version} is older than 3.35")
    writes, reads = (
        create_engine(
            address,
            hide_parameters=True,
            pool_use_lifo=True,
            pool_timeout=busy_seconds,
            connect_args={"timeout": busy_seconds},
        )
        for _ in range(2)
    )
    event.listen(writes, "connect", _prepare)
    event.listen(reads, "connect", _prepare_to_read)
    return writes, reads


def _prepare(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
    # Keeps the sqlite3 module from beginning transactions; only `Database` does.
    connection.isolation_level = None
    _switch_to_wal(connection)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    # Read back, because SQLite ignores an unsupported pragma.
    if connection.execute("PRAGMA synchronous").fetchone() != (SYNCHRONOUS_FULL,):
        raise UnsupportedDatabase("SQLite doesn't accept synchronous = FULL")


def _prepare_to_read(connection: sqlite3.Connection, entry: ConnectionPoolEntry) -> None:
    _prepare(connection, entry)
    connection.execute("PRAGMA query_only = ON")


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    mode = _journal_mode(connection)
    if mode != "wal":
        raise UnsupportedDatabase(f"SQLite stays in journal mode {mode} instead of wal")


def _journal_mode(connection: sqlite3.Connection) -> str:
    # Among eight simultaneous switches one may fail at once, despite the busy timeout: 3 of 1,600 did.
    deadline = monotonic() + connection.execute("PRAGMA busy_timeout").fetchone()[0] / 1000
    while True:
        try:
            return str(connection.execute("PRAGMA journal_mode = WAL").fetchone()[0])
        except sqlite3.OperationalError as error:
            if not is_locked(error) or monotonic() > deadline:
                raise
        sleep(WAL_PAUSE_SECONDS)
