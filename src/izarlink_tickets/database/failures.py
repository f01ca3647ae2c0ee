"""Failures of a database, translated from the drivers' errors."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeGuard, cast

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

if TYPE_CHECKING:
    import psycopg


class UnsupportedDatabase(ValueError):
    """The database is unsupported, or the installed SQLite lacks a feature."""


class DatabaseBusy(Exception):
    """A lock was not free in time; nothing was stored."""


class DatabaseUnreachable(Exception):
    """The database was unreachable or lost before COMMIT; nothing was stored.

    was_connected: a connection was lost, and a new one may work at once.
    """

    def __init__(self, message: str = "", *, was_connected: bool = False) -> None:
        super().__init__(message)
        self.was_connected = was_connected


class StorageFull(Exception):
    """The disk of the database is full; nothing was stored."""


class CommitUnknown(Exception):
    """The connection was lost during COMMIT; only the command log knows."""


class TransactionAborted(Exception):
    """After a swallowed error PostgreSQL would roll back silently at COMMIT."""


# PostgreSQL, appendix A: lock_not_available, query_canceled (statement_timeout), deadlock_detected.
_BUSY_STATES = ("55P03", "57014", "40P01")
# Connection exceptions, operator intervention (shutdown, crash, starting up), too_many_connections,
# idle_in_transaction_session_timeout, read_only_sql_transaction (a replica, or a primary that no longer is one).
_UNREACHABLE_STATES = ("08", "57P", "53300", "25P03", "25006")
_FULL_STATES = ("53100",)
# An answer to COMMIT with these states leaves open whether it was stored.
_DOUBTFUL_STATES = ("08", "57P")

# The low byte of SQLite's result code is the family of errors; the rest is detail.
_FAMILY = 0xFF
_SQLITE_FAILURES: dict[int, type[Exception]] = {
    sqlite3.SQLITE_BUSY: DatabaseBusy,
    sqlite3.SQLITE_LOCKED: DatabaseBusy,
    sqlite3.SQLITE_FULL: StorageFull,
    sqlite3.SQLITE_CANTOPEN: DatabaseUnreachable,
    sqlite3.SQLITE_IOERR: DatabaseUnreachable,
}


@contextmanager
def translated_failures() -> Iterator[None]:
    """Translate driver errors, except conflicts and errors in our SQL."""
    try:
        yield
    except PoolTimeout as error:
        raise DatabaseBusy("all connections are in use") from error
    except IntegrityError:
        raise
    except DBAPIError as error:
        failure = _failure_of(error.orig)
        if failure is None:
            raise
        if failure is DatabaseUnreachable:
            raise DatabaseUnreachable(str(error.orig), was_connected=error.connection_invalidated) from error
        raise failure(str(error.orig)) from error


@contextmanager
def uncertain_commit() -> Iterator[None]:
    """Raise CommitUnknown if the outcome of the COMMIT inside is open."""
    try:
        yield
    except DBAPIError as error:
        if _is_uncertain(error.orig):
            raise CommitUnknown from error
        raise


def wrapped_failure(connection: Connection, error: Exception) -> DBAPIError:
    """Wrap a driver's error as SQLAlchemy does.

    A lost connection is given up, with all that are as old: whatever ended it may have ended them.
    """
    dialect: Any = connection.dialect
    is_lost = not connection.invalidated and _is_lost(connection, error)
    wrapped = DBAPIError.instance(
        None,
        None,
        error,
        dialect.loaded_dbapi.Error,
        hide_parameters=True,
        connection_invalidated=is_lost or connection.invalidated,
        dialect=dialect,
    )
    if is_lost:
        connection.engine.pool._invalidate(connection.connection, error)  # noqa: SLF001 - as SQLAlchemy's connections do
        connection.invalidate(error)
    return cast("DBAPIError", wrapped)


def is_locked(error: sqlite3.Error) -> bool:
    """Whether another connection holds the lock."""
    return _family(error) == sqlite3.SQLITE_BUSY


def _is_lost(connection: Connection, error: Exception) -> bool:
    return connection.dialect.is_disconnect(cast("Any", error), connection.connection, None)


def _failure_of(error: BaseException | None) -> type[Exception] | None:
    if isinstance(error, sqlite3.Error):
        return _SQLITE_FAILURES.get(_family(error))
    if _is_postgresql(error):
        return _failure_of_postgresql(error)
    return None


def _failure_of_postgresql(error: "psycopg.Error") -> type[Exception] | None:
    state = error.sqlstate
    if state is None:
        # The error comes from the network or the driver, not from the server.
        is_operational = any(kind.__name__ == "OperationalError" for kind in type(error).__mro__)
        return DatabaseUnreachable if is_operational else None
    if state.startswith(_BUSY_STATES):
        return DatabaseBusy
    if state.startswith(_FULL_STATES):
        return StorageFull
    return DatabaseUnreachable if state.startswith(_UNREACHABLE_STATES) else None


def _is_uncertain(error: BaseException | None) -> bool:
    if _is_postgresql(error):
        return error.sqlstate is None or error.sqlstate.startswith(_DOUBTFUL_STATES)
    # The log's last page may have reached the disk although fsync failed.
    return isinstance(error, sqlite3.Error) and _family(error) == sqlite3.SQLITE_IOERR


def _is_postgresql(error: BaseException | None) -> "TypeGuard[psycopg.Error]":
    # Without loading the driver, which a portal on SQLite never needs.
    return hasattr(error, "sqlstate")


def _family(error: sqlite3.Error) -> int:
    # Errors of the module itself, such as a closed connection, have no code.
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & _FAMILY
