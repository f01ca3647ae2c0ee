"""PostgreSQL engines with a limit on every wait."""

from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.pool import ConnectionPoolEntry

from izarlink_tickets.database.failures import TransactionAborted

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
# A rebuild or migration takes longer, and works between its statements.
_UNHURRIED = "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = '15min'"


def engines(address: URL, *, busy_seconds: float) -> tuple[Engine, Engine]:
    """Build the writing engine and the read-only one."""
    session = f"{_SESSION} -c lock_timeout={int(busy_seconds * 1000)}"
    writes = _engine(address, "READ COMMITTED", session, busy_seconds)
    event.listen(writes, "connect", _sync_commits)
    return writes, _engine(address, "AUTOCOMMIT", f"{session} {_READ_ONLY}", busy_seconds)


def _sync_commits(connection: "psycopg.Connection", _: ConnectionPoolEntry) -> None:
    # Outside a transaction, as it stores nothing.
    connection.autocommit = True
    connection.execute(_SYNCED)
    connection.autocommit = False


def begin_snapshot(connection: Connection) -> None:
    """Read the state of this moment, without time limits."""
    connection.execution_options(isolation_level="REPEATABLE READ")
    connection.exec_driver_sql(_UNHURRIED)


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
    return create_engine(
        address,
        isolation_level=isolation_level,
        hide_parameters=True,
        pool_pre_ping=True,
        pool_timeout=busy_seconds,
        connect_args={**_CONNECT, "options": session},
    )
