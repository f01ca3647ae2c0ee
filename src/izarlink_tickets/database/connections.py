"""The database of a process, and its connections by use."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from time import monotonic
from typing import Literal

from sqlalchemy import Connection
from sqlalchemy.engine import URL, make_url

from izarlink_tickets.database import postgresql, sqlite
from izarlink_tickets.database.failures import (
    DatabaseBusy,
    DatabaseUnreachable,
    UnsupportedDatabase,
    translated_failures,
    uncertain_commit,
)
from izarlink_tickets.database.write_queue import FileLock, WriteQueue

# A person waits no longer for a page; afterwards it asks them to try again.
LOCK_SECONDS = 5.0
# Another machine waits while a migration rewrites a table.
MIGRATION_LOCK_SECONDS = 60.0
SQLITE_FILE_NAME = "izarlink.db"


class OptimisticTransaction:
    """A write transaction that has only read until `begin_writing`."""

    def __init__(
        self,
        connection: Connection,
        turn: Callable[[], AbstractContextManager[None]],
        *,
        until_end: ExitStack,
        until_commit: ExitStack,
    ) -> None:
        self.connection = connection
        self._turn = turn
        self._until_end, self._until_commit = until_end, until_commit
        self._is_writing = False

    def begin_writing(self) -> None:
        """Begin the transaction; on SQLite become the only writer until it ends.

        PostgreSQL's writers wait on the rows instead. Raises: DatabaseBusy, DatabaseUnreachable.
        """
        if self._is_writing:
            return
        self._until_end.enter_context(self._turn())
        if self.connection.dialect.name == "sqlite":
            self.connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            postgresql.begin(self.connection)
        self._is_writing = True

    def write_on(self) -> None:
        """Send what follows without waiting, where the database can.

        From here on no statement may return rows. A conflict may appear at a later statement, or after the block.
        """
        if self.connection.dialect.name == "postgresql":
            self._until_commit.enter_context(postgresql.pipelined(self.connection))


class Database:
    """The database of one process.

    Connections and locks are opened at their first use: processes forked before share none.
    path: the SQLite file; None on PostgreSQL.
    """

    def __init__(self, url: str, *, data_dir: Path) -> None:
        """Prepare without connecting.

        On SQLite create the folder.
        url: `postgresql://…`, `sqlite:///FILE`, or `sqlite:///` for `izarlink.db` in data_dir.
        Raises: UnsupportedDatabase.
        """
        self._url, self._data_dir = url, data_dir
        address = _address(url, data_dir=data_dir)
        self.dialect: Literal["sqlite", "postgresql"] = "postgresql"
        self.path: Path | None = None
        self._queue: WriteQueue | None = None
        if address.drivername == "sqlite":
            self.dialect, self.path = "sqlite", Path(str(address.database))
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._queue = WriteQueue(self.path)
        engines = sqlite.engines if self.path else postgresql.engines
        self._writes, self._reads = engines(address, busy_seconds=LOCK_SECONDS)

    def __reduce__(self) -> tuple[Callable[..., "Database"], tuple[str, Path]]:
        """Open the database again in the process that gets it."""
        return _open, (self._url, self._data_dir)

    @contextmanager
    def command(self) -> Iterator[Connection]:
        """Run a write transaction: COMMIT after the block, ROLLBACK on an exception.

        SQLite's writers wait in our own queue before the block, PostgreSQL's on the rows that they write.
        Source: ADR 0001.
        Raises: DatabaseBusy, DatabaseUnreachable, StorageFull, CommitUnknown, IntegrityError (sqlalchemy: a conflict).
        """
        with self.optimistic_command() as transaction:
            transaction.begin_writing()
            yield transaction.connection

    @contextmanager
    def optimistic_command(self) -> Iterator["OptimisticTransaction"]:
        """Run a write transaction whose block reads before it locks.

        Each statement before `begin_writing` reads the latest commit, in a transaction of its own: while the command
        waits for its turn it holds no table that a rebuild swaps. Others may write meanwhile: what the block has read
        is protected by unique keys, or read again. Raises: as `command`.
        """
        with translated_failures(), ExitStack() as turn, self._writes.connect() as connection:
            # Explicit, because code inside the block that begins one, such as Alembic, would also commit it.
            connection.begin()
            with postgresql.reading(connection), ExitStack() as writes:
                yield OptimisticTransaction(connection, self._turn, until_end=turn, until_commit=writes)
            postgresql.refuse_silent_rollback(connection)
            with uncertain_commit():
                _commit(connection)

    @contextmanager
    def restoration(self) -> Iterator[Connection]:
        """Run a write transaction without time limits, to load a whole database."""
        with self.command() as connection:
            if self.dialect == "postgresql":
                postgresql.lift_limits(connection)
            yield connection

    @contextmanager
    def query(self) -> Iterator[Connection]:
        """Read without a transaction.

        Each statement sees the latest commits, and can't write.
        Raises: DatabaseBusy, DatabaseUnreachable.
        """
        with translated_failures(), self._reads.connect() as connection:
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Read the state of one moment.

        Temporary tables may be created; they are dropped afterwards.
        Writers don't wait for it. Raises: DatabaseBusy, DatabaseUnreachable, StorageFull.
        """
        with translated_failures(), self._writes.connect() as connection:
            _begin_snapshot(connection)
            yield connection
            connection.rollback()

    @contextmanager
    def lock_migrations(self, *, seconds: float = MIGRATION_LOCK_SECONDS) -> Iterator[None]:
        """Hold the lock of migrations.

        Raises: DatabaseBusy after `seconds`, DatabaseUnreachable.
        """
        if self.path:
            with _locked_file(self.path.with_name(f"{self.path.name}.migrate"), seconds=seconds):
                yield
            return
        with translated_failures(), self._writes.connect() as connection:
            postgresql.lock_migrations(connection, seconds=seconds)
            yield

    def close(self) -> None:
        """Close all idle connections and the lock files."""
        self._writes.dispose()
        self._reads.dispose()
        if self._queue:
            self._queue.close()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if self._queue is None:
            yield
            return
        _wait_for_turn(self._queue)
        try:
            yield
        finally:
            self._queue.release()


def _open(url: str, data_dir: Path) -> Database:
    return Database(url, data_dir=data_dir)


def _address(url: str, *, data_dir: Path) -> URL:
    address = make_url(url)
    if address.drivername in ("postgresql", "postgresql+psycopg"):
        return address.set(drivername="postgresql+psycopg")
    if address.drivername != "sqlite" or address.database == ":memory:":
        raise UnsupportedDatabase("expected sqlite:///FILE or postgresql://USER@HOST/NAME")
    return address.set(database=address.database or str(data_dir / SQLITE_FILE_NAME))


def _commit(connection: Connection) -> None:
    try:
        connection.commit()
    except BaseException:
        # Its transaction may still be open; back in the pool, it would keep the next one from beginning.
        connection.invalidate()
        raise


def _begin_snapshot(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        postgresql.begin_snapshot(connection)
        connection.exec_driver_sql("SELECT 1").all()
        return
    connection.exec_driver_sql("BEGIN")
    connection.exec_driver_sql("SELECT 1 FROM sqlite_schema LIMIT 1").all()


def _wait_for_turn(queue: WriteQueue) -> None:
    try:
        queue.acquire(seconds=LOCK_SECONDS)
    except TimeoutError as error:
        raise DatabaseBusy("other writers are waiting") from error
    except OSError as error:
        raise DatabaseUnreachable(str(error)) from error


@contextmanager
def _locked_file(path: Path, *, seconds: float) -> Iterator[None]:
    lock = FileLock(path)
    try:
        _wait_for(lock, seconds=seconds)
        yield
    finally:
        lock.close()


def _wait_for(lock: FileLock, *, seconds: float) -> None:
    try:
        lock.acquire(deadline=monotonic() + seconds)
    except TimeoutError as error:
        raise DatabaseBusy("another process is migrating") from error
