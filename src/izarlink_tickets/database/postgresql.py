"""PostgreSQL engines with a limit on every wait."""

import select
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Any, Literal, cast

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from izarlink_tickets.database.failures import TransactionAborted, wrapped_failure
from izarlink_tickets.database.prepared import READS_AGAIN

if TYPE_CHECKING:
    # SQLAlchemy loads it for a PostgreSQL database; on SQLite it would cost a start 75 ms.
    import psycopg

# An arbitrary number, unused as a lock in this database: "izar" in ASCII.
MIGRATION_LOCK = 0x697A6172
# libpq's names; in seconds, tcp_user_timeout in milliseconds. Without them a worker would wait for minutes on an
# unplugged machine.
_CONNECT = {
    "connect_timeout": 5,
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 30,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "application_name": "izarlink-tickets",
}
# Statements of pages and commands take less than a second; after half a minute something is wrong.
_SESSION = "-c TimeZone=UTC -c statement_timeout=30s -c idle_in_transaction_session_timeout=30s"
_READ_ONLY = "-c default_transaction_read_only=on"
# A server may be set to acknowledge a COMMIT before it is on disk; ours waits for the disk. Stricter settings stay.
_SYNCED = "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
# How long a connection may idle before the server is asked. SQLAlchemy's own check asks at each use, which
# is a round trip for each connection that a page or a command takes from the pool.
TRUSTED_SECONDS = 5.0
_RETURNED_AT = "returned_at"
# A rebuild or migration takes longer, and works between its statements.
_UNHURRIED = "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = '15min'"


def engines(address: URL, *, busy_seconds: float) -> tuple[Engine, Engine]:
    """Build the writing engine and the read-only one."""
    session = f"{_SESSION} -c lock_timeout={int(busy_seconds * 1000)}"
    writes = _engine(address, "READ COMMITTED", session, busy_seconds)
    event.listen(writes, "connect", _sync_commits)
    reads = _engine(address, "AUTOCOMMIT", f"{session} {_READ_ONLY}", busy_seconds)
    reads.update_execution_options(**{READS_AGAIN: True})
    return writes, reads


def _sync_commits(connection: "psycopg.Connection", _: ConnectionPoolEntry) -> None:
    # Outside a transaction, as it stores nothing.
    connection.autocommit = True
    connection.execute(_SYNCED)
    connection.autocommit = False


def _note_return(_: "psycopg.Connection", entry: ConnectionPoolEntry) -> None:
    entry.info[_RETURNED_AT] = monotonic()


def _check_open(connection: "psycopg.Connection", entry: ConnectionPoolEntry, _: PoolProxiedConnection) -> None:
    """Raise InvalidatePoolError if the server has closed a pooled connection.

    A server that closes a connection says so, which costs no round trip to see. A silent network needs one.
    """
    returned_at = entry.info.get(_RETURNED_AT)
    if returned_at is None or (_is_silent(connection) and monotonic() - returned_at < TRUSTED_SECONDS):
        return
    try:
        connection.execute("SELECT 1")
        connection.rollback()
    except connection.Error as error:
        raise InvalidatePoolError from error


def _is_silent(connection: "psycopg.Connection") -> bool:
    """Check whether the server has sent nothing since the last answer."""
    if connection.closed:
        return False
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return not poll.poll(0)


def begin_snapshot(connection: Connection) -> None:
    """Read the state of this moment, without time limits."""
    connection.execution_options(isolation_level="REPEATABLE READ")
    connection.exec_driver_sql(_UNHURRIED)


@contextmanager
def reading(connection: Connection) -> Iterator[None]:
    """Run each statement of the block in its own transaction, until `begin`.

    A transaction would keep the locks of the tables it has read, and a rebuild that swaps them would wait for it while
    it waits for the rebuild.
    """
    if connection.dialect.name != "postgresql":
        yield
        return
    driver = _driver(connection)
    driver.autocommit = True
    try:
        yield
    finally:
        if driver.autocommit and not driver.closed:
            driver.autocommit = False


def begin(connection: Connection) -> None:
    """Begin the transaction of a block of `reading`, with its next statement."""
    _driver(connection).autocommit = False


def _driver(connection: Connection) -> "psycopg.Connection":
    return cast("psycopg.Connection", connection.connection.driver_connection)


@contextmanager
def pipelined(connection: Connection) -> Iterator[None]:
    """Send the block's statements without waiting for each answer.

    No statement of the block may return rows. Its end waits for all answers.
    Raises: the first failure, as the statement by itself would.
    """
    driver = _driver(connection)
    try:
        with driver.pipeline():
            yield
    except driver.Error as error:
        raise wrapped_failure(connection, error) from error


def lift_limits(connection: Connection) -> None:
    """Lift the time limits of a transaction over whole tables."""
    connection.exec_driver_sql("SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0")


def lock_migrations(connection: Connection, *, seconds: float) -> None:
    """Take the lock of migrations until the transaction ends."""
    connection.exec_driver_sql(_UNHURRIED)
    # It idles while the migration works, maybe for a whole rebuild; ended early, it would admit a second migration.
    connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = {int(seconds * 1000)}")
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")


def refuse_silent_rollback(connection: Connection) -> None:
    """Check locally that COMMIT would not roll back. Raises: TransactionAborted."""
    if connection.dialect.name != "postgresql":
        return
    driver: Any = connection.connection.driver_connection
    if driver.info.transaction_status.name == "INERROR":
        raise TransactionAborted


def _engine(
    address: URL, isolation_level: Literal["READ COMMITTED", "AUTOCOMMIT"], session: str, busy_seconds: float
) -> Engine:
    engine = create_engine(
        address,
        isolation_level=isolation_level,
        hide_parameters=True,
        pool_timeout=busy_seconds,
        connect_args={**_CONNECT, "options": session},
    )
    event.listen(engine, "checkin", _note_return)
    event.listen(engine, "checkout", _check_open)
    return engine
