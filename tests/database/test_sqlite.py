"""Durability of SQLite files, and the queue of their writers."""

import multiprocessing
import signal
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest
from sqlalchemy import text

from izarlink_tickets.database import Database
from izarlink_tickets.database.write_queue import FairLock, FileLock

CROWD = 8
WAIT_SECONDS = 60
# A new interpreter, because an inherited descriptor would keep the lock.
_spawn = multiprocessing.get_context("spawn")


@pytest.fixture
def sqlite_database(fresh_sqlite_url, tmp_path):
    with closing(Database(fresh_sqlite_url, data_dir=tmp_path)) as database:
        yield database


@pytest.fixture
def all_together():
    """Run a call in eight threads at the same time.

    With a Database each they are to SQLite and to flock what eight processes are.
    """
    barrier = threading.Barrier(CROWD)
    with ThreadPoolExecutor(CROWD, initializer=barrier.wait, initargs=(WAIT_SECONDS,)) as threads:
        yield threads


def _pragma(database: Database, name: str) -> list[object]:
    with database.command() as command, database.query() as query, database.snapshot() as snapshot:
        return [each.execute(text(f"PRAGMA {name}")).scalar_one() for each in (command, query, snapshot)]


@pytest.mark.parametrize(
    ("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 5000)]
)
def test_every_connection_writes_ahead_and_syncs_each_commit(sqlite_database, pragma, value):
    assert _pragma(sqlite_database, pragma) == [value] * 3


def test_the_switch_to_wal_waits_for_a_writer(tmp_path):
    file = tmp_path / "izarlink.db"
    with closing(sqlite3.connect(file, isolation_level=None, check_same_thread=False)) as other:
        other.execute("CREATE TABLE notes (id INTEGER)")
        # SQLite refuses the switch at once during another connection's write, despite the busy timeout.
        other.execute("BEGIN IMMEDIATE")
        end = threading.Timer(0.1, other.rollback)
        end.start()

        with closing(Database("sqlite:///", data_dir=tmp_path)) as database:
            mode = _pragma(database, "journal_mode")
        end.join()

    assert mode == ["wal"] * 3


def _write_first(data_dir: Path) -> None:
    with closing(Database("sqlite:///", data_dir=data_dir)) as database, database.command() as connection:
        connection.execute(text("CREATE TABLE IF NOT EXISTS notes (id INTEGER)"))
        connection.execute(text("INSERT INTO notes VALUES (1)"))


def _journal_mode(data_dir: Path) -> str:
    with closing(Database("sqlite:///", data_dir=data_dir)) as database, database.query() as connection:
        return str(connection.execute(text("PRAGMA journal_mode")).scalar_one())


def test_eight_writers_may_be_the_first_to_open_the_file(tmp_path, all_together):
    list(all_together.map(_write_first, [tmp_path] * CROWD))

    with closing(Database("sqlite:///", data_dir=tmp_path)) as database, database.query() as connection:
        notes = connection.execute(text("SELECT count(*) FROM notes")).scalar_one()
    assert notes == CROWD


def test_eight_readers_may_be_the_first_to_open_the_file(tmp_path, all_together):
    modes = list(all_together.map(_journal_mode, [tmp_path] * CROWD))

    assert modes == ["wal"] * CROWD


def test_a_command_keeps_even_a_stranger_from_writing_from_its_beginning(sqlite_database):
    stranger = sqlite3.connect(sqlite_database.path, timeout=0, isolation_level=None)

    with closing(stranger), sqlite_database.command(), pytest.raises(sqlite3.OperationalError, match="locked"):
        stranger.execute("BEGIN IMMEDIATE")


def test_threads_get_their_turn_in_the_order_they_came():
    line = FairLock()
    order: list[int] = []
    line.acquire(deadline=_soon())
    threads = [_thread_in_line(line, partial(order.append, number)) for number in range(5)]

    line.release()

    _join_all(threads)
    assert order == [0, 1, 2, 3, 4]


def test_a_thread_that_gave_up_does_not_block_the_line():
    line = FairLock()
    line.acquire(deadline=time.monotonic())
    with pytest.raises(TimeoutError):
        line.acquire(deadline=time.monotonic() + 0.01)

    line.release()

    line.acquire(deadline=time.monotonic())


def _thread_in_line(line: FairLock, context: Callable[[], None]) -> threading.Thread:
    before = line.length
    thread = threading.Thread(target=_take_turn, args=(line, context))
    thread.start()
    while line.length == before:
        assert thread.is_alive()
        time.sleep(0.001)
    return thread


def _take_turn(line: FairLock, context: Callable[[], None]) -> None:
    line.acquire(deadline=_soon())
    context()
    line.release()


def _join_all(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.join(WAIT_SECONDS)


def _soon() -> float:
    return time.monotonic() + WAIT_SECONDS


def _hold(path: Path, is_held: Event) -> None:
    FileLock(path).acquire(deadline=time.monotonic())
    is_held.set()
    signal.pause()


def test_the_lock_of_a_killed_process_is_free(tmp_path):
    is_held = _spawn.Event()
    holder = _spawn.Process(target=_hold, args=(tmp_path / "lock", is_held))
    holder.start()
    is_held.wait(WAIT_SECONDS)
    with closing(FileLock(tmp_path / "lock")) as lock:
        with pytest.raises(TimeoutError):
            lock.acquire(deadline=time.monotonic())

        holder.kill()
        holder.join(WAIT_SECONDS)

        lock.acquire(deadline=time.monotonic())


def test_the_lock_file_is_private(sqlite_database):
    with sqlite_database.command():
        pass

    lock = sqlite_database.path.with_name("izarlink.db.lock")

    assert lock.stat().st_mode & 0o077 == 0
