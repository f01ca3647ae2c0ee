"""Guarantees of commands, queries and snapshots on both databases."""

from collections.abc import Callable
from contextlib import closing, suppress

import pytest
from sqlalchemy import Column, Connection, Integer, MetaData, Table, func, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from izarlink_tickets.database import Database, TransactionAborted

notes = Table("notes", MetaData(), Column("id", Integer, primary_key=True))
_count = select(func.count()).select_from(notes)


@pytest.fixture
def database_with_one_note(database: Database) -> Database:
    with database.command() as connection:
        notes.create(connection)
        connection.execute(insert(notes), {"id": 1})
    return database


def _notes_in(database: Database) -> int:
    with database.query() as connection:
        return connection.execute(_count).scalar_one()


def _write(database: Database, note: int, then: Callable[[Connection], object] = id) -> None:
    with database.command() as connection:
        connection.execute(insert(notes), {"id": note})
        then(connection)


def _insert_first_again(connection: Connection) -> None:
    connection.execute(insert(notes), {"id": 1})


def _swallow_a_conflict(connection: Connection) -> None:
    with suppress(IntegrityError):
        _insert_first_again(connection)


def _fail(_: Connection) -> None:
    raise ZeroDivisionError


def _create_and_fail(database: Database) -> None:
    with database.command() as connection:
        notes.create(connection)
        _fail(connection)


def test_a_command_that_ends_is_stored(database_with_one_note):
    assert _notes_in(database_with_one_note) == 1


def test_a_command_that_fails_leaves_nothing(database_with_one_note):
    with pytest.raises(ZeroDivisionError):
        _write(database_with_one_note, 2, then=_fail)

    assert _notes_in(database_with_one_note) == 1


def test_a_command_that_fails_half_way_in_the_database_leaves_nothing(database_with_one_note):
    with pytest.raises(IntegrityError):
        _write(database_with_one_note, 2, then=_insert_first_again)

    assert _notes_in(database_with_one_note) == 1


def test_the_tables_that_a_failed_command_created_are_gone(database):
    with pytest.raises(ZeroDivisionError):
        _create_and_fail(database)

    with pytest.raises(DBAPIError):
        _notes_in(database)


def test_the_next_command_works_after_a_failed_one(database_with_one_note):
    with pytest.raises(IntegrityError):
        _write(database_with_one_note, 1)

    _write(database_with_one_note, 2)

    assert _notes_in(database_with_one_note) == 2


def test_postgresql_never_rolls_back_silently_after_a_swallowed_conflict(fresh_postgres_url, tmp_path):
    with closing(Database(fresh_postgres_url, data_dir=tmp_path)) as database:
        with database.command() as connection:
            notes.create(connection)
        _write(database, 1)

        with pytest.raises(TransactionAborted):
            _write(database, 2, then=_swallow_a_conflict)


def test_a_query_can_not_write(database_with_one_note):
    with database_with_one_note.query() as connection, pytest.raises(DBAPIError, match=r"(?i)read-?only"):
        connection.execute(insert(notes), {"id": 2})


def test_a_query_sees_what_is_committed_between_its_statements(database_with_one_note):
    with database_with_one_note.query() as connection:
        before = connection.execute(_count).scalar_one()
        _write(database_with_one_note, 2)
        after = connection.execute(_count).scalar_one()

    assert (before, after) == (1, 2)


def test_a_query_does_not_see_an_unfinished_command(database_with_one_note):
    with database_with_one_note.command() as connection:
        connection.execute(insert(notes), {"id": 2})

        assert _notes_in(database_with_one_note) == 1


def test_a_snapshot_stays_at_its_moment_while_commands_go_on(database_with_one_note):
    with database_with_one_note.snapshot() as connection:
        _write(database_with_one_note, 2)
        seen = connection.execute(_count).scalar_one()

    assert (seen, _notes_in(database_with_one_note)) == (1, 2)


def test_a_snapshot_fills_temporary_tables_while_commands_go_on(database_with_one_note):
    with database_with_one_note.snapshot() as connection:
        connection.execute(text("CREATE TEMPORARY TABLE copies AS SELECT id FROM notes"))
        _write(database_with_one_note, 2)
        connection.execute(text("INSERT INTO copies VALUES (7)"))
        copies = connection.execute(text("SELECT id FROM copies ORDER BY id")).scalars().all()

    assert copies == [1, 7]


def test_the_temporary_tables_of_a_snapshot_are_gone_afterwards(database_with_one_note):
    with database_with_one_note.snapshot() as connection:
        connection.execute(text("CREATE TEMPORARY TABLE copies AS SELECT id FROM notes"))

    with database_with_one_note.snapshot() as connection, pytest.raises(DBAPIError):
        connection.execute(text("SELECT id FROM copies"))


def test_others_write_while_a_command_only_reads(database_with_one_note):
    with database_with_one_note.optimistic_command() as transaction:
        before = transaction.connection.execute(_count).scalar_one()
        _write(database_with_one_note, 2)
        transaction.begin_writing()
        after = transaction.connection.execute(_count).scalar_one()

    assert (before, after) == (1, 2)


def _write_late(database: Database, note: int, then: Callable[[Connection], object] = id) -> None:
    with database.optimistic_command() as transaction:
        transaction.begin_writing()
        transaction.begin_writing()
        transaction.connection.execute(insert(notes), {"id": note})
        then(transaction.connection)


def test_a_command_that_began_late_is_stored_or_leaves_nothing(database_with_one_note):
    _write_late(database_with_one_note, 2)
    with pytest.raises(ZeroDivisionError):
        _write_late(database_with_one_note, 3, then=_fail)

    assert _notes_in(database_with_one_note) == 2
