"""Translated failures of the databases, in good time and without partial writes."""

import socket
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import Column, Connection, Integer, LargeBinary, MetaData, Table, func, insert, select, text
from tests.database.proxy import cutting_proxy

from izarlink_tickets.database import (
    CommitUnknown,
    Database,
    DatabaseBusy,
    DatabaseUnreachable,
    StorageFull,
    UnsupportedDatabase,
    connections,
)

PATIENCE_SECONDS = 0.3
WAIT_SECONDS = 60
notes = Table("notes", MetaData(), Column("id", Integer, primary_key=True), Column("content", LargeBinary))
_first_note = select(notes.c.id).where(notes.c.id == 1)


@pytest.fixture(autouse=True)
def _impatience(monkeypatch):
    """Shorten the timeouts of locks."""
    monkeypatch.setattr(connections, "LOCK_SECONDS", PATIENCE_SECONDS)


@pytest.fixture
def database_with_one_note(database_url, tmp_path):
    database = Database(database_url, data_dir=tmp_path)
    with database.command() as connection:
        notes.create(connection)
        connection.execute(insert(notes), {"id": 1})
    yield database
    database.close()


@pytest.fixture
def other_process(database_with_one_note, database_url, tmp_path):
    other = Database(database_url, data_dir=tmp_path)
    yield other
    other.close()


@pytest.fixture
def sqlite_database(fresh_sqlite_url, tmp_path):
    with closing(_with_empty_table(fresh_sqlite_url, tmp_path)) as database:
        yield database


@pytest.fixture
def postgres_database(fresh_postgres_url, tmp_path):
    with closing(_with_empty_table(fresh_postgres_url, tmp_path)) as database:
        yield database


@pytest.fixture
def short_path():
    # A socket's path has at most 107 bytes.
    with TemporaryDirectory() as folder:
        yield Path(folder)


def _with_empty_table(url: str, data_dir: Path) -> Database:
    database = Database(url, data_dir=data_dir)
    with database.command() as connection:
        notes.create(connection)
    return database


def _write(database: Database, *, note: int, then: Callable[[Connection], object] = id) -> None:
    with database.command() as connection:
        connection.execute(insert(notes), {"id": note})
        then(connection)


def _end_my_session(connection: Connection) -> None:
    connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))


def _fill_the_disk(connection: Connection) -> None:
    # SQLite reports a size limit like a full disk.
    connection.execute(text("PRAGMA max_page_count = 1"))
    connection.execute(insert(notes), {"id": 2, "content": bytes(1_000_000)})


def _migrate(database: Database) -> bool:
    with database.lock_migrations(seconds=PATIENCE_SECONDS):
        return True


def _count(database: Database) -> int:
    with database.query() as connection:
        return connection.execute(select(func.count()).select_from(notes)).scalar_one()


def _lock_note(database: Database) -> None:
    with database.command() as connection:
        connection.execute(_first_note.with_for_update())


def test_a_command_gives_up_in_good_time_while_another_process_writes(database_with_one_note, other_process):
    with other_process.command() as connection:
        connection.execute(_first_note.with_for_update())
        began = time.monotonic()
        with pytest.raises(DatabaseBusy):
            _lock_note(database_with_one_note)

    assert PATIENCE_SECONDS <= time.monotonic() - began < WAIT_SECONDS


def test_a_command_waits_for_a_writer_who_finishes_in_time(database_with_one_note, other_process):
    is_held, may_end = threading.Event(), threading.Event()

    def hold() -> None:
        with other_process.command() as connection:
            connection.execute(_first_note.with_for_update())
            is_held.set()
            may_end.wait(WAIT_SECONDS)

    writer = threading.Thread(target=hold)
    writer.start()
    is_held.wait(WAIT_SECONDS)
    threading.Timer(PATIENCE_SECONDS / 5, may_end.set).start()

    _lock_note(database_with_one_note)

    writer.join(WAIT_SECONDS)
    assert may_end.is_set()


def test_queries_do_not_wait_for_a_writer(database_with_one_note, other_process):
    with other_process.command() as connection:
        connection.execute(insert(notes), {"id": 2})

        assert _count(database_with_one_note) == 1


def test_a_writer_outside_our_queue_makes_a_command_give_up(sqlite_database):
    with closing(sqlite3.connect(sqlite_database.path, isolation_level=None)) as shell:
        shell.execute("BEGIN IMMEDIATE")

        with pytest.raises(DatabaseBusy):
            _write(sqlite_database, note=1)


def test_a_second_migration_gives_up_while_the_first_runs(database_with_one_note, other_process):
    with other_process.lock_migrations(), pytest.raises(DatabaseBusy):
        _migrate(database_with_one_note)


def test_a_migration_may_write_while_it_holds_its_lock(database_with_one_note):
    with database_with_one_note.lock_migrations(), database_with_one_note.command() as connection:
        connection.execute(insert(notes), {"id": 2})

    assert _count(database_with_one_note) == 2


def test_a_migration_may_begin_after_another_failed(database_with_one_note, other_process):
    with pytest.raises(LookupError), other_process.lock_migrations():
        raise LookupError

    assert _migrate(database_with_one_note)


def test_a_connection_lost_within_a_command_means_nothing_is_stored(postgres_database):
    with pytest.raises(DatabaseUnreachable):
        _write(postgres_database, note=1, then=_end_my_session)

    assert _count(postgres_database) == 0


@pytest.mark.parametrize(("cut", "stored"), [("before", 0), ("after", 1)])
def test_a_lost_answer_to_commit_leaves_the_outcome_open(postgres_database, postgres_url, short_path, cut, stored):
    with (
        cutting_proxy(postgres_url, short_path, cut=cut) as proxy,
        closing(Database(proxy.url, data_dir=short_path)) as behind_the_proxy,
        pytest.raises(CommitUnknown),
    ):
        _write(behind_the_proxy, note=1, then=lambda _: proxy.is_armed.set())

    assert _count(postgres_database) == stored


def test_a_server_that_is_not_there_is_unreachable(tmp_path):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"postgresql://nobody@127.0.0.1:{unused.getsockname()[1]}/none"
        with closing(Database(url, data_dir=tmp_path)) as database, pytest.raises(DatabaseUnreachable):
            _count(database)


def test_a_file_that_can_not_be_opened_is_unreachable(tmp_path):
    (tmp_path / "izarlink.db").mkdir()

    with closing(Database("sqlite:///", data_dir=tmp_path)) as database, pytest.raises(DatabaseUnreachable):
        _count(database)


def test_a_full_disk_is_reported_and_leaves_nothing(sqlite_database):
    with pytest.raises(StorageFull):
        _write(sqlite_database, note=1, then=_fill_the_disk)

    assert _count(sqlite_database) == 0


@pytest.mark.parametrize("url", ["mysql://root@localhost/x", "sqlite:///:memory:", "postgresql+asyncpg://localhost/x"])
def test_other_databases_are_refused(url, tmp_path):
    with pytest.raises(UnsupportedDatabase):
        Database(url, data_dir=tmp_path)


def test_no_file_is_made_before_the_first_connection(tmp_path: Path):
    with closing(Database("sqlite:///", data_dir=tmp_path / "var")) as database:
        assert database.path == tmp_path / "var" / "izarlink.db"
        assert not database.path.exists()
